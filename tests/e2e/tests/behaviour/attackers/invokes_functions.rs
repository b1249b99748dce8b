//! Times that a payload states: they name a run, and neither end a grace period nor make anything older or younger.

use chrono::TimeDelta;
use serde_json::{Value, json};

use end_to_end::environment::Environment;
use end_to_end::events::example_event;
use end_to_end::report::{line, report};
use end_to_end::scenario::{ADMINISTRATOR, member, organization, organization_graph, span};
use end_to_end::template::template;

const LEAVER: &str = "333333333333";

async fn environment() -> Environment {
    let members = (333_333_333_333_u64..=333_333_333_336).map(|id| member(&id.to_string()).age("30days"));
    let scenario = organization()
        .timing(|timing| timing.departure = span("365days"))
        .generated(8, "333333333333")
        .graph(organization_graph("us-east-1").members(members));
    let parameters = [("DetectiveRegions", "us-east-1"), ("RemoveMembers", "true"), ("MaxRemovalsPercent", "50")];
    Environment::start_with(scenario, &template(), &parameters).await
}

/// An account leaves the organization, and the queue records it.
async fn leave(environment: &Environment) {
    environment.remove_from_organization(LEAVER).await;
    environment.cloud.settle_now().await;
}

fn ago(environment: &Environment, time: TimeDelta) -> String {
    (environment.aws().now() - time).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[tokio::test]
async fn a_run_for_a_time_that_is_yet_to_come_or_days_ago_is_refused_and_changes_nothing() {
    let environment = environment().await;
    environment.aws().advance(TimeDelta::days(20));
    leave(&environment).await;
    let changes = environment.changes();
    let payloads = [
        json!({"scheduledTime": "2099-01-01T00:00:00Z"}),
        json!({"scheduledTime": ago(&environment, TimeDelta::minutes(-10))}),
        json!({"scheduledTime": ago(&environment, TimeDelta::days(2))}),
        json!({"source": "aws.events", "detail-type": "Scheduled Event", "time": "2099-01-01T00:00:00Z", "detail": {}}),
        example_event("scheduled"),
    ];
    for function in ["AccountOffboarder", "OrganizationReconciler", "MemberMonitor"] {
        for payload in &payloads {
            let run = environment.cloud.invoke(ADMINISTRATOR, function, payload.clone()).await;
            let error = run.outcome.expect_err("the run is refused");
            assert!(error.error_message.contains("InvalidRunTime"), "{function} {payload}: {}", error.error_message);
        }
    }
    assert_eq!(environment.changes(), changes);
    assert_eq!(environment.status("us-east-1", LEAVER).as_deref(), Some("ENABLED"));
}

#[tokio::test]
async fn a_grace_period_begins_when_the_departure_was_recorded_whatever_time_the_run_states() {
    let environment = environment().await;
    leave(&environment).await;
    environment.aws().advance(TimeDelta::hours(1));
    for payload in [Value::Null, json!({}), json!({"scheduledTime": ago(&environment, TimeDelta::hours(25))})] {
        let run = environment.cloud.invoke(ADMINISTRATOR, "AccountOffboarder", payload.clone()).await;
        environment.aws().advance(TimeDelta::hours(1));
        let early = report(run);
        assert_eq!(line(&early, "us-east-1", LEAVER)["reason"], "grace-period", "{payload}: {early:#}");
    }
}

#[tokio::test]
async fn a_continuation_that_is_a_day_old_does_not_use_up_the_grace_period_of_who_left_just_now() {
    let environment = environment().await;
    environment.aws().advance(TimeDelta::days(2));
    environment.remove_from_organization(LEAVER).await;
    environment.aws().take_events();
    for days in [1, 4] {
        let time = ago(&environment, TimeDelta::days(days));
        let body = json!({"region": "us-east-1", "time": time, "correlation": "late", "invocations": 1});
        let record = json!({"messageId": "m", "body": body.to_string(), "eventSource": "aws:sqs"});
        let run = environment.cloud.invoke(ADMINISTRATOR, "OrganizationReconciler", json!({"Records": [record]})).await;
        let late = report(run);
        assert_eq!(line(&late, "us-east-1", LEAVER)["reason"], "grace-period", "{late:#}");
    }
    let early = report(environment.offboard().await);
    assert_eq!(line(&early, "us-east-1", LEAVER)["reason"], "grace-period", "{early:#}");
    assert_eq!(environment.calls("DeleteMembers"), 0);
    environment.aws().advance(TimeDelta::hours(25));
    report(environment.offboard().await);
    assert_eq!(environment.status("us-east-1", LEAVER), None);
}

#[tokio::test]
async fn a_continuation_for_a_time_that_is_yet_to_come_fails_and_is_retried() {
    let environment = environment().await;
    let body = json!({"region": "us-east-1", "time": "2099-01-01T00:00:00Z", "correlation": "early", "invocations": 1});
    let record = json!({"messageId": "m", "body": body.to_string(), "eventSource": "aws:sqs"});
    let run = environment.cloud.invoke(ADMINISTRATOR, "OrganizationReconciler", json!({"Records": [record]})).await;
    let report = report(run);
    assert_eq!(report["regions"][0]["error"]["code"], "InvalidRunTime", "{report:#}");
    assert_eq!(report["batchItemFailures"], json!([{"itemIdentifier": "m"}]), "{report:#}");
    assert_eq!(environment.changes(), 0);
}
