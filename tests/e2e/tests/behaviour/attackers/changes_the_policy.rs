//! A policy that is narrowed little by little: members out of scope have a grace period, removals are limited by the day whatever the
//! number of runs, and each is in an event.

use chrono::TimeDelta;
use serde_json::{Value, json};

use detective_emulator::{Effect, ErrorEffect, Fault};
use end_to_end::environment::Environment;
use end_to_end::events::account_removed;
use end_to_end::faults::{aws_error, denied};
use end_to_end::report::{line, report};
use end_to_end::scenario::{ADMINISTRATOR, ScenarioBuilder, member, organization, organization_graph, span};
use end_to_end::template::template;

use crate::alerts::leave;

const ALL: u64 = 30;

pub(super) fn id(number: u64) -> String {
    format!("3000000000{number:02}")
}

/// Everybody is a member.
fn scenario() -> ScenarioBuilder {
    let members = (0..ALL).map(|number| member(&id(number)).age("30days"));
    organization()
        .timing(|timing| timing.departure = span("365days"))
        .generated(ALL, &id(0))
        .graph(organization_graph("us-east-1").members(members))
}

/// A policy that leaves out the first of them.
fn policy(out: u64) -> String {
    let exclude: Vec<Value> = (0..out).map(|number| json!({"account": id(number)})).collect();
    json!({ "exclude": exclude }).to_string()
}

pub(super) async fn environment(grace: &str) -> Environment {
    let environment = Environment::bare(scenario()).await;
    narrow(&environment, grace, 0);
    environment
}

/// Deploys the stack with a policy that leaves out so many.
pub(super) fn narrow(environment: &Environment, grace: &str, out: u64) {
    let policy = policy(out);
    let parameters = [
        ("DetectiveRegions", "us-east-1"),
        ("CoveragePolicy", policy.as_str()),
        ("RemoveMembers", "true"),
        ("RemovalGraceHours", grace),
        ("MaxRemovals", "4"),
        ("MaxRemovalsPercent", "100"),
    ];
    environment.deploy_administrator(&template(), &parameters);
}

pub(super) fn members(environment: &Environment) -> usize {
    (0..ALL).filter(|number| environment.status("us-east-1", &id(*number)).is_some()).count()
}

#[tokio::test]
async fn members_out_of_scope_have_the_grace_period_of_those_that_leave() {
    let environment = environment("24").await;
    report(environment.reconcile().await);
    narrow(&environment, "24", 3);
    for _ in 0..4 {
        let early = report(environment.reconcile().await);
        assert_eq!(line(&early, "us-east-1", &id(0))["reason"], "grace-period", "{early:#}");
        environment.aws().advance(TimeDelta::hours(5));
    }
    assert_eq!(environment.calls("DeleteMembers"), 0);
    environment.aws().advance(TimeDelta::hours(5));
    let late = report(environment.reconcile().await);
    assert_eq!(line(&late, "us-east-1", &id(0))["outcome"], "removed", "{late:#}");
    assert_eq!(members(&environment), 27);
}

#[tokio::test]
async fn a_policy_that_is_narrowed_before_each_run_removes_no_more_a_day_than_at_once() {
    let environment = environment("0").await;
    report(environment.reconcile().await);
    for out in (2..=20).step_by(2) {
        narrow(&environment, "0", out);
        let _ = environment.reconcile().await;
        environment.aws().advance(TimeDelta::minutes(1));
    }
    assert_eq!(members(&environment), 26, "four a day are the most");
    let stopped = environment.reconcile().await.outcome.expect_err("the rest are too many for the day");
    assert!(stopped.error_message.contains("RemovalsStopped"), "{}", stopped.error_message);
}

#[tokio::test]
async fn where_nothing_is_remembered_nobody_is_removed_for_being_out_of_scope() {
    let environment = environment("0").await;
    report(environment.reconcile().await);
    narrow(&environment, "0", 2);
    let bucket = environment.report_bucket();
    environment.aws().put_object(&bucket, "state/us-east-1.json", b"lost");
    let run = environment.cloud.invoke(ADMINISTRATOR, "OrganizationReconciler", json!({})).await;
    assert_eq!(environment.calls("DeleteMembers"), 0, "{:?}", run.outcome);
}

#[tokio::test]
async fn an_event_names_the_members_that_are_newly_out_of_scope_and_those_that_were_removed() {
    let environment = environment("24").await;
    report(environment.reconcile().await);
    let before = environment.alerts().len();
    narrow(&environment, "24", 2);
    report(environment.reconcile().await);
    let alerts = environment.alerts();
    assert_eq!(alerts.len(), before + 1, "{alerts:#?}");
    assert_eq!(alerts[before]["newlyOutOfScope"]["count"], 2, "{alerts:#?}");
    environment.aws().advance(TimeDelta::hours(25));
    report(environment.reconcile().await);
    let alerts = environment.alerts();
    let removed = alerts.last().unwrap();
    assert_eq!(removed["removed"]["accounts"][0]["accountId"], id(0), "{alerts:#?}");
    assert_eq!(removed["removed"]["count"], 2, "{alerts:#?}");
}

