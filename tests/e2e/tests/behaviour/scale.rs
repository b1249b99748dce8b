//! A large organization: 1,300 accounts for a graph's capacity of 1,200 members.

use std::collections::BTreeMap;

use detective_emulator::MemberLimitCounts;

use end_to_end::environment::Environment;
use end_to_end::events::account_created;
use end_to_end::scenario::{
    ADMINISTRATOR, Graph, MANAGEMENT, SEVENTEEN_REGIONS, ScenarioBuilder, invitation_graph, organization,
    organization_graph,
};
use end_to_end::template::template;

fn scenario(graph: Graph) -> ScenarioBuilder {
    organization().generated(1300, "300000000000").graph(graph)
}

fn accounts() -> impl Iterator<Item = String> {
    (0..1300_u64).map(|number| (300_000_000_000 + number).to_string())
}

/// The number of accounts by outcome, from the last report on each.
fn outcomes(environment: &Environment) -> BTreeMap<String, usize> {
    let mut last = BTreeMap::new();
    for run in environment.cloud.invocations().iter().filter(|run| run.function == "AccountOnboarder") {
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

async fn onboard_all(environment: &Environment) {
    for id in accounts() {
        environment.cloud.put_event(MANAGEMENT, "us-east-1", account_created(&id));
    }
    environment.cloud.settle().await;
}

fn by_status(environment: &Environment, region: &str) -> BTreeMap<String, usize> {
    let snapshot = environment.aws().snapshot();
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
    let graph = organization_graph("us-east-1");
    let environment = Environment::start_with(scenario(graph), &template(), &[("DetectiveRegions", "us-east-1")]).await;
    onboard_all(&environment).await;
    assert_eq!(outcomes(&environment), counts([("done", 1200), ("blocked graph-quota", 100)]));
    assert_eq!(by_status(&environment, "us-east-1"), counts([("ENABLED", 1200)]));
    assert!(environment.cloud.dead_letters().is_empty());

    // Every event once more: nothing changes, and no account becomes a member twice.
    let taken = created(&environment);
    onboard_all(&environment).await;
    environment.monitor().await.outcome.unwrap();
    assert_eq!(outcomes(&environment), counts([("done", 1200), ("blocked graph-quota", 100)]));
    assert_eq!(created(&environment), taken);
    assert_eq!(environment.calls("StartMonitoringMember"), 0);
}

/// CreateMembers calls that succeeded.
fn created(environment: &Environment) -> usize {
    let journal = environment.aws().journal();
    journal.iter().filter(|call| call.operation == "CreateMembers" && call.status == 200).count()
}

#[tokio::test]
async fn an_invitation_graph_fills_up_to_1200_by_acceptance_and_monitoring() {
    // Accepting takes Detective a while; meanwhile members are ACCEPTED_BUT_DISABLED.
    let graph = invitation_graph("us-east-1");
    let scenario = scenario(graph).member_limit_counts(MemberLimitCounts::Members);
    let environment = Environment::start_with(scenario, &template(), &[("DetectiveRegions", "us-east-1")]).await;
    onboard_all(&environment).await;
    assert_eq!(by_status(&environment, "us-east-1"), counts([("INVITED", 1200)]));
    let invited: Vec<String> = accounts().take(1200).collect();
    let parameters = [("TrustedAdministratorIds", ADMINISTRATOR), ("DetectiveRegions", "us-east-1")];
    for id in &invited {
        environment.deploy(&template(), "MemberAccount", id, &parameters);
        environment.accept(id).await.outcome.unwrap();
    }
    assert_eq!(by_status(&environment, "us-east-1"), counts([("ACCEPTED_BUT_DISABLED", 1200)]));
    environment.monitor().await.outcome.unwrap();
    assert_eq!(by_status(&environment, "us-east-1"), counts([("ENABLED", 1200)]));
    assert_eq!(outcomes(&environment), counts([("done", 1200), ("blocked graph-quota", 100)]));
    assert_eq!(environment.calls("AcceptInvitation"), 1200, "nobody accepts twice");
    environment.monitor().await.outcome.unwrap();
    assert_eq!(environment.calls("StartMonitoringMember"), 1200, "nobody is started twice");
}

#[tokio::test]
async fn a_reconciliation_of_10000_accounts_in_17_regions_makes_no_more_calls_than_it_must() {
    let regions = SEVENTEEN_REGIONS;
    // With the management account and the administrator it is 10,000 accounts. Empty pages would need additional calls.
    let scenario = organization()
        .organization(|organization| organization.empty_page_after = 0)
        .generated(9998, "300000000000")
        .graph(organization_graph(regions));
    let environment = Environment::start_with(scenario, &template(), &[("DetectiveRegions", regions)]).await;
    let report = environment.reconcile().await.outcome.unwrap();
    assert_eq!(report["totals"]["done"], 17 * 1200);
    assert_eq!(report["totals"]["blocked"], 17 * (9999 - 1200));
    let calls = |operation: &str| environment.calls(operation);
    assert_eq!(calls("ListAccounts"), 500);
    assert_eq!((calls("ListGraphs"), calls("ListMembers"), calls("CreateMembers")), (17, 17, 17 * 24));
    // Beside them, a Region's settings are read once, and low coverage is published once on the bus and once to the topic.
    assert_eq!((calls("DescribeOrganizationConfiguration"), calls("PutEvents"), calls("Publish")), (17, 17, 17));
    // What is remembered is read, and whether there was an earlier run; it and three objects of the report are written. The coverage page
    // and the table are for all Regions: their data is read, and all three are written.
    assert_eq!((calls("GetObject"), calls("PutObject")), (17 * 2 + 1, 17 * 4 + 3));
    assert_eq!(environment.aws().journal().len(), 500 + 17 * (1 + 1 + 24 + 1 + 1 + 1 + 2 + 4) + 4);
    for region in regions.split(',') {
        assert_eq!(by_status(&environment, region), counts([("ENABLED", 1200)]));
    }
    // Lambda takes six megabytes for an answer, and nobody reads them.
    assert!(report.to_string().len() < 200_000);

    // When nothing changed, it makes the fewest reads that tell so. Organizations has 20 accounts on a page, and Detective 200 members;
    // each Region's graph, its settings and what is remembered of it are read once. The coverage page and
    // the table are written for all.
    let (before, members) = (environment.aws().journal().len(), 1200_usize.div_ceil(200));
    let steady = environment.reconcile().await.outcome.unwrap();
    assert_eq!(steady["totals"], report["totals"]);
    let mut made = BTreeMap::<String, usize>::new();
    for call in environment.aws().journal().into_iter().skip(before) {
        *made.entry(call.operation).or_default() += 1;
    }
    let expected = counts([
        ("ListAccounts", 500),
        ("ListGraphs", 17),
        ("ListMembers", 17 * members),
        ("DescribeOrganizationConfiguration", 17),
        ("GetObject", 17 + 1),
        ("PutObject", 17 * 4 + 3),
    ]);
    assert_eq!(made, expected);
}
