//! What the stacks' policies refuse, although something similar is needed: a wider policy would allow it.

use aws_config::SdkConfig;
use aws_sdk_detective::config::{Credentials, SharedCredentialsProvider};
use local_cloud::What;
use serde_json::json;

use end_to_end::edit::edit;
use end_to_end::environment::{ACCEPTOR_ROLE, EXTERNAL_ID, Environment};
use end_to_end::full_environment::FullOrganization;
use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT};

/// The ARN of the account's role of that name in the template.
fn role(environment: &Environment, account: &str, name: &str) -> String {
    let roles = environment.cloud.roles();
    let is_it = |arn: &&String| arn.contains(&format!("::{account}:")) && arn.contains(&format!("-{name}-"));
    roles.keys().find(is_it).unwrap_or_else(|| panic!("{account} has no {name}")).clone()
}

/// AWS SDK settings for calls with the session of a function's role.
async fn session(environment: &Environment, role: &str) -> SdkConfig {
    let keys = environment.aws().start_session(role, "test");
    let credentials = Credentials::new(keys.access_key, keys.secret, Some(keys.token), None, "test");
    let sdk = environment.sdk(ADMINISTRATOR, "us-east-1").await;
    sdk.into_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build()
}

#[tokio::test]
async fn the_keeper_grants_nothing_to_another_service_or_another_account() {
    let environment = FullOrganization::new().await.deploy().await;
    let sdk = session(&environment, &role(&environment, MANAGEMENT, "AdministratorKeeperRole")).await;
    let organizations = aws_sdk_organizations::Client::new(&sdk);
    let trust = async |service: &str| {
        let answer = organizations.enable_aws_service_access().service_principal(service).send().await;
        answer.map_err(|error| error.into_service_error().is_access_denied_exception())
    };
    assert_eq!(trust("detective.amazonaws.com").await.map(drop), Ok(()));
    assert_eq!(trust("guardduty.amazonaws.com").await.map(drop), Err(true));
    let register = async |account: &str, service: &str| {
        let request = organizations.register_delegated_administrator().account_id(account).service_principal(service);
        request.send().await.unwrap_err().into_service_error()
    };
    assert!(register(ADMINISTRATOR, "detective.amazonaws.com").await.is_account_already_registered_exception());
    for (account, service) in [(ADMINISTRATOR, "guardduty.amazonaws.com"), ("333333333333", "detective.amazonaws.com")]
    {
        assert!(register(account, service).await.is_access_denied_exception(), "{account} {service}");
    }
    // The same by way of Detective, where nobody is designated yet.
    let client = aws_sdk_detective::config::Builder::from(&sdk).region(aws_config::Region::new("eu-central-1")).build();
    let detective = aws_sdk_detective::Client::from_conf(client);
    let designate =
        async |account: &str| detective.enable_organization_admin_account().account_id(account).send().await;
    let refused = designate("333333333333").await.unwrap_err().into_service_error();
    assert!(refused.is_access_denied_exception(), "{refused:?}");
    designate(ADMINISTRATOR).await.unwrap();
}

/// A rule of somebody else's stack, with a role that may put events anywhere, or with another.
fn foreign_rule(source: &str, target: &str, role: &str) -> String {
    const STACK: &str = r#"
Parameters: {Place: {Type: String}}
Resources:
  Foreign:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [SOURCE]}
      Targets: [{Id: target, Arn: "TARGET", RoleArn: ROLE}]
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: any
          PolicyDocument: {Statement: [{Effect: Allow, Action: "events:PutEvents", Resource: "*"}]}
"#;
    edit(&edit(&edit(STACK, "SOURCE", source), "TARGET", target), "ROLE", role)
}

