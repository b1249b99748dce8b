//! Every function calls with its own role, and the roles of template.yaml allow what is needed and nothing else: a tour
//! through all that the functions do, at the end of which no call was denied and no grant was left unused.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use detective_emulator::policy::{Policy, Principal, Request};
use detective_emulator::{Effect, ErrorEffect, Fault};
use local_cloud::{Options, What};
use serde_json::{Value, json};

use crate::landscape::{ADMINISTRATOR, Landscape, MANAGEMENT, account_created, template};

/// Everything that a function may have to do is here for it to do.
const ORGANIZATION: &str = r#"
startTime: 2026-01-05T09:00:00Z
timing: {departure: 365days, accountClosure: 0s, verification: 0s, enabling: 0s}
parameters: {/security/policy: '{"include": [{"ou": "ROOT"}, {"ou": "UNIT"}], "exclude": [{"tag": {"key": "detective", "value": "off"}}]}'}
organization:
  id: o-exampleorg01
  managementAccount: {id: "111111111111", email: management@example.com}
  delegatedAdministrators: [{account: "222222222222", service: detective.amazonaws.com}]
  accounts:
    - {id: "222222222222", email: security@example.com, name: security, ou: Workloads}
    - {id: "333333333333", email: app@example.com, ou: Workloads/Prod}
    - {id: "444444444444", email: gone@example.com, ou: Workloads}
    - {id: "555555555555", email: waits@example.com, ou: Workloads}
    - {id: "666666666666", email: off@example.com, ou: Workloads, tags: {detective: "off"}}
  generate: [{count: 80, firstId: "300000000000", ou: Workloads}]
standalone:
  - {id: "700000000000", email: outside@example.com}
  - {id: "700000000001", email: other@example.com}
graphs:
  - administrator: "222222222222"
    regions: [us-east-1]
    organization: true
    members: [{account: "444444444444"}, {account: "666666666666"}, {account: "555555555555", status: ACCEPTED_BUT_DISABLED}, MEMBERS]
  - administrator: "222222222222"
    regions: [eu-west-1]
    members: [{account: "700000000000", status: INVITED}, {account: "700000000001", status: INVITED}, INVITED]
  - administrator: "700000000009"
    regions: [eu-west-1]
    members: [{account: "700000000001", status: INVITED}]
"#;

/// Roots and OUs have ids that the emulator makes of the organization's: the same in every landscape.
async fn scenario() -> String {
    let entry = |number: u32, status: &str| format!("{{account: \"3000000000{number:02}\", status: {status}}}");
    let many = |status: &str| (0..80).map(|number| entry(number, status)).collect::<Vec<_>>().join(", ");
    let text = ORGANIZATION.replace("INVITED]", &format!("{}]", many("INVITED")));
    let text = text.replace(", MEMBERS]", &format!(", {}]", many("ACCEPTED_BUT_DISABLED")));
    let landscape = Landscape::bare(&text).await;
    let client = landscape.organizations().await;
    let root = client.list_roots().send().await.unwrap().roots()[0].id().unwrap().to_owned();
    let units = client.list_organizational_units_for_parent().parent_id(&root).send().await.unwrap();
    text.replace("ROOT", &root).replace("UNIT", units.organizational_units()[0].id().unwrap())
}

