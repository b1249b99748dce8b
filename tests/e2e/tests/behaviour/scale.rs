//! A large organization: 1,300 accounts for a graph's 1,200 places.

use std::collections::BTreeMap;

use crate::landscape::{ADMINISTRATOR, Landscape, MANAGEMENT, account_created};

fn scenario(graph: &str) -> String {
    format!(
        r#"
startTime: 2026-01-05T09:00:00Z
organization:
  id: o-exampleorg01
  managementAccount: {{id: "111111111111", email: management@example.com}}
  delegatedAdministrators: [{{account: "222222222222", service: detective.amazonaws.com}}]
  accounts: [{{id: "222222222222", email: security@example.com, name: security}}]
  generate: [{{count: 1300, firstId: "300000000000"}}]
graphs:
  - {graph}
"#
    )
}

fn accounts() -> impl Iterator<Item = String> {
    (0..1300_u64).map(|number| (300_000_000_000 + number).to_string())
}

/// How many accounts ended in which way, by the last report on each.
fn outcomes(landscape: &Landscape) -> BTreeMap<String, usize> {
    let mut last = BTreeMap::new();
    for run in landscape.cloud.invocations().iter().filter(|run| run.function == "AccountOnboarder") {
        let report = run.outcome.as_ref().expect("the onboarder does not fail");
        for account in
            report["regions"].as_array().unwrap().iter().flat_map(|region| region["accounts"].as_array().unwrap())
        {
            let text = |member: &str| account[member].as_str().unwrap_or_default().to_owned();
            last.insert(text("accountId"), format!("{} {}", text("outcome"), text("reason")).trim().to_owned());
        }
    }
    let mut counts = BTreeMap::new();
    for outcome in last.into_values() {
        *counts.entry(outcome).or_default() += 1;
    }
    counts
}

async fn onboard_all(landscape: &Landscape) {
    for id in accounts() {
        landscape.cloud.put_event(MANAGEMENT, "us-east-1", account_created(&id));
    }
    landscape.cloud.settle().await;
}

fn by_status(landscape: &Landscape, region: &str) -> BTreeMap<String, usize> {
    let snapshot = landscape.cloud.emulator().cloud().snapshot();
    let graph = snapshot.graphs.iter().find(|graph| graph.region == region).unwrap();
    let mut counts = BTreeMap::new();
    for member in &graph.members {
        *counts.entry(member.status.clone()).or_default() += 1;
    }
    counts
}

fn counts<const N: usize>(expected: [(&str, usize); N]) -> BTreeMap<String, usize> {
    expected.into_iter().map(|(key, count)| (key.to_owned(), count)).collect()
}

#[tokio::test]
async fn an_organization_graph_fills_up_to_1200_and_the_rest_is_held_for_the_quota() {
    let graph = "{administrator: \"222222222222\", regions: [us-east-1], organization: true}";
    let landscape =
        Landscape::start_with(&scenario(graph), &crate::landscape::template(), &[("DetectiveRegions", "us-east-1")])
            .await;
    onboard_all(&landscape).await;
    assert_eq!(outcomes(&landscape), counts([("done", 1200), ("held graph-quota", 100)]));
    assert_eq!(by_status(&landscape, "us-east-1"), counts([("ENABLED", 1200)]));
    assert!(landscape.cloud.dead_letters().is_empty());

    // Every event once more: nothing changes, and nobody is taken twice.
    let taken = created(&landscape);
    onboard_all(&landscape).await;
    landscape.monitor().await.outcome.unwrap();
    assert_eq!(outcomes(&landscape), counts([("done", 1200), ("held graph-quota", 100)]));
    assert_eq!(created(&landscape), taken);
    assert_eq!(landscape.calls("StartMonitoringMember"), 0);
}

/// CreateMembers calls that the graph took.
fn created(landscape: &Landscape) -> usize {
    let journal = landscape.cloud.emulator().cloud().journal();
    journal.iter().filter(|call| call.operation == "CreateMembers" && call.status == 200).count()
}

#[tokio::test]
async fn an_invitation_graph_fills_up_to_1200_by_acceptance_and_monitoring() {
    // Accepting takes Detective a while; meanwhile members are ACCEPTED_BUT_DISABLED.
    let graph = "{administrator: \"222222222222\", regions: [us-east-1]}";
    let landscape =
        Landscape::start_with(&scenario(graph), &crate::landscape::template(), &[("DetectiveRegions", "us-east-1")])
            .await;
    onboard_all(&landscape).await;
    assert_eq!(by_status(&landscape, "us-east-1"), counts([("INVITED", 1200)]));
    let invited: Vec<String> = accounts().take(1200).collect();
    let parameters = [("TrustedAdministratorIds", ADMINISTRATOR), ("DetectiveRegions", "us-east-1")];
    for id in &invited {
        landscape.deploy(&crate::landscape::template(), "MemberAccount", id, &parameters);
        landscape.accept(id).await.outcome.unwrap();
    }
    assert_eq!(by_status(&landscape, "us-east-1"), counts([("ACCEPTED_BUT_DISABLED", 1200)]));
    landscape.monitor().await.outcome.unwrap();
    assert_eq!(by_status(&landscape, "us-east-1"), counts([("ENABLED", 1200)]));
    assert_eq!(outcomes(&landscape), counts([("done", 1200), ("held graph-quota", 100)]));
    assert_eq!(landscape.calls("AcceptInvitation"), 1200, "nobody accepts twice");
    landscape.monitor().await.outcome.unwrap();
    assert_eq!(landscape.calls("StartMonitoringMember"), 1200, "nobody is started twice");
}
