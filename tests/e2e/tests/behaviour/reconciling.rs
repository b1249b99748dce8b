//! organization-reconciler: the graphs cover the organization as the policy says, whatever events were lost.

use detective_emulator::{Effect, ErrorEffect, Fault};
use serde_json::{Value, json};

use crate::removing::REMOVAL;
use end_to_end::environment::{Environment, MANAGEMENT, line, report, template};

/// One Region, an OU tree, and members that should not be.
pub(crate) const ORGANIZATION: &str = r#"
startTime: 2026-01-05T09:00:00Z
organization:
  id: o-exampleorg01
  managementAccount: {id: "111111111111", email: management@example.com}
  delegatedAdministrators: [{account: "222222222222", service: detective.amazonaws.com}]
  accounts:
    - {id: "222222222222", email: security@example.com, name: security}
    - {id: "333333333333", email: a@example.com, ou: Workloads/Prod}
    - {id: "444444444444", email: b@example.com, ou: Workloads/Test, tags: {detective: "off"}}
    - {id: "555555555555", email: c@example.com, ou: Sandbox}
    - {id: "666666666666", email: d@example.com, state: SUSPENDED}
graphs:
  - administrator: "222222222222"
    regions: [us-east-1]
    organization: true
"#;

const ONE_REGION: (&str, &str) = ("DetectiveRegions", "us-east-1");

pub(crate) async fn environment(scenario: &str, parameters: &[(&str, &str)]) -> Environment {
    Environment::start_with(scenario, &template(), &[&[ONE_REGION], parameters].concat()).await
}

/// The id of the OU of that name, wherever it is.
pub(crate) async fn unit(environment: &Environment, name: &str) -> String {
    let client = environment.organizations().await;
    let mut open = vec![client.list_roots().send().await.unwrap().roots()[0].id().unwrap().to_owned()];
    while let Some(parent) = open.pop() {
        let units = client.list_organizational_units_for_parent().parent_id(parent).send().await.unwrap();
        for unit in units.organizational_units() {
            if unit.name() == Some(name) {
                return unit.id().unwrap().to_owned();
            }
            open.push(unit.id().unwrap().to_owned());
        }
    }
    panic!("there is no OU {name}")
}

fn coverage(report: &Value) -> &Value {
    &report["regions"][0]["coverage"]
}

pub(crate) fn with_members(members: &str) -> String {
    format!("{ORGANIZATION}    members: [{members}]\n")
}

#[tokio::test]
async fn accounts_whose_events_were_lost_become_members() {
    let environment = environment(ORGANIZATION, &[]).await;
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
    let environment = environment(ORGANIZATION, &[]).await;
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
    let probe = environment(ORGANIZATION, &[]).await;
    let workloads = unit(&probe, "Workloads").await;
    let policy = json!({
        "include": [{"ou": workloads}, {"account": "555555555555"}],
        "exclude": [{"tag": {"key": "detective", "value": "off"}}],
    });
    let environment = environment(ORGANIZATION, &[("CoveragePolicy", &policy.to_string())]).await;
    let report = report(environment.reconcile().await);
    let members = ["333333333333", "444444444444", "555555555555", MANAGEMENT];
    let statuses = members.map(|id| environment.status("us-east-1", id).is_some());
    assert_eq!(statuses, [true, false, true, false]);
    assert_eq!((&coverage(&report)["inScope"], &coverage(&report)["outOfScope"]), (&json!(2), &json!(3)));
}

#[tokio::test]
async fn an_account_that_moves_into_scope_becomes_a_member_and_one_that_moves_out_is_held() {
    let probe = environment(ORGANIZATION, &[]).await;
    let (workloads, sandbox) = (unit(&probe, "Workloads").await, unit(&probe, "Sandbox").await);
    let policy = json!({"exclude": [{"ou": sandbox}]}).to_string();
    let environment = environment(ORGANIZATION, &[("CoveragePolicy", &policy)]).await;
    report(environment.reconcile().await);
    assert_eq!(environment.status("us-east-1", "555555555555"), None);
    let client = environment.organizations().await;
    let prod = unit(&environment, "Prod").await;
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
    let probe = environment(ORGANIZATION, &[]).await;
    let workloads = unit(&probe, "Workloads").await;
    let policy = json!({"include": [{"ou": workloads}], "exclude": [{"tag": {"key": "detective", "value": "off"}}]});
    let environment = environment(ORGANIZATION, &[("CoveragePolicy", &policy.to_string())]).await;
    for (id, status, reason) in [
        ("333333333333", Some("ENABLED"), Value::Null),
        ("444444444444", None, json!("out-of-scope")),
        ("555555555555", None, json!("out-of-scope")),
    ] {
        let report = report(environment.onboard(end_to_end::environment::account_created(id)).await);
        assert_eq!(line(&report, "us-east-1", id)["reason"], reason, "{id}");
        assert_eq!(environment.status("us-east-1", id).as_deref(), status, "{id}");
    }
}

