//! Accounts as people have reported them: one that is odd keeps nobody else out, and is looked at again by itself where that helps.

use std::fs::read_to_string;

use chrono::TimeDelta;
use detective_emulator::{Cloud, Scenario};
use serde_json::json;

use end_to_end::cases::{case_names, case_scenario};
use end_to_end::environment::Environment;
use end_to_end::report::{is_held, line, report};
use end_to_end::scenario::{MANAGEMENT, span};
use end_to_end::template::template;

use crate::arrivals_queue::{assert_nothing_waits, created, put, runs};
use crate::odd_accounts::reconcile_once;

const REGION: &str = "us-east-1";

async fn environment(scenario: Scenario, parameters: &[(&str, &str)]) -> Environment {
    let parameters = [&[("DetectiveRegions", REGION)], parameters].concat();
    Environment::start_with(scenario, &template(), &parameters).await
}

#[test]
fn every_case_has_a_test() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/behaviour");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let tests: String = entries.filter(|path| path.is_file()).map(|path| read_to_string(path).unwrap()).collect();
    for name in case_names() {
        assert!(tests.contains(&format!("\"{name}\"")), "no test names {name}");
    }
}

#[tokio::test]
async fn an_address_that_detective_refuses_keeps_none_of_the_other_121_accounts_out() {
    let environment = environment(case_scenario("one-bad-address.yaml"), &[]).await;
    let report = report(environment.reconcile().await);
    let held = line(&report, REGION, "333333333333");
    assert_eq!((&held["outcome"], &held["reason"]), (&json!("blocked"), &json!("invalid-email")), "{held}");
    assert_eq!((&report["totals"]["blocked"], &report["totals"]["failed"]), (&json!(1), &json!(0)));
    let graph = environment.aws().snapshot().graphs.swap_remove(0);
    assert!(graph.members.iter().all(|member| member.status == "ENABLED"), "{:?}", graph.members);
    assert_eq!((graph.members.len(), environment.calls("CreateMembers")), (121, 3), "the odd one costs no call");
}

#[tokio::test]
async fn an_account_that_is_too_young_is_a_member_within_minutes_of_its_time_and_the_others_are_at_once() {
    let environment = environment(case_scenario("one-young-account.yaml"), &[]).await;
    let create = environment.organizations().await.create_account().account_name("young").email("young@example.com");
    create.send().await.unwrap();
    // It is created after a minute, and its events are gathered.
    environment.cloud.run_for(TimeDelta::minutes(2)).await;
    let snapshot = environment.aws().snapshot();
    let accounts = snapshot.organization.unwrap().accounts.into_iter();
    let young = accounts.map(|account| (account.name, account.id)).find(|(name, _)| name == "young").unwrap().1;
    let report = reconcile_once(&environment).await;
    assert_eq!(line(&report, REGION, &young)["code"], "InternalServerException");
    assert_eq!(report["totals"]["failed"], 1, "{:#}", report["totals"]);
    let members = environment.aws().snapshot().graphs[0].members.len();
    assert_eq!(members, 61, "the sixty and the management account");
    // No schedule fires.
    environment.cloud.settle().await;
    assert_eq!(environment.status(REGION, &young).as_deref(), Some("ENABLED"));
    let runs = runs(&environment);
    let waited = runs.last().unwrap().time - runs[0].time;
    assert!(waited < TimeDelta::minutes(56), "settled after 40 minutes, a member after {}", waited.num_minutes());
    assert_nothing_waits(&environment);
}

#[tokio::test]
async fn states_are_told_by_state_alone_and_an_account_that_is_not_active_yet_is_looked_at_again_within_minutes() {
    let mut scenario = case_scenario("states-and-emails.yaml");
    scenario.timing.account_activation = span("20m");
    let environment = environment(scenario, &[]).await;
    put(&environment, created("777777777777", "e1"));
    environment.cloud.run_for(TimeDelta::seconds(30)).await;
    let first = report(runs(&environment).swap_remove(0));
    assert_eq!(line(&first, REGION, "777777777777")["reason"], "pending-activation");
    let reconciled = report(environment.reconcile().await);
    assert_eq!(reconciled["totals"]["failed"], 0, "{reconciled:#}");
    for id in [MANAGEMENT, "333333333333", "000000000012"] {
        assert_eq!(environment.status(REGION, id).as_deref(), Some("ENABLED"), "{id}");
    }
    for (id, state) in [("444444444444", "SUSPENDED"), ("555555555555", "PENDING_CLOSURE"), ("666666666666", "CLOSED")]
    {
        let held = line(&reconciled, REGION, id);
        assert!(is_held(held), "{held}");
        assert!(held["message"].as_str().unwrap().contains(state), "{held}");
    }
    assert_eq!(line(&reconciled, REGION, "777777777777")["reason"], "pending-activation");
    environment.cloud.settle().await;
    assert_eq!(environment.status(REGION, "777777777777").as_deref(), Some("ENABLED"));
    let runs = runs(&environment);
    let waited = runs.last().unwrap().time - runs[0].time;
    assert!(waited <= TimeDelta::minutes(36), "active after 20 minutes, a member after {}", waited.num_minutes());
    assert_nothing_waits(&environment);
}

#[tokio::test]
async fn a_member_that_moves_out_of_scope_is_said_to_be_a_paid_member_still() {
    let environment = Environment::bare(case_scenario("moves-between-ous.yaml")).await;
    let policy = json!({"include": [{"ou": environment.ou_id("Workloads").await}]}).to_string();
    environment.deploy_both(&template(), &[("DetectiveRegions", REGION), ("CoveragePolicy", &policy)]);
    let (prod, sandbox) = (environment.ou_id("Prod").await, environment.ou_id("Sandbox").await);
    let client = environment.organizations().await;
    let moved =
        client.move_account().account_id("444444444444").source_parent_id(&prod).destination_parent_id(&sandbox);
    moved.send().await.unwrap();
    let moved =
        client.move_account().account_id("555555555555").source_parent_id(&sandbox).destination_parent_id(&prod);
    moved.send().await.unwrap();
    environment.cloud.settle().await;
    let report = report(runs(&environment).swap_remove(0));
    let held = line(&report, REGION, "444444444444");
    assert_eq!(held["reason"], "out-of-scope");
    assert!(held["message"].as_str().unwrap().contains("it is still a member"), "{held}");
    assert_eq!(line(&report, REGION, "555555555555")["action"], "created", "{report:#}");
    assert_eq!(environment.status(REGION, "444444444444").as_deref(), Some("ENABLED"));
}

#[test]
fn a_scenario_with_an_address_that_organizations_refuses_is_refused_with_a_reason() {
    let refused = Cloud::new(&case_scenario("address-without-dot.yaml")).expect_err("the address has no dot");
    assert!(refused.to_string().contains("111111111111") && refused.to_string().contains("email"), "{refused}");
}
