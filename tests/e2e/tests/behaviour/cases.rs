//! Organizations as people have reported them, each the smallest that shows the problem.

use detective_emulator::Scenario;
use serde_json::Value;

use end_to_end::environment::Environment;
use end_to_end::events::account_created;
use end_to_end::faults::denied;
use end_to_end::report::{region, report, report_in};
use end_to_end::scenario::{ADMINISTRATOR, account, organization};
use end_to_end::template::template;

const ADMINISTRATOR_CHANGED: &str = include_str!("../../scenarios/administrator-changed.yaml");
const NOT_DESIGNATED: &str = include_str!("../../scenarios/not-designated-in-second-region.yaml");

async fn environment(scenario: &str, parameters: &[(&str, &str)]) -> Environment {
    let scenario = Scenario::from_yaml(scenario).expect("the scenario is valid");
    Environment::start_with(scenario, &template(), parameters).await
}

/// What failed in a Region of an incomplete run, as a whole.
#[track_caller]
fn failure(report: &Value, name: &str) -> (String, String) {
    let error = &region(report, name)["error"];
    let text = |field: &str| error[field].as_str().unwrap_or_else(|| panic!("no {field}: {report:#}")).to_owned();
    (text("code"), text("message"))
}

#[tokio::test]
async fn where_the_administrator_is_another_account_or_is_not_designated_there_is_no_graph_and_no_invitation() {
    for (scenario, name, regions, dry_run, words) in [
        (ADMINISTRATOR_CHANGED, "us-east-1", "us-east-1", "false", "administrator is account 555555555555"),
        (ADMINISTRATOR_CHANGED, "sa-east-1", "all", "false", "administrator is account 555555555555"),
        (NOT_DESIGNATED, "eu-west-1", "us-east-1,eu-west-1", "false", "designate it"),
        (NOT_DESIGNATED, "eu-west-1", "us-east-1,eu-west-1", "true", "designate it"),
        (NOT_DESIGNATED, "eu-west-1", "all", "false", "designate it"),
    ] {
        let parameters = [("DetectiveRegions", regions), ("CreateMissingGraphs", "true"), ("DryRun", dry_run)];
        let environment = environment(scenario, &parameters).await;
        let error = environment.reconcile().await.outcome.expect_err("a graph is missing");
        let (code, message) = failure(&report_in(&error), name);
        assert_eq!(code, "NoBehaviorGraph");
        assert!(message.contains(words) && message.contains("designate"), "{message}");
        assert!(message.contains(name) && message.contains("INVITATION_GRAPH_REGIONS"), "{message}");
        assert_eq!((environment.calls("CreateGraph"), environment.calls("CreateMembers")), (0, 0), "{name} {regions}");
        let snapshot = environment.aws().snapshot();
        let mut own = snapshot.graphs.iter().filter(|graph| graph.administrator == ADMINISTRATOR);
        assert!(own.all(|graph| graph.region == "us-east-1"), "{name} {regions}");
    }
}

#[tokio::test]
async fn a_graph_by_invitation_is_created_only_in_a_region_that_is_named_for_it() {
    let parameters = [
        ("DetectiveRegions", "us-east-1,eu-west-1,sa-east-1"),
        ("CreateMissingGraphs", "true"),
        ("InvitationGraphRegions", "sa-east-1"),
    ];
    let environment = environment(NOT_DESIGNATED, &parameters).await;
    let error = environment.reconcile().await.outcome.expect_err("a graph is missing");
    let report = report_in(&error);
    assert_eq!(failure(&report, "eu-west-1").0, "NoBehaviorGraph");
    assert_eq!(region(&report, "sa-east-1")["graph"], "created", "{report:#}");
    assert!(environment.status("sa-east-1", "333333333333").is_some());
    assert_eq!(environment.calls("CreateGraph"), 1);
}

#[tokio::test]
async fn a_region_without_a_graph_fails_as_well_if_nobody_can_be_asked_who_the_administrator_is() {
    let parameters = [("DetectiveRegions", "us-east-1,eu-west-1"), ("CreateMissingGraphs", "true")];
    let environment = environment(ADMINISTRATOR_CHANGED, &parameters).await;
    environment.aws().set_faults(vec![denied("ListDelegatedAdministrators")]);
    let error = environment.reconcile().await.outcome.expect_err("a graph is missing");
    let (code, message) = failure(&report_in(&error), "eu-west-1");
    assert_eq!(code, "NoBehaviorGraph");
    assert!(message.contains("designate it"), "{message}");
    assert_eq!(environment.calls("CreateGraph"), 0);
}

#[tokio::test]
async fn where_all_regions_are_covered_and_none_has_a_graph_every_run_fails_and_says_what_to_do() {
    let scenario = organization().account(account("333333333333"));
    let environment = Environment::start_with(scenario, &template(), &[("DetectiveRegions", "all")]).await;
    let onboarded = environment.onboard(account_created("333333333333")).await;
    for record in [environment.reconcile().await, environment.monitor().await, onboarded] {
        let error = record.outcome.expect_err("there is no graph");
        assert!(error.error_message.contains("NoBehaviorGraph: none of the "), "{}", error.error_message);
        assert!(error.error_message.contains("designate it"), "{}", error.error_message);
    }
}
