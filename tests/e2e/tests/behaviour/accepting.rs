//! invitation-acceptor: invitations of trusted administrators are accepted, and no others.

use crate::landscape::{ADMINISTRATOR, Landscape, report};

const MEMBER: &str = "444444444444";
const STRANGER: &str = "999999999999";

const INVITED: &str = r#"
startTime: 2026-01-05T09:00:00Z
timing: {enabling: 60s}
organization:
  id: o-exampleorg01
  managementAccount: {id: "111111111111", email: management@example.com}
  accounts:
    - {id: "222222222222", email: security@example.com, name: security}
standalone:
  - {id: "444444444444", email: member@example.com}
  - {id: "999999999999", email: stranger@example.com}
graphs:
  - {administrator: "222222222222", regions: [eu-west-1], members: [{account: "444444444444", status: INVITED}]}
  - {administrator: "999999999999", regions: [eu-west-1], members: [{account: "444444444444", status: INVITED}]}
"#;

fn strangers_status(landscape: &Landscape) -> String {
    let snapshot = landscape.cloud.emulator().cloud().snapshot();
    let graph = snapshot.graphs.iter().find(|graph| graph.administrator == STRANGER).unwrap();
    graph.members[0].status.clone()
}

#[tokio::test]
async fn an_invitation_of_the_trusted_administrator_is_accepted_and_a_strangers_is_held_loudly() {
    let landscape = Landscape::bare(INVITED).await;
    landscape.deploy_acceptor(MEMBER, ADMINISTRATOR);
    let record = landscape.accept(MEMBER).await;
    let warnings: Vec<_> = record.log.iter().filter(|line| line["level"] == "WARN").collect();
    assert!(warnings.iter().any(|line| line["administrator.id"] == STRANGER), "{:?}", record.log);
    let report = report(record);
    assert_eq!(report["totals"]["done"], 1, "{report:#}");
    assert_eq!(report["totals"]["held"], 1, "{report:#}");
    landscape.cloud.settle().await;
    assert_eq!(landscape.status("eu-west-1", MEMBER).as_deref(), Some("ENABLED"));
    assert_eq!(strangers_status(&landscape), "INVITED");
}

#[tokio::test]
async fn a_second_run_accepts_nothing_more() {
    let landscape = Landscape::bare(INVITED).await;
    landscape.deploy_acceptor(MEMBER, ADMINISTRATOR);
    report(landscape.accept(MEMBER).await);
    report(landscape.accept(MEMBER).await);
    assert_eq!(landscape.calls("AcceptInvitation"), 1);
}

#[tokio::test]
async fn an_empty_allow_list_accepts_nothing_and_says_which_variable_is_missing() {
    let landscape = Landscape::bare(INVITED).await;
    landscape.deploy_acceptor(MEMBER, "");
    let error = landscape.accept(MEMBER).await.outcome.expect_err("an empty allow-list is an error");
    assert_eq!(error.error_type, "ConfigurationError");
    assert!(error.error_message.contains("TRUSTED_ADMINISTRATOR_IDS is missing or empty"), "{}", error.error_message);
    assert_eq!(landscape.calls("AcceptInvitation"), 0);
}

#[tokio::test]
async fn an_organization_account_has_nothing_to_accept() {
    let scenario = INVITED
        .replace("regions: [eu-west-1], members: [{account: \"444444444444\", status: INVITED}]}\n  - {administrator: \"9",
            "regions: [eu-west-1], organization: true, members: [{account: \"333333333333\", status: ENABLED}]}\n  - {administrator: \"9")
        .replace("name: security}\n", "name: security}\n    - {id: \"333333333333\", email: app@example.com, name: app}\n")
        .replace("  accounts:", "  delegatedAdministrators: [{account: \"222222222222\", service: detective.amazonaws.com}]\n  accounts:");
    let landscape = Landscape::bare(&scenario).await;
    landscape.deploy_acceptor("333333333333", ADMINISTRATOR);
    report(landscape.accept("333333333333").await);
    assert_eq!(landscape.calls("AcceptInvitation"), 0);
}
