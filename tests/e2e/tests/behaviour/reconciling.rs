//! organization-reconciler: the graphs cover the organization as the policy requires, whatever events were lost.

use detective_emulator::{Effect, ErrorEffect, Fault};
use serde_json::{Value, json};

use end_to_end::edit::edit;
use end_to_end::environment::Environment;
use end_to_end::events::account_created;
use end_to_end::faults::aws_error;
use end_to_end::report::{line, report};
use end_to_end::scenario::{
    MANAGEMENT, Member, SEVENTEEN_REGIONS, ScenarioBuilder, account, invitation_graph, member, organization,
    organization_graph,
};
use end_to_end::template::template;

/// The accounts of an organization with OUs: all but 666666666666 are active.
pub(crate) fn accounts() -> ScenarioBuilder {
    organization()
        .account(account("333333333333").ou("Workloads/Prod"))
        .account(account("444444444444").ou("Workloads/Test").tag("detective", "off"))
        .account(account("555555555555").ou("Sandbox"))
        .account(account("666666666666").state("SUSPENDED"))
}

/// The accounts with an organization graph that has these members.
pub(crate) fn with_members(members: impl IntoIterator<Item = Member>) -> ScenarioBuilder {
    accounts().graph(organization_graph("us-east-1").members(members))
}

fn without_members() -> ScenarioBuilder {
    with_members([])
}

/// Removal without a grace period.
pub(crate) const REMOVAL: [(&str, &str); 3] =
    [("RemoveMembers", "true"), ("MaxRemovalsPercent", "100"), ("RemovalGraceHours", "0")];
const ONE_REGION: (&str, &str) = ("DetectiveRegions", "us-east-1");

pub(crate) async fn environment(scenario: ScenarioBuilder, parameters: &[(&str, &str)]) -> Environment {
    Environment::start_with(scenario, &template(), &[&[ONE_REGION], parameters].concat()).await
}

fn coverage(report: &Value) -> &Value {
    &report["regions"][0]["coverage"]
}

#[tokio::test]
async fn accounts_whose_events_were_lost_become_members() {
    let environment = environment(without_members(), &[]).await;
    let report = report(environment.reconcile().await);
    for id in [MANAGEMENT, "333333333333", "444444444444", "555555555555"] {
        assert_eq!(line(&report, "us-east-1", id)["action"], "created");
        assert_eq!(environment.status("us-east-1", id).as_deref(), Some("ENABLED"));
    }
    assert_eq!(line(&report, "us-east-1", "666666666666")["reason"], "not-active");
    assert_eq!(environment.calls("CreateMembers"), 1);
    assert_eq!(coverage(&report)["percent"], 100.0);
    assert_eq!(coverage(&report)["inScope"], 4);
}

#[tokio::test]
async fn a_second_run_changes_nothing_and_reads_no_account_alone() {
    let environment = environment(without_members(), &[]).await;
    report(environment.reconcile().await);
    let changes = environment.changes();
    let second = report(environment.reconcile().await);
    assert_eq!(environment.changes(), changes);
    assert_eq!(second["regions"][0]["notListed"], 4, "{second:#}");
    for operation in ["DescribeAccount", "ListTagsForResource", "ListParents", "GetMembers", "ListAccountsForParent"] {
        assert_eq!(environment.calls(operation), 0, "{operation}");
    }
}

#[tokio::test]
async fn the_policy_selects_by_ou_with_its_descendants_by_account_and_by_tag() {
    let probe = environment(without_members(), &[]).await;
    let workloads = probe.ou_id("Workloads").await;
    let policy = json!({
        "include": [{"ou": workloads}, {"account": "555555555555"}],
        "exclude": [{"tag": {"key": "detective", "value": "off"}}],
    });
    let environment = environment(without_members(), &[("CoveragePolicy", &policy.to_string())]).await;
    let report = report(environment.reconcile().await);
    let members = ["333333333333", "444444444444", "555555555555", MANAGEMENT];
    let statuses = members.map(|id| environment.status("us-east-1", id).is_some());
    assert_eq!(statuses, [true, false, true, false]);
    assert_eq!((&coverage(&report)["inScope"], &coverage(&report)["outOfScope"]), (&json!(2), &json!(3)));
}