#[tokio::test]
async fn a_bad_policy_changes_nothing_and_says_what_is_wrong() {
    for (policy, part) in
        [("{\"includes\": []}", "unknown field"), ("{\"include\": [{\"ou\": \"Prod\"}]}", "is not the id of an OU")]
    {
        let environment = environment(ORGANIZATION, &[("CoveragePolicy", policy)]).await;
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
    ];
    let environment = environment(ORGANIZATION, &parameters).await;
    let error = environment.reconcile().await.outcome.expect_err("the OU does not exist");
    assert!(error.error_message.contains("ParentNotFoundException"), "{}", error.error_message);
    assert_eq!(environment.changes(), 0);
}

#[tokio::test]
async fn an_account_whose_address_was_corrected_is_invited_again() {
    let scenario = ORGANIZATION.replace("    organization: true\n", "")
        + "    members: [{account: \"333333333333\", status: VERIFICATION_FAILED, email: old@example.com}]\n";
    let environment = environment(&scenario, &[]).await;
    report(environment.reconcile().await);
    environment.cloud.settle().await;
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("INVITED"));
}

#[tokio::test]
async fn the_places_of_a_graph_go_to_the_accounts_that_come_first() {
    let scenario =
        ORGANIZATION.replace("graphs:", "  generate: [{count: 1300, firstId: \"800000000000\"}]\ngraphs:").replace(
            "name: security}",
            "name: security}\n    - {id: \"900000000000\", email: z@example.com, tags: {tier: \"1\"}}",
        );
    let policy = json!({"priority": [{"tag": {"key": "tier", "value": "1"}}]}).to_string();
    let environment = environment(&scenario, &[("CoveragePolicy", &policy)]).await;
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
    assert_eq!(report["totals"], json!({"done": 1200, "planned": 0, "held": 106, "failed": 0, "failedRegions": 0}));
    assert_eq!(environment.calls("CreateMembers"), 24);
}

#[tokio::test]
async fn a_dry_run_says_what_it_would_do_and_makes_no_call_that_changes_anything() {
    let members = "{account: \"333333333333\", status: ACCEPTED_BUT_DISABLED}, {account: \"666666666666\"}";
    let parameters = [&REMOVAL[..], &[("DryRun", "true")]].concat();
    let environment = environment(&with_members(members), &parameters).await;
    let report = report(environment.reconcile().await);
    for (id, action) in [("333333333333", "started"), ("444444444444", "created"), ("666666666666", "removed")] {
        assert_eq!(line(&report, "us-east-1", id)["outcome"], "planned");
        assert_eq!(line(&report, "us-east-1", id)["action"], action);
    }
    end_to_end::environment::report(environment.monitor().await);
    end_to_end::environment::report(
        environment.onboard(end_to_end::environment::account_created("444444444444")).await,
    );
    assert_eq!(environment.changes(), 0);
}

#[tokio::test]
async fn one_region_that_fails_leaves_sixteen_complete_and_is_named() {
    let regions = "us-east-1,us-east-2,us-west-1,us-west-2,ca-central-1,eu-west-1,eu-west-2,eu-west-3,eu-central-1,eu-north-1,\
        ap-northeast-1,ap-northeast-2,ap-south-1,ap-southeast-1,ap-southeast-2,sa-east-1,eu-south-1";
    let scenario = ORGANIZATION.replace("[us-east-1]", &format!("[{regions}]"));
    let environment = Environment::start_with(&scenario, &template(), &[("DetectiveRegions", regions)]).await;
    let denied = Effect::Error(ErrorEffect { code: "AccessDeniedException".into(), status: Some(403), message: None });
    environment
        .cloud
        .emulator()
        .cloud()
        .set_faults(vec![Fault { region: Some("eu-west-3".into()), ..Fault::on("ListGraphs", denied) }]);
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
