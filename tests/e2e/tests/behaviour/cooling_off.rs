//! A member with too much data is tried once in each cool-off period, however often functions run.

use chrono::TimeDelta;
use local_cloud::InvocationRecord;
use serde_json::{Value, json};

use end_to_end::edit::edit;
use end_to_end::environment::Environment;
use end_to_end::report::{line, report};
use end_to_end::scenario::{ADMINISTRATOR, ScenarioBuilder, account, member, organization, organization_graph};
use end_to_end::template::template;

const MEMBER: &str = "333333333333";

/// Its one member was found to have too much data 23 hours ago.
fn too_high() -> ScenarioBuilder {
    let member = member(MEMBER).disabled("VOLUME_TOO_HIGH").age("23h");
    organization().account(account(MEMBER).volume("high")).graph(organization_graph("us-east-1").members([member]))
}

async fn environment(parameters: &[(&str, &str)]) -> Environment {
    Environment::start_with(too_high(), &template(), &[&[("DetectiveRegions", "us-east-1")], parameters].concat()).await
}

fn advance(environment: &Environment, hours: i64) {
    environment.aws().advance(TimeDelta::hours(hours));
}

/// The outcome of a run for the member: it was tried, or until when it is cooling off.
fn outcome(record: InvocationRecord) -> Result<(), String> {
    let report = report(record);
    let line = line(&report, "us-east-1", MEMBER);
    match line["reason"].as_str().unwrap() {
        "graph-quota" => Ok(()),
        "cooling-off" => Err(line["message"].as_str().unwrap().rsplit("; ").next().unwrap().to_owned()),
        other => panic!("{other}: {line}"),
    }
}

fn until(time: &str) -> Result<(), String> {
    Err(format!("it is started again from {time} on"))
}

#[tokio::test]
async fn the_monitor_that_runs_every_hour_tries_once_in_each_cool_off() {
    let environment = environment(&[]).await;
    let mut tries = Vec::new();
    for hour in 0..50 {
        let expected = match hour {
            1 | 25 | 49 => Ok(()),
            0 => until("2026-01-05T10:00:00Z"),
            2..=24 => until("2026-01-06T10:00:00Z"),
            _ => until("2026-01-07T10:00:00Z"),
        };
        assert_eq!(outcome(environment.monitor().await), expected, "after {hour} hours");
        tries.push(environment.calls("StartMonitoringMember"));
        advance(&environment, 1);
    }
    assert_eq!(tries.last(), Some(&3), "{tries:?}");
}

#[tokio::test]
async fn the_reconciler_keeps_the_cool_off_by_its_own_schedule() {
    let environment = environment(&[("ReconcileSchedule", "rate(6 hours)")]).await;
    let mut tried = Vec::new();
    for _ in 0..9 {
        tried.push(outcome(environment.reconcile().await).is_ok());
        advance(&environment, 6);
    }
    assert_eq!(tried, [false, true, false, false, false, true, false, false, false]);
    assert_eq!(environment.calls("StartMonitoringMember"), 2);
}

#[tokio::test]
async fn a_manual_run_takes_no_try_from_the_schedule() {
    let environment = environment(&[]).await;
    let manual = async |time: &str, minutes: i64| {
        environment.aws().advance(TimeDelta::minutes(minutes));
        let event: Value = json!({"time": time});
        outcome(environment.cloud.invoke(ADMINISTRATOR, "MemberMonitor", event).await)
    };
    assert_eq!(manual("2026-01-05T09:59:00Z", 59).await, until("2026-01-05T10:00:00Z"));
    environment.aws().advance(TimeDelta::minutes(1));
    assert_eq!(outcome(environment.monitor().await), Ok(()));
    assert_eq!(manual("2026-01-05T11:30:00Z", 90).await, until("2026-01-06T10:00:00Z"));
    environment.aws().advance(TimeDelta::minutes(24 * 60 - 90));
    assert_eq!(outcome(environment.monitor().await), Ok(()));
}

#[tokio::test]
async fn a_cron_schedule_leaves_no_cool_off_without_a_try() {
    let environment = environment(&[("MonitorSchedule", "cron(0 9 * * ? *)")]).await;
    assert_eq!(outcome(environment.monitor().await), until("2026-01-05T10:00:00Z"));
    for _ in 0..2 {
        advance(&environment, 24);
        assert_eq!(outcome(environment.monitor().await), Ok(()));
    }
}

#[tokio::test]
async fn a_schedule_that_cannot_be_read_is_an_error_that_names_the_variable() {
    let environment = Environment::start_with(
        too_high(),
        &edit(&template(), "SCHEDULE: !Ref MonitorSchedule", "SCHEDULE: hourly"),
        &[("DetectiveRegions", "us-east-1")],
    )
    .await;
    let error = environment.monitor().await.outcome.expect_err("the schedule is wrong");
    assert_eq!(error.error_type, "ConfigurationError");
    assert!(error.error_message.contains("SCHEDULE is \"hourly\""), "{}", error.error_message);
}