#[tokio::test]
async fn an_account_that_moves_into_scope_becomes_a_member_and_one_that_moves_out_is_held() {
    let probe = environment(without_members(), &[]).await;
    let (workloads, sandbox) = (probe.ou_id("Workloads").await, probe.ou_id("Sandbox").await);
    let policy = json!({"exclude": [{"ou": sandbox}]}).to_string();
    let environment = environment(without_members(), &[("CoveragePolicy", &policy)]).await;
    report(environment.reconcile().await);
    assert_eq!(environment.status("us-east-1", "555555555555"), None);
    let client = environment.organizations().await;
    let prod = environment.ou_id("Prod").await;
    for (id, from, to) in [("555555555555", &sandbox, &workloads), ("333333333333", &prod, &sandbox)] {
        client.move_account().account_id(id).source_parent_id(from).destination_parent_id(to).send().await.unwrap();
    }
    let report = report(environment.reconcile().await);
    assert_eq!(environment.status("us-east-1", "555555555555").as_deref(), Some("ENABLED"));
    let held = line(&report, "us-east-1", "333333333333");
    assert_eq!(held["reason"], "removal-not-allowed", "{held}");
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
}

#[tokio::test]
async fn the_onboarder_holds_an_account_that_the_policy_leaves_out() {
    let probe = environment(without_members(), &[]).await;
    let workloads = probe.ou_id("Workloads").await;
    let policy = json!({"include": [{"ou": workloads}], "exclude": [{"tag": {"key": "detective", "value": "off"}}]});
    let environment = environment(without_members(), &[("CoveragePolicy", &policy.to_string())]).await;
    for (id, status, reason) in [
        ("333333333333", Some("ENABLED"), Value::Null),
        ("444444444444", None, json!("out-of-scope")),
        ("555555555555", None, json!("out-of-scope")),
    ] {
        let report = report(environment.onboard(account_created(id)).await);
        assert_eq!(line(&report, "us-east-1", id)["reason"], reason, "{id}");
        assert_eq!(environment.status("us-east-1", id).as_deref(), status, "{id}");
    }
}

#[tokio::test]
async fn the_longest_policy_is_one_that_the_functions_can_read() {
    let rule = |number: usize| json!({"account": format!("9000000{number:05}")});
    let mut rules = vec![json!({"account": "333333333333"})];
    while json!({"exclude": &rules}).to_string().len() < 4_000 - 30 {
        rules.push(rule(rules.len()));
    }
    let policy = json!({"exclude": rules}).to_string();
    let environment = environment(without_members(), &[("CoveragePolicy", policy.as_str())]).await;
    environment.reconcile().await.outcome.unwrap();
    let report = report(environment.onboard(account_created("333333333333")).await);
    assert_eq!(line(&report, "us-east-1", "333333333333")["reason"], "out-of-scope");
    assert_eq!(environment.status("us-east-1", "333333333333"), None);
    assert_eq!(environment.status("us-east-1", "444444444444").as_deref(), Some("ENABLED"));
}

#[tokio::test]
async fn a_bad_policy_changes_nothing_and_the_error_names_what_is_wrong() {
    for (policy, part) in
        [("{\"includes\": []}", "unknown field"), ("{\"include\": [{\"ou\": \"Prod\"}]}", "is not the id of an OU")]
    {
        let parameter = environment(without_members(), &[("CoveragePolicy", policy)]).await;
        let error = parameter.reconcile().await.outcome.expect_err("the policy is wrong");
        assert!(error.error_message.contains("InvalidPolicy") && error.error_message.contains(part), "{error:?}");
        assert_eq!(parameter.changes(), 0);
        // The same in the variable, which the template does not set.
        let variable = format!("        LOG_LEVEL: !Ref LogLevel\n        COVERAGE_POLICY: '{policy}'\n");
        let template = edit(&template(), "        LOG_LEVEL: !Ref LogLevel\n", &variable);
        let environment = Environment::start_with(without_members(), &template, &[]).await;
        let error = environment.reconcile().await.outcome.expect_err("the policy is wrong");
        assert_eq!(error.error_type, "ConfigurationError");
        assert!(
            error.error_message.contains("COVERAGE_POLICY") && error.error_message.contains(part),
            "{}",
            error.error_message
        );
        assert_eq!(environment.changes(), 0);
    }
    // An OU that does not exist would leave nobody in scope.
    let policy = r#"{"include": [{"ou": "ou-ab12-nothere00"}]}"#;
    let parameters = [
        ("CoveragePolicy", policy),
        ("RemoveMembers", "true"),
        ("DetectiveRegions", "us-east-1,sa-east-1"),
        ("CreateMissingGraphs", "true"),
        ("InvitationGraphRegions", "sa-east-1"),
    ];
    let environment = environment(without_members(), &parameters).await;
    let error = environment.reconcile().await.outcome.expect_err("the OU does not exist");
    assert!(error.error_message.contains("ParentNotFoundException"), "{}", error.error_message);
    assert_eq!(environment.changes(), 0);
}

