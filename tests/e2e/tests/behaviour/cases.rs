//! Organizations as people have reported them, each the smallest that shows the problem.

use serde_json::Value;

use end_to_end::cases::case_scenario;
use end_to_end::environment::{Environment, MEMBER_ROLE};
use end_to_end::events::account_created;
use end_to_end::faults::denied;
use end_to_end::report::{line, region, report, report_in};
use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT, account, invitation_graph, member, organization};
use end_to_end::template::template;

const ADMINISTRATOR_CHANGED: &str = "administrator-changed.yaml";
const REGIONS_NOT_ENABLED: &str = "regions-not-enabled.yaml";
const NOT_DESIGNATED: &str = "not-designated-in-second-region.yaml";

async fn environment(case: &str, parameters: &[(&str, &str)]) -> Environment {
    Environment::start_with(case_scenario(case), &template(), parameters).await
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
        (NOT_DESIGNATED, "eu-west-1", "us-east-1,eu-west-1", "false", "designate this account"),
        (NOT_DESIGNATED, "eu-west-1", "us-east-1,eu-west-1", "true", "designate this account"),
        (NOT_DESIGNATED, "eu-west-1", "all", "false", "designate this account"),
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
    assert!(message.contains("designate this account"), "{message}");
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
        assert!(error.error_message.contains("designate this account"), "{}", error.error_message);
    }
}

/// A Region that is not enabled for the administrator account, and one that is not enabled for a member.
const OPT_IN: (&str, &str) = ("DetectiveRegions", "us-east-1,eu-south-1,af-south-1");

#[tokio::test]
async fn a_region_that_is_not_enabled_for_the_account_is_named_so_by_every_function_and_stops_no_other_region() {
    let environment = environment(REGIONS_NOT_ENABLED, &[OPT_IN, ("RemoveMembers", "true")]).await;
    environment.deploy(
        &template(),
        "ManagementAccount",
        MANAGEMENT,
        &[("AdministratorAccountId", ADMINISTRATOR), ("AdministratorCheck", "report"), OPT_IN],
    );
    let onboarded = environment.onboard(account_created("333333333333")).await;
    let keeper = environment.cloud.tick(MANAGEMENT, "AdministratorKeeper").await.swap_remove(0);
    assert!(keeper.outcome.is_ok(), "the management account has the Region");
    for record in [onboarded, environment.reconcile().await, environment.monitor().await] {
        let error = record.outcome.expect_err("a Region is not enabled");
        let report = report_in(&error);
        let of_region = region(&report, "af-south-1").to_string();
        assert!(of_region.contains("\"RegionNotEnabled\""), "{report:#}");
        assert!(of_region.contains("af-south-1 is not enabled for this account"), "{report:#}");
        assert!(of_region.contains("enable-region") && of_region.contains("DetectiveRegions"), "{report:#}");
        assert!(!error.error_message.contains("security token"), "{}", error.error_message);
    }
    for region in ["us-east-1", "eu-south-1"] {
        assert_eq!(environment.status(region, "333333333333").as_deref(), Some("ENABLED"), "{region}");
    }
}

#[tokio::test]
async fn a_region_that_is_always_enabled_keeps_the_error_that_aws_answers() {
    let environment = environment(REGIONS_NOT_ENABLED, &[("DetectiveRegions", "us-east-1")]).await;
    let unknown = detective_emulator::Effect::Error(end_to_end::faults::aws_error("UnrecognizedClientException"));
    environment.aws().set_faults(vec![detective_emulator::Fault::on("ListGraphs", unknown)]);
    let error = environment.reconcile().await.outcome.expect_err("the credentials are wrong");
    assert_eq!(failure(&report_in(&error), "us-east-1").0, "UnrecognizedClientException");
}

#[tokio::test]
async fn a_member_whose_region_is_not_enabled_is_named_so_by_its_own_acceptor_and_by_the_central_one() {
    let scenario = organization()
        .organization(|organization| organization.delegated_administrators.clear())
        .standalone(account("333333333333").disabled_regions(["eu-south-1"]))
        .standalone(account("444444444444"));
    let invited = ["333333333333", "444444444444"].map(|id| member(id).status("INVITED"));
    let environment = Environment::bare(scenario.graph(invitation_graph("eu-south-1").members(invited))).await;
    let regions = ("DetectiveRegions", "us-east-1,eu-south-1");
    let acceptor = [("TrustedAdministratorIds", ADMINISTRATOR), regions];
    environment.deploy(&template(), "MemberAccount", "333333333333", &acceptor);
    let error = environment.accept("333333333333").await.outcome.expect_err("the Region is not enabled");
    let (code, message) = failure(&report_in(&error), "eu-south-1");
    assert_eq!(code, "RegionNotEnabled");
    assert!(message.contains("eu-south-1 is not enabled for this account"), "{message}");

    let central = [&[("DetectiveRegions", "eu-south-1")][..], &MEMBER_ROLE].concat();
    environment.deploy_administrator(&template(), &central);
    let role = [&[("AdministratorAccountId", ADMINISTRATOR)][..], &MEMBER_ROLE].concat();
    for id in ["333333333333", "444444444444"] {
        environment.deploy_as("role", &template(), "MemberAccount", id, &role);
    }
    let report = report(environment.cloud.tick(ADMINISTRATOR, "CentralAcceptor").await.swap_remove(0));
    let held = line(&report, "eu-south-1", "333333333333");
    assert_eq!(held["reason"], "region-not-enabled", "{report:#}");
    assert!(held["message"].as_str().unwrap().contains("enable-region --region-name eu-south-1"), "{held}");
    assert_eq!(line(&report, "eu-south-1", "444444444444")["action"], "accepted", "{report:#}");
}
