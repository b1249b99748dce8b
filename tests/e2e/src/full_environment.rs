//! A tour through everything that the functions do, with everything switched on.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use detective_emulator::{Effect, ErrorEffect, Fault, HELD};
use local_cloud::{Options, What};

use crate::edit::edit_all;
use crate::environment::{ADMINISTRATOR, Environment, MANAGEMENT, account_created, template};

/// What roles did: role, action and resource.
pub type Uses = BTreeSet<(String, String, String)>;

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

/// Roots and OUs have ids that the emulator makes of the organization's: the same in every environment.
pub async fn scenario() -> String {
    let entry = |number: u32, status: &str| format!("{{account: \"3000000000{number:02}\", status: {status}}}");
    let many = |status: &str| (0..80).map(|number| entry(number, status)).collect::<Vec<_>>().join(", ");
    let text = ORGANIZATION.replace("INVITED]", &format!("{}]", many("INVITED")));
    let text = text.replace(", MEMBERS]", &format!(", {}]", many("ACCEPTED_BUT_DISABLED")));
    let environment = Environment::bare(&text).await;
    let client = environment.organizations().await;
    let root = client.list_roots().send().await.unwrap().roots()[0].id().unwrap().to_owned();
    let units = client.list_organizational_units_for_parent().parent_id(&root).send().await.unwrap();
    text.replace("ROOT", &root).replace("UNIT", units.organizational_units()[0].id().unwrap())
}

/// All three stacks and the member role, with everything switched on.
pub async fn environment(scenario: &str, limit: Duration) -> Environment {
    environment_with(scenario, &template(), limit).await
}

/// The same from another template.
pub async fn environment_with(scenario: &str, template: &str, limit: Duration) -> Environment {
    let environment = Environment::bare_with(scenario, Options { limit, ..Options::default() }).await;
    let root = scenario.split("{\"ou\": \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let role = [("MemberRoleName", "detective-member"), ("MemberRoleExternalId", "an-external-id")];
    let management = [
        ("AdministratorAccountId", ADMINISTRATOR),
        ("AdministratorCheck", "correct"),
        ("DetectiveRegions", "all"),
        ("MemberRoleOrganizationalUnitIds", root.as_str()),
    ];
    environment.deploy(template, "ManagementAccount", MANAGEMENT, &[&management[..], &role].concat());
    let administrator = [
        ("OrganizationId", "o-exampleorg01"),
        ("ManagementAccountId", MANAGEMENT),
        ("DetectiveRegions", "all"),
        ("CoveragePolicyParameter", "/security/policy"),
        ("CreateMissingGraphs", "true"),
        ("GraphTags", "team=security,stage=prod"),
        ("AutoEnable", "on"),
        ("CorrectDrift", "true"),
        ("DatasourcePackages", "EKS_AUDIT"),
        ("ReportBucket", "coverage-reports"),
        ("RemoveMembers", "true"),
        ("MaxRemovalsPercent", "100"),
    ];
    environment.deploy(template, "AdministratorAccount", ADMINISTRATOR, &[&administrator[..], &role].concat());
    environment.cloud.emulator().cloud().put_bucket(ADMINISTRATOR, "coverage-reports");
    let outside = [("AdministratorAccountId", ADMINISTRATOR)];
    environment.deploy(template, "MemberAccount", "700000000000", &[&outside[..], &role].concat());
    let acceptor = [
        ("TrustedAdministratorIds", ADMINISTRATOR),
        ("RejectUntrustedInvitations", "true"),
        ("DetectiveRegions", "all"),
    ];
    environment.deploy(template, "MemberAccount", "700000000001", &acceptor);
    environment
}

pub const FUNCTIONS: [(&str, &str); 7] = [
    (ADMINISTRATOR, "OrganizationReconciler"),
    (ADMINISTRATOR, "AccountOnboarder"),
    (ADMINISTRATOR, "MemberMonitor"),
    (ADMINISTRATOR, "CentralAcceptor"),
    (ADMINISTRATOR, "AccountOffboarder"),
    ("700000000001", "InvitationAcceptor"),
    (MANAGEMENT, "AdministratorKeeper"),
];

pub async fn run(environment: &Environment, account: &str, function: &str) {
    if function == "AccountOnboarder" {
        for id in ["333333333333", "555555555555"] {
            environment.cloud.put_event(MANAGEMENT, "us-east-1", account_created(id));
        }
        environment.cloud.settle_now().await;
    } else {
        let attempts = environment.cloud.tick(account, function).await;
        assert!(!attempts.is_empty(), "{function} has no schedule");
    }
}

/// What was done, in every environment of the tour; nothing of it may have been denied.
fn note(environment: &Environment, used: &mut Uses) {
    let cloud = environment.cloud.emulator().cloud();
    assert!(cloud.denials().is_empty(), "{:#?}", cloud.denials());
    for entry in environment.cloud.timeline() {
        let lost = matches!(entry.what, What::DeliveryFailed { .. } | What::Lost { .. });
        assert!(!lost, "{entry:?}");
    }
    used.extend(cloud.uses());
}

/// A tour through everything that the functions do.
pub async fn tour() -> (Environment, Uses) {
    let scenario = scenario().await;
    let mut used = BTreeSet::new();
    let (long, short) = (Duration::from_secs(120), Duration::from_secs(10));

    // All goes well; an account leaves, and DeleteMembers does not say whether it did it.
    let first = environment(&scenario, long).await;
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
    let second = environment(&scenario, short).await;
    let hanging = ["StartMonitoringMember", "AcceptInvitation"]
        .map(|operation| Fault { times: Some(5), ..Fault::on(operation, Effect::DelayMs(HELD)) });
    second.cloud.emulator().cloud().set_faults(hanging.to_vec());
    for (account, function) in [FUNCTIONS[0], FUNCTIONS[3]] {
        run(&second, account, function).await;
    }
    second.cloud.emulator().cloud().set_faults(Vec::new());
    second.cloud.settle().await;
    note(&second, &mut used);
    let third = environment(&scenario, short).await;
    third.cloud.emulator().cloud().set_faults(hanging.to_vec());
    run(&third, ADMINISTRATOR, "MemberMonitor").await;
    third.cloud.emulator().cloud().set_faults(Vec::new());
    third.cloud.settle().await;
    note(&third, &mut used);

    // Everything fails: it ends in the dead-letter queues.
    let fourth = environment(&scenario, long).await;
    let refused = ErrorEffect { code: "ValidationException".into(), status: Some(400), message: None };
    fourth.cloud.emulator().cloud().set_faults(vec![Fault::on("ListRegions", Effect::Error(refused))]);
    for (account, function) in FUNCTIONS {
        run(&fourth, account, function).await;
    }
    fourth.cloud.settle().await;
    let buried: BTreeSet<String> = fourth.cloud.dead_letters().into_iter().map(|letter| letter.from).collect();
    assert_eq!(buried.len(), FUNCTIONS.len(), "{buried:?}");
    note(&fourth, &mut used);

    // Schedules that may not invoke their functions: Scheduler's own dead letters.
    let unable = edit_all(&template(), "\"lambda:InvokeFunction\"", "\"lambda:GetFunction\"");
    let fifth = environment_with(&scenario, &unable, long).await;
    for (account, function) in FUNCTIONS {
        assert!(fifth.cloud.tick(account, function).await.is_empty(), "{function}");
    }
    assert_eq!(fifth.cloud.dead_letters().len(), FUNCTIONS.len() - 1, "account-onboarder has no schedule");
    used.extend(fifth.cloud.emulator().cloud().uses());
    (first, used)
}
