//! Every function calls with its own role, and the roles of template.yaml allow what is needed and nothing else: after an
//! exercise of everything that the functions do, no call was denied and no grant was left unused.

use std::collections::BTreeSet;

use detective_emulator::policy::{Policy, Principal, Request};
use local_cloud::What;
use serde_json::{Value, json};

use end_to_end::edit::edit;
use end_to_end::environment::{ACCEPTOR_ROLE, EXTERNAL_ID, Environment};
use end_to_end::events::example_event;
use end_to_end::exercise::{Exercise, exercise_everything};
use end_to_end::full_environment::{FullOrganization, run};
use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT, two_regions};
use end_to_end::template::template;

fn allows(statements: &[Value], action: &str, resource: &str) -> bool {
    let mut policy = Policy::default();
    for statement in statements {
        // Conditions were fulfilled when it was used.
        let mut statement = statement.clone();
        statement["Condition"] = Value::Null;
        policy.add_statement(statement).unwrap();
    }
    let context = std::collections::BTreeMap::new();
    policy.allows(&Request { principal: Principal::Own, action, resource, context })
}

/// A text or a list of texts.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

#[tokio::test]
async fn every_grant_is_used_no_call_is_denied_and_without_any_one_grant_some_call_would_be() {
    let Exercise { roles, uses: used } = exercise_everything().await;
    let (mut grants, mut unused, mut redundant) = (0, Vec::new(), Vec::new());
    for (arn, role) in roles {
        // Roles of a StackSet are the same in every account: one of them stands for all.
        let stands_for_all = used.iter().filter(|(user, ..)| user.rsplit('/').next() == arn.rsplit('/').next());
        let uses: Vec<(&str, &str)> =
            stands_for_all.map(|(_, action, resource)| (action.as_str(), resource.as_str())).collect();
        let statements = role.permissions.statements();
        for (index, statement) in statements.iter().enumerate() {
            for action in texts(&statement["Action"]) {
                for resource in texts(&statement["Resource"]) {
                    grants += 1;
                    let alone = [json!({"Effect": "Allow", "Action": action, "Resource": resource})];
                    if !uses.iter().any(|(done, on)| allows(&alone, done, on)) {
                        unused.push(format!("{arn}: {action} on {resource}"));
                    }
                }
                let mut without = statements.to_vec();
                without[index]["Action"] =
                    texts(&statement["Action"]).into_iter().filter(|other| *other != action).collect();
                if uses.iter().all(|(done, on)| allows(&without, done, on)) {
                    redundant.push(format!("{arn}: {action}"));
                }
            }
        }
    }
    assert!(unused.is_empty(), "never used: {unused:#?}");
    assert!(redundant.is_empty(), "nothing needs: {redundant:#?}");
    println!("least privilege: {grants} grants, {} uses, 0 denied, 0 unused", used.len());
    assert!(grants > 80, "{grants}");
}

#[tokio::test]
async fn a_call_that_the_template_does_not_grant_fails_as_at_aws() {
    let template = edit(
        &template(),
        "Action: [detective:GetMembers, detective:ListMembers, detective:StartMonitoringMember]",
        "Action: detective:GetMembers",
    );
    let environment = Environment::start_with(two_regions(), &template, &[]).await;
    let error = environment.monitor().await.outcome.expect_err("ListMembers is not granted");
    let expected = "ListMembers failed: AccessDeniedException: User: arn:aws:sts::222222222222:assumed-role/";
    assert!(error.error_message.contains(expected), "{}", error.error_message);
    assert!(
        error
            .error_message
            .contains("is not authorized to perform: detective:ListMembers on resource: arn:aws:detective:")
    );
}