/// All three stacks and the member role, with everything switched on.
async fn landscape(scenario: &str, limit: Duration) -> Landscape {
    let landscape = Landscape::bare_with(scenario, Options { limit, ..Options::default() }).await;
    let template = template();
    let root = scenario.split("{\"ou\": \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let role = [("MemberRoleName", "detective-member"), ("MemberRoleExternalId", "an-external-id")];
    let management = [
        ("AdministratorAccountId", ADMINISTRATOR),
        ("AdministratorCheck", "correct"),
        ("DetectiveRegions", "all"),
        ("MemberRoleOrganizationalUnitIds", root.as_str()),
    ];
    landscape.deploy(&template, "ManagementAccount", MANAGEMENT, &[&management[..], &role].concat());
    let administrator = [
        ("OrganizationId", "o-exampleorg01"),
        ("ManagementAccountId", MANAGEMENT),
        ("DetectiveRegions", "all"),
        ("CoveragePolicyParameter", "/security/policy"),
        ("CreateMissingGraphs", "true"),
        ("AutoEnable", "on"),
        ("CorrectDrift", "true"),
        ("DatasourcePackages", "EKS_AUDIT"),
        ("ReportBucket", "coverage-reports"),
        ("RemoveMembers", "true"),
        ("MaxRemovalsPercent", "100"),
    ];
    landscape.deploy(&template, "AdministratorAccount", ADMINISTRATOR, &[&administrator[..], &role].concat());
    landscape.cloud.emulator().cloud().put_bucket(ADMINISTRATOR, "coverage-reports");
    let outside = [("AdministratorAccountId", ADMINISTRATOR)];
    landscape.deploy(&template, "MemberAccount", "700000000000", &[&outside[..], &role].concat());
    let acceptor = [
        ("TrustedAdministratorIds", ADMINISTRATOR),
        ("RejectUntrustedInvitations", "true"),
        ("DetectiveRegions", "all"),
    ];
    landscape.deploy(&template, "MemberAccount", "700000000001", &acceptor);
    landscape
}

const FUNCTIONS: [(&str, &str); 7] = [
    (ADMINISTRATOR, "OrganizationReconciler"),
    (ADMINISTRATOR, "AccountOnboarder"),
    (ADMINISTRATOR, "MemberMonitor"),
    (ADMINISTRATOR, "CentralAcceptor"),
    (ADMINISTRATOR, "AccountOffboarder"),
    ("700000000001", "InvitationAcceptor"),
    (MANAGEMENT, "AdministratorKeeper"),
];

async fn run(landscape: &Landscape, account: &str, function: &str) {
    if function == "AccountOnboarder" {
        for id in ["333333333333", "555555555555"] {
            landscape.cloud.put_event(MANAGEMENT, "us-east-1", account_created(id));
        }
        landscape.cloud.settle_now().await;
    } else {
        let attempts = landscape.cloud.tick(account, function).await;
        assert!(!attempts.is_empty(), "{function} has no schedule");
    }
}

/// What was done, in every landscape of the tour; nothing of it may have been denied.
fn note(landscape: &Landscape, used: &mut BTreeSet<(String, String, String)>) {
    let cloud = landscape.cloud.emulator().cloud();
    assert!(cloud.denials().is_empty(), "{:#?}", cloud.denials());
    for entry in landscape.cloud.timeline() {
        let lost = matches!(entry.what, What::DeliveryFailed { .. } | What::Lost { .. });
        assert!(!lost, "{entry:?}");
    }
    used.extend(cloud.uses());
}

/// A tour through everything that the functions do.
async fn tour() -> (Landscape, BTreeSet<(String, String, String)>) {
    let scenario = scenario().await;
    let mut used = BTreeSet::new();
    let long = Duration::from_secs(120);

    // All goes well; an account leaves, and DeleteMembers does not say whether it did it.
    let first = landscape(&scenario, long).await;
    let client = first.organizations().await;
    for (account, function) in &FUNCTIONS[1..4] {
        run(&first, account, function).await;
    }
    client.remove_account_from_organization().account_id("444444444444").send().await.unwrap();
    first.cloud.settle_now().await;
    for (account, function) in FUNCTIONS {
        run(&first, account, function).await;
    }
    let unsaid = ErrorEffect { code: "InternalServerException".into(), status: None, message: None };
    let unsaid = Fault { times: Some(1), ..Fault::on("DeleteMembers", Effect::ErrorAfterEffect(unsaid)) };
    first.cloud.emulator().cloud().set_faults(vec![unsaid]);
    first.cloud.emulator().cloud().advance(TimeDelta::hours(25));
    run(&first, ADMINISTRATOR, "AccountOffboarder").await;
    first.cloud.settle_now().await;
    note(&first, &mut used);

    // Time is too short: what is left goes to queues, and comes back.
    let second = landscape(&scenario, Duration::from_secs(6)).await;
    let slow =
        ["StartMonitoringMember", "AcceptInvitation"].map(|operation| Fault::on(operation, Effect::DelayMs(1_800)));
    second.cloud.emulator().cloud().set_faults(slow.to_vec());
    for (account, function) in [FUNCTIONS[0], FUNCTIONS[3]] {
        run(&second, account, function).await;
    }
    second.cloud.emulator().cloud().set_faults(Vec::new());
    second.cloud.settle().await;
    note(&second, &mut used);
    let third = landscape(&scenario, Duration::from_secs(6)).await;
    third.cloud.emulator().cloud().set_faults(slow.to_vec());
    run(&third, ADMINISTRATOR, "MemberMonitor").await;
    third.cloud.emulator().cloud().set_faults(Vec::new());
    third.cloud.settle().await;
    note(&third, &mut used);

    // Everything fails: it ends in the dead-letter queues.
    let fourth = landscape(&scenario, long).await;
    let refused = ErrorEffect { code: "ValidationException".into(), status: Some(400), message: None };
    fourth.cloud.emulator().cloud().set_faults(vec![Fault::on("ListRegions", Effect::Error(refused))]);
    for (account, function) in FUNCTIONS {
        run(&fourth, account, function).await;
    }
    fourth.cloud.settle().await;
    let buried: BTreeSet<String> = fourth.cloud.dead_letters().into_iter().map(|letter| letter.from).collect();
    assert_eq!(buried.len(), FUNCTIONS.len(), "{buried:?}");
    note(&fourth, &mut used);
    (first, used)
}

fn allows(statements: &[Value], action: &str, resource: &str) -> bool {
    let mut policy = Policy::default();
    for statement in statements {
        // Conditions were fulfilled when it was used.
        let mut statement = statement.clone();
        statement["Condition"] = Value::Null;
        policy.add_statement(statement);
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
async fn every_grant_is_used_no_call_is_denied_and_without_any_one_grant_something_would_be() {
    let (landscape, used) = tour().await;
    let roles = landscape.cloud.roles();
    // Schedules have roles that SAM makes.
    let own = roles.iter().filter(|(_, role)| !json!(role.trust.statements()).to_string().contains("scheduler."));
    let (mut grants, mut unused, mut redundant) = (0, Vec::new(), Vec::new());
    for (arn, role) in own {
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
    let template = template().replace(
        "Action: [detective:GetMembers, detective:ListMembers, detective:StartMonitoringMember]",
        "Action: detective:GetMembers",
    );
    let landscape = Landscape::start_with(crate::landscape::TWO_REGIONS, &template, &[]).await;
    let error = landscape.monitor().await.outcome.expect_err("ListMembers is not granted");
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
    let landscape = landscape(&scenario().await, Duration::from_secs(60)).await;
    let sdk = landscape.sdk(ADMINISTRATOR, "eu-west-1").await;
    let assume = || {
        aws_sdk_sts::Client::new(&sdk)
            .assume_role()
            .role_arn("arn:aws:iam::700000000000:role/detective-member")
            .role_session_name("test")
    };
    // Neither without the external id, nor from another account.
    assert!(assume().send().await.is_err());
    let stranger = landscape.sdk("700000000009", "eu-west-1").await;
    let request = aws_sdk_sts::Client::new(&stranger).assume_role().role_session_name("test");
    let request = request.role_arn("arn:aws:iam::700000000000:role/detective-member").external_id("an-external-id");
    assert!(request.send().await.is_err());
    let session = assume().external_id("an-external-id").send().await.unwrap();
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
    let graphs = landscape.cloud.emulator().cloud().snapshot().graphs;
    let foreign = graphs.iter().find(|graph| graph.administrator == "700000000009").unwrap();
    let refused = client.accept_invitation().graph_arn(&foreign.arn).send().await.unwrap_err();
    assert!(refused.into_service_error().is_access_denied_exception());
}

#[tokio::test]
async fn every_rule_takes_what_it_is_for() {
    let landscape = landscape(&scenario().await, Duration::from_secs(60)).await;
    for name in [
        "create-account-succeeded",
        "account-joined-created",
        "accept-handshake-invitation",
        "move-account",
        "control-tower-create-managed-account-succeeded",
        "remove-account",
    ] {
        landscape.cloud.put_event(MANAGEMENT, "us-east-1", crate::landscape::example_event(name));
    }
    landscape.cloud.settle_now().await;
    run(&landscape, ADMINISTRATOR, "OrganizationReconciler").await;
    landscape.cloud.settle_now().await;
    let matched: BTreeSet<String> = landscape
        .cloud
        .timeline()
        .into_iter()
        .filter_map(|entry| match entry.what {
            What::RuleMatched { rule, .. } => Some(rule),
            What::DeliveryFailed { reason, .. } => panic!("{reason}"),
            _ => None,
        })
        .collect();
    let rules: BTreeSet<String> = landscape.cloud.rules().into_iter().collect();
    assert_eq!(matched, rules);
}

/// What protects a delivery, and what it could be replaced with so that it does not hold any more.
const BREAKS: [(&str, &str, &str); 5] = [
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
        "ArnEquals: {\"aws:SourceArn\": !GetAtt CoverageAlerts.Arn}",
    ),
    (
        "the topic's policy",
        "ArnEquals: {\"aws:SourceArn\": !GetAtt CoverageAlerts.Arn}",
        "ArnEquals: {\"aws:SourceArn\": !GetAtt AccountDeparted.Arn}",
    ),
];

#[tokio::test]
async fn what_cannot_be_delivered_goes_to_the_dead_letters_and_every_protection_holds() {
    for (what, from, to) in BREAKS {
        let original = template();
        assert!(original.contains(from), "{what}: {from}");
        let landscape = Landscape::bare(crate::landscape::TWO_REGIONS).await;
        landscape.deploy_both(&original.replace(from, to), &[("RemoveMembers", "true")]);
        landscape.cloud.put_event(MANAGEMENT, "us-east-1", crate::landscape::example_event("remove-account"));
        landscape.cloud.settle_now().await;
        run(&landscape, ADMINISTRATOR, "OrganizationReconciler").await;
        landscape.cloud.settle_now().await;
        let timeline = landscape.cloud.timeline();
        let refused = timeline.iter().any(|entry| matches!(entry.what, What::DeliveryFailed { .. }));
        let lost = timeline.iter().any(|entry| matches!(entry.what, What::Lost { .. }));
        assert!(refused && !lost && !landscape.cloud.dead_letters().is_empty(), "{what}: {timeline:#?}");
    }
}