#[tokio::test]
async fn rules_of_others_reach_no_queue_and_no_bus_and_may_not_use_the_forwarding_role() {
    let environment = FullOrganization::new().await.deploy().await;
    let queues = environment.cloud.queues();
    let queue = |account: &str, name: &str| {
        let is_it = |arn: &&String| arn.contains(account) && arn.contains(&format!("-{name}-"));
        queues.iter().find(is_it).unwrap_or_else(|| panic!("{account} has no {name}")).clone()
    };
    let bus = format!("arn:aws:events:us-east-1:{ADMINISTRATOR}:event-bus/default");
    let forwarding = role(&environment, MANAGEMENT, "EventForwardingRole");
    let own = "!GetAtt Role.Arn";
    let cases = [
        // Another rule of the same account, and a rule of another account of the organization.
        (ADMINISTRATOR, queue(ADMINISTRATOR, "Departures"), own, "lets events.amazonaws.com send to it for"),
        ("333333333333", queue(ADMINISTRATOR, "Departures"), own, "lets events.amazonaws.com send to it for"),
        (ADMINISTRATOR, queue(ADMINISTRATOR, "DeadLetters"), own, "lets events.amazonaws.com send to it for"),
        ("333333333333", queue(ADMINISTRATOR, "DeadLetters"), own, "lets events.amazonaws.com send to it for"),
        (MANAGEMENT, queue(MANAGEMENT, "DeadLetters"), own, "lets events.amazonaws.com send to it for"),
        // Queues that no rule sends to.
        (
            ADMINISTRATOR,
            queue(ADMINISTRATOR, "MemberMonitorContinuations"),
            own,
            "lets events.amazonaws.com send to it for",
        ),
        (
            ADMINISTRATOR,
            queue(ADMINISTRATOR, "CentralAcceptorContinuations"),
            own,
            "lets events.amazonaws.com send to it for",
        ),
        // Another account of the organization, with permissions of its own.
        ("333333333333", bus.clone(), own, "admits events of account 333333333333"),
        // Rules that are not the one that forwards.
        (MANAGEMENT, bus.clone(), &forwarding, "does not let events.amazonaws.com assume it"),
        ("333333333333", bus.clone(), &forwarding, "does not let events.amazonaws.com assume it"),
    ];
    for (index, (account, target, role, expected)) in cases.into_iter().enumerate() {
        let (stack, seen) = (format!("foreign-{index}"), environment.cloud.timeline().len());
        environment.deploy_as(&stack, &foreign_rule(&stack, &target, role), "", account, &[]);
        let event = json!({"id": stack, "source": stack, "detail-type": "Foreign", "account": account, "detail": {}});
        environment.cloud.put_event(account, "us-east-1", event);
        environment.cloud.settle_now().await;
        let timeline = environment.cloud.timeline_since(seen);
        let refused = timeline.iter().any(|entry| match &entry.what {
            What::DeliveryFailed { from, reason, .. } => from == "Foreign" && reason.contains(expected),
            _ => false,
        });
        assert!(refused, "{account} to {target} with {role}: {timeline:#?}");
    }
}

#[tokio::test]
async fn schedules_of_others_may_not_use_the_roles_of_ours() {
    const STACK: &str = r#"
Parameters: {Place: {Type: String}}
Resources:
  Foreign:
    Type: AWS::Scheduler::Schedule
    Properties:
      ScheduleExpression: rate(1 hour)
      FlexibleTimeWindow: {Mode: "OFF"}
      Target: {Arn: "TARGET", RoleArn: "ROLE"}
"#;
    let environment = FullOrganization::new().await.deploy().await;
    let role = role(&environment, ADMINISTRATOR, "AccountOffboarderScheduleRole");
    let grants = environment.cloud.roles()[&role].permissions.statements().to_vec();
    let function = grants.iter().find(|grant| grant["Action"] == "lambda:InvokeFunction").unwrap();
    let stack = edit(&edit(STACK, "TARGET", function["Resource"].as_str().unwrap()), "ROLE", &role);
    let accounts = [ADMINISTRATOR, "333333333333"];
    for account in accounts {
        environment.deploy_as("foreign", &stack, "", account, &[]);
    }
    let runs = environment.cloud.tick(ADMINISTRATOR, "AccountOffboarder").await;
    assert_eq!(runs.len(), 1, "its own schedule starts it");
    let timeline = environment.cloud.timeline();
    let refused = timeline.iter().filter(|entry| match &entry.what {
        What::DeliveryFailed { from, reason, .. } => {
            from == "Foreign" && reason.contains("does not let scheduler.amazonaws.com assume it")
        }
        _ => false,
    });
    assert_eq!(refused.count(), accounts.len(), "{timeline:#?}");
}

#[tokio::test]
async fn the_member_role_requires_the_external_id_and_the_acceptors_role() {
    let environment = FullOrganization::new().await.deploy().await;
    // From the StackSet, and from a stack of its own.
    for account in ["333333333333", "700000000000"] {
        let assume = async |caller: &str, external_id: Option<&str>| {
            let sdk = match caller.starts_with("arn:") {
                true => environment.sdk_as(caller, "us-east-1").await,
                false => environment.sdk(caller, "us-east-1").await,
            };
            let client = aws_sdk_sts::Client::new(&sdk);
            let request = client.assume_role().role_arn(format!("arn:aws:iam::{account}:role/detective-member"));
            request.role_session_name("test").set_external_id(external_id.map(str::to_owned)).send().await.is_ok()
        };
        assert!(assume(ACCEPTOR_ROLE, Some(EXTERNAL_ID)).await, "{account}");
        for (caller, external_id) in [
            (ACCEPTOR_ROLE, None),
            (ACCEPTOR_ROLE, Some("another-external-id")),
            (ADMINISTRATOR, Some(EXTERNAL_ID)),
            ("arn:aws:iam::222222222222:role/developer", Some(EXTERNAL_ID)),
            ("arn:aws:iam::444444444444:role/detective-member-acceptor", Some(EXTERNAL_ID)),
            (MANAGEMENT, Some(EXTERNAL_ID)),
            ("444444444444", Some(EXTERNAL_ID)),
        ] {
            assert!(!assume(caller, external_id).await, "{account}: {caller} with {external_id:?}");
        }
    }
}