#[tokio::test]
async fn a_session_for_accepting_one_invitation_may_do_nothing_else() {
    let environment = FullOrganization::new().await.deploy().await;
    let sdk = environment.sdk_as(ACCEPTOR_ROLE, "eu-west-1").await;
    let assume = || {
        aws_sdk_sts::Client::new(&sdk)
            .assume_role()
            .role_arn("arn:aws:iam::700000000000:role/detective-member")
            .role_session_name("test")
    };
    // Neither without the external id, nor from another account.
    assert!(assume().send().await.is_err());
    let stranger = environment.sdk("700000000009", "eu-west-1").await;
    let request = aws_sdk_sts::Client::new(&stranger).assume_role().role_session_name("test");
    let request = request.role_arn("arn:aws:iam::700000000000:role/detective-member").external_id(EXTERNAL_ID);
    assert!(request.send().await.is_err());
    let session = assume().external_id(EXTERNAL_ID).send().await.unwrap();
    let keys = session.credentials().unwrap();
    let credentials = aws_sdk_detective::config::Credentials::new(
        keys.access_key_id(),
        keys.secret_access_key(),
        Some(keys.session_token().to_owned()),
        None,
        "test",
    );
    let client = aws_sdk_detective::config::Builder::from(&sdk).credentials_provider(credentials).build();
    let client = aws_sdk_detective::Client::from_conf(client);
    assert!(client.list_invitations().send().await.is_ok());
    assert!(client.list_graphs().send().await.is_err());
    let graphs = environment.aws().snapshot().graphs;
    let foreign = graphs.iter().find(|graph| graph.administrator == "700000000009").unwrap();
    let refused = client.accept_invitation().graph_arn(&foreign.arn).send().await.unwrap_err();
    assert!(refused.into_service_error().is_access_denied_exception());
}

#[tokio::test]
async fn every_rule_matches_the_events_that_it_is_for() {
    let environment = FullOrganization::new().await.deploy().await;
    for name in [
        "create-account-succeeded",
        "account-joined-created",
        "accept-handshake-invitation",
        "move-account",
        "tag-account",
        "control-tower-create-managed-account-succeeded",
        "remove-account",
    ] {
        environment.cloud.put_event(MANAGEMENT, "us-east-1", example_event(name));
    }
    environment.cloud.settle_now().await;
    run(&environment, ADMINISTRATOR, "OrganizationReconciler").await;
    environment.cloud.settle_now().await;
    let matched: BTreeSet<String> = environment
        .cloud
        .timeline()
        .into_iter()
        .filter_map(|entry| match entry.what {
            What::RuleMatched { rule, .. } => Some(rule),
            What::DeliveryFailed { reason, .. } => panic!("{reason}"),
            _ => None,
        })
        .collect();
    let rules: BTreeSet<String> = environment.cloud.rules().into_iter().collect();
    assert_eq!(matched, rules);
}

/// What permits a delivery: a name, and an edit of the template that removes the permission.
const BREAKS: [(&str, &str, &str); 4] = [
    (
        "the forwarding role",
        "                Resource: !Sub arn:${AWS::Partition}:events:${AdministratorRegion}:${AdministratorAccountId}:event-bus/default",
        "                Resource: !Sub arn:${AWS::Partition}:events:${AdministratorRegion}:${AdministratorAccountId}:event-bus/other",
    ),
    (
        "the bus's policy",
        "arn:${AWS::Partition}:iam::${ManagementAccountId}:root",
        "arn:${AWS::Partition}:iam::999999999999:root",
    ),
    ("the organization's id", "\"aws:PrincipalOrgID\": !Ref OrganizationId", "\"aws:PrincipalOrgID\": o-anotherorg01"),
    (
        "the policy of the queue of departures",
        "ArnEquals: {\"aws:SourceArn\": !GetAtt AccountDeparted.Arn}",
        "ArnEquals: {\"aws:SourceArn\": !GetAtt AccountOnboarderAccountMoved.Arn}",
    ),
];

#[tokio::test]
async fn what_cannot_be_delivered_goes_to_the_dead_letters_and_every_protection_holds() {
    for (what, from, to) in BREAKS {
        let environment = Environment::bare(two_regions()).await;
        environment.deploy_both(&edit(&template(), from, to), &[("RemoveMembers", "true")]);
        environment.cloud.put_event(MANAGEMENT, "us-east-1", example_event("remove-account"));
        environment.cloud.settle_now().await;
        run(&environment, ADMINISTRATOR, "OrganizationReconciler").await;
        environment.cloud.settle_now().await;
        let timeline = environment.cloud.timeline();
        let refused = timeline.iter().any(|entry| matches!(entry.what, What::DeliveryFailed { .. }));
        let lost = timeline.iter().any(|entry| matches!(entry.what, What::Lost { .. }));
        assert!(refused && !lost && !environment.cloud.dead_letters().is_empty(), "{what}: {timeline:#?}");
    }
}