#[tokio::test]
async fn an_account_whose_address_was_corrected_is_invited_again() {
    let corrected = member("333333333333").status("VERIFICATION_FAILED").email("old@example.com");
    let scenario = accounts().graph(invitation_graph("us-east-1").members([corrected]));
    let environment = environment(scenario, &[]).await;
    report(environment.reconcile().await);
    environment.cloud.settle().await;
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("INVITED"));
}

#[tokio::test]
async fn the_capacity_of_a_graph_goes_to_the_accounts_with_the_highest_priority() {
    let scenario = without_members().account(account("900000000000").tag("tier", "1")).generated(1300, "800000000000");
    let policy = json!({"priority": [{"tag": {"key": "tier", "value": "1"}}]}).to_string();
    let environment = environment(scenario, &[("CoveragePolicy", &policy)]).await;
    let record = environment.reconcile().await;
    assert!(
        record
            .log
            .iter()
            .any(|line| line["level"] == "WARN" && line["message"].as_str().unwrap().contains("nearly full"))
    );
    let report = report(record);
    assert_eq!(environment.status("us-east-1", "900000000000").as_deref(), Some("ENABLED"));
    assert_eq!((&coverage(&report)["members"], &coverage(&report)["enabled"]), (&json!(1200), &json!(1200)));
    // 1,305 accounts are in scope, and one is suspended.
    assert_eq!(
        report["totals"],
        json!({"done": 1200, "planned": 0, "excluded": 1, "waiting": 0, "blocked": 105, "failed": 0, "failedRegions": 0})
    );
    assert_eq!(environment.calls("CreateMembers"), 24);
}

#[tokio::test]
async fn a_dry_run_reports_what_it_would_do_and_makes_no_mutating_call() {
    let members = [member("333333333333").status("ACCEPTED_BUT_DISABLED"), member("666666666666")];
    let parameters = [&REMOVAL[..], &[("DryRun", "true")]].concat();
    let environment = environment(with_members(members), &parameters).await;
    let report = report(environment.reconcile().await);
    for (id, action) in [("333333333333", "started"), ("444444444444", "created"), ("666666666666", "removed")] {
        assert_eq!(line(&report, "us-east-1", id)["outcome"], "planned");
        assert_eq!(line(&report, "us-east-1", id)["action"], action);
    }
    end_to_end::report::report(environment.monitor().await);
    end_to_end::report::report(environment.onboard(account_created("444444444444")).await);
    assert_eq!(environment.changes(), 0);
}

#[tokio::test]
async fn one_region_that_fails_leaves_sixteen_complete_and_is_named() {
    let regions = SEVENTEEN_REGIONS;
    let scenario = accounts().graph(organization_graph(regions));
    let environment = Environment::start_with(scenario, &template(), &[("DetectiveRegions", regions)]).await;
    let refused = ErrorEffect { status: Some(403), ..aws_error("AccessDeniedException") };
    let fault = Fault { region: Some("eu-west-3".into()), ..Fault::on("ListGraphs", Effect::Error(refused)) };
    environment.aws().set_faults(vec![fault]);
    let error = environment.reconcile().await.outcome.expect_err("a Region fails");
    assert!(
        error.error_message.contains("1 of 17 Regions failed; the first failure: eu-west-3: ListGraphs"),
        "{}",
        error.error_message
    );
    for region in regions.split(',') {
        let expected = (region != "eu-west-3").then_some("ENABLED");
        assert_eq!(environment.status(region, "333333333333").as_deref(), expected, "{region}");
    }
    let attempts = environment.cloud.invocations().len();
    assert_eq!(environment.calls("ListAccounts"), attempts, "the organization is read once for all Regions");
}