#[tokio::test]
async fn a_policy_that_selects_nobody_is_an_error_and_removes_nobody() {
    let environment = environment("0").await;
    report(environment.reconcile().await);
    let exclude = json!({"include": [{"account": "999999999999"}]}).to_string();
    let parameters =
        [("DetectiveRegions", "us-east-1"), ("CoveragePolicy", exclude.as_str()), ("RemoveMembers", "true")];
    environment.deploy_administrator(&template(), &parameters);
    let error = environment.reconcile().await.outcome.expect_err("nobody is in scope");
    assert!(error.error_message.contains("NobodyInScope"), "{}", error.error_message);
    assert_eq!(environment.calls("DeleteMembers"), 0);
    // An account that leaves meanwhile is named at once, and once.
    let told = environment.alerts().len();
    leave(&environment, &id(7)).await;
    for _ in 0..2 {
        environment.aws().advance(TimeDelta::hours(6));
        environment.reconcile().await.outcome.expect_err("nobody is in scope");
    }
    let alerts = environment.alerts();
    assert_eq!(alerts.len(), told + 1, "{alerts:#?}");
    assert_eq!(alerts[told]["noLongerCovered"]["accountIds"], json!([id(7)]), "{alerts:#?}");
    environment.cloud.settle_now().await;
    assert!(environment.notices().last().is_some_and(|notice| notice.contains(&id(7))), "{:?}", environment.notices());
}

#[tokio::test]
async fn accounts_that_leave_one_by_one_and_members_out_of_scope_have_one_limit_a_day() {
    let environment = environment("1").await;
    report(environment.reconcile().await);
    narrow(&environment, "1", 2);
    report(environment.reconcile().await);
    environment.aws().advance(TimeDelta::minutes(61));
    report(environment.reconcile().await);
    assert_eq!(members(&environment), 28, "two are out of scope");
    // Six more leave, and account-offboarder is invoked after each.
    for number in 10..16 {
        environment.remove_from_organization(&id(number)).await;
        environment.cloud.put_event(ADMINISTRATOR, "us-east-1", account_removed(&id(number)));
        environment.cloud.settle_now().await;
        environment.aws().advance(TimeDelta::minutes(61));
        for _ in 0..2 {
            let _ = environment.offboard().await;
        }
    }
    assert_eq!(members(&environment), 26, "four a day are the most, by whichever function");
    environment.aws().advance(TimeDelta::hours(1));
    let stopped = environment.offboard().await.outcome.expect_err("the rest are too many for the day");
    assert!(stopped.error_message.contains("RemovalsStopped"), "{}", stopped.error_message);
    environment.aws().advance(TimeDelta::hours(23));
    report(environment.offboard().await);
    assert_eq!(members(&environment), 22, "the rest goes when the day is over");
}

#[tokio::test]
async fn a_removal_that_fails_and_is_repeated_counts_once() {
    let environment = environment("0").await;
    report(environment.reconcile().await);
    narrow(&environment, "0", 3);
    environment.aws().set_faults(vec![denied("DeleteMembers")]);
    environment.reconcile().await.outcome.expect_err("the failure is told");
    for _ in 0..2 {
        let totals = &report(environment.reconcile().await)["totals"];
        assert_eq!((&totals["failed"], &totals["knownFailures"]), (&3.into(), &3.into()), "{totals}");
    }
    environment.aws().set_faults(Vec::new());
    report(environment.reconcile().await);
    assert_eq!(members(&environment), 27);
}

#[tokio::test]
async fn where_the_record_of_removals_is_lost_nobody_is_removed_for_a_day() {
    let environment = environment("0").await;
    report(environment.reconcile().await);
    narrow(&environment, "0", 2);
    let bucket = environment.report_bucket();
    for lost in [&b"lost"[..], b"", br#"{"format":1,"region":"us-east-1","completeSince":null,"removals":[],"more":1}"#]
    {
        environment.aws().put_object(&bucket, "removals/us-east-1.json", lost);
        let held = report(environment.reconcile().await);
        assert_eq!(line(&held, "us-east-1", &id(0))["reason"], "removal-unconfirmed", "{held:#}");
        environment.aws().advance(TimeDelta::hours(23));
        report(environment.reconcile().await);
        assert_eq!(members(&environment), 30);
    }
    environment.aws().advance(TimeDelta::hours(2));
    report(environment.reconcile().await);
    assert_eq!(members(&environment), 28, "a day later it is known again");
}

#[tokio::test]
async fn where_removals_cannot_be_recorded_none_is_made_and_one_that_another_function_recorded_counts() {
    let environment = environment("0").await;
    report(environment.reconcile().await);
    narrow(&environment, "0", 2);
    environment.aws().set_faults(vec![denied("PutObject")]);
    let refused = environment.reconcile().await.outcome.expect_err("the bucket refuses");
    assert!(refused.error_message.contains("PutObject"), "{}", refused.error_message);
    assert_eq!(environment.calls("DeleteMembers"), 0);
    // Another function was first: the record, which is the first object that a run puts, is read again.
    let first = Effect::Error(ErrorEffect { status: Some(412), ..aws_error("PreconditionFailed") });
    environment.aws().set_faults(vec![Fault { times: Some(1), ..Fault::on("PutObject", first) }]);
    report(environment.reconcile().await);
    assert_eq!(members(&environment), 28);
}
