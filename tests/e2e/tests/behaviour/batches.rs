//! Batches of continuations: each is a run of its own, and fails or succeeds by itself.

use chrono::TimeDelta;
use detective_emulator::{Effect, Fault, HELD};
use end_to_end::environment::Environment;
use end_to_end::report::report;
use end_to_end::scenario::{ADMINISTRATOR, ScenarioBuilder, account, member, organization, organization_graph};
use local_cloud::Options;
use serde_json::{Value, json};

/// A graph in us-east-1 with a member that has waited for 80 hours, and that Detective does not enable.
fn waiting() -> ScenarioBuilder {
    let member = member("333333333333").disabled("VOLUME_UNKNOWN").age("80h");
    let account = account("333333333333").volume("unknown");
    organization().account(account).graph(organization_graph("us-east-1").members([member]))
}

async fn environment() -> Environment {
    let limit = std::time::Duration::from_secs(20);
    let environment = Environment::bare_with(waiting(), Options { limit: Some(limit), ..Options::default() }).await;
    environment.deploy_both(&end_to_end::template::template(), &[("DetectiveRegions", "us-east-1")]);
    environment
}

pub(crate) fn continuation(region: &str, time: &str, correlation: &str, invocations: u32) -> String {
    json!({"region": region, "time": time, "correlation": correlation, "invocations": invocations}).to_string()
}

/// What Lambda invokes a function with: messages m0, m1 and so on.
pub(crate) fn batch(bodies: &[&str]) -> Value {
    let record = |(index, body): (usize, &&str)| json!({"messageId": format!("m{index}"), "body": body, "eventSource": "aws:sqs"});
    json!({"Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>()})
}

const NOW: &str = "2026-01-05T09:00:00Z";

#[tokio::test]
async fn two_runs_in_one_batch_are_two_each_with_its_own_correlation_id() {
    let environment = environment().await;
    let (first, second) =
        (continuation("us-east-1", "2026-01-02T09:00:00Z", "first", 1), continuation("us-east-1", NOW, "second", 1));
    for function in ["MemberMonitor", "OrganizationReconciler"] {
        let record = environment.cloud.invoke(ADMINISTRATOR, function, batch(&[&first, &second])).await;
        let stuck = record.log.iter().filter(|line| line["level"] == "ERROR");
        let correlations: Vec<&Value> = stuck.map(|line| &line["span"]["correlation.id"]).collect();
        assert_eq!(correlations, ["first", "second"], "{function}");
        let report = report(record);
        let regions = report["regions"].as_array().expect("a report has Regions");
        let runs: Vec<_> = regions.iter().map(|region| (&region["correlation"], &region["stuck"])).collect();
        // How long a member has waited counts by AWS's clock, whatever time the run is named by.
        let stuck = json!(["333333333333"]);
        assert_eq!(runs, [(&json!("first"), &stuck), (&json!("second"), &stuck)], "{function}: {report:#}");
        assert!(report["batchItemFailures"].is_null(), "{function}");
    }
}

#[tokio::test]
async fn of_two_runs_in_one_batch_the_one_of_another_week_is_refused_by_its_own_time() {
    let environment = environment().await;
    let (stale, good) =
        (continuation("us-east-1", "2025-12-20T09:00:00Z", "stale", 1), continuation("us-east-1", NOW, "good", 1));
    for function in ["MemberMonitor", "OrganizationReconciler"] {
        let report = report(environment.cloud.invoke(ADMINISTRATOR, function, batch(&[&stale, &good])).await);
        let regions = report["regions"].as_array().expect("a report has Regions");
        let failures: Vec<_> =
            regions.iter().map(|region| (&region["correlation"], &region["error"]["code"])).collect();
        let refused = json!("InvalidRunTime");
        assert_eq!(failures, [(&json!("stale"), &refused), (&json!("good"), &Value::Null)], "{function}: {report:#}");
        assert_eq!(report["batchItemFailures"], json!([{"itemIdentifier": "m0"}]), "{function}");
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_read_fails_alone() {
    let environment = environment().await;
    let good = continuation("us-east-1", NOW, "good", 1);
    let no_time = continuation("us-east-1", "yesterday", "bad", 1);
    for function in ["MemberMonitor", "OrganizationReconciler"] {
        let bodies = ["{}", &good, "not JSON", &no_time];
        let record = environment.cloud.invoke(ADMINISTRATOR, function, batch(&bodies)).await;
        let unreadable = record.log.iter().filter(|line| line["failure.code"] == "InvalidContinuation");
        let ids: Vec<&Value> = unreadable.map(|line| &line["message.id"]).collect();
        assert_eq!(ids, ["m0", "m2", "m3"], "{function}");
        let report = report(record);
        let failed: Vec<&Value> = report["batchItemFailures"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|failure| &failure["itemIdentifier"])
            .collect();
        assert_eq!(failed, ["m0", "m2", "m3"], "{function}: {report:#}");
        assert_eq!(report["regions"].as_array().map(Vec::len), Some(1), "{function}");
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_a_dead_letter_in_the_end() {
    let environment = environment().await;
    let queues = environment.cloud.queues();
    let queue = queues.iter().find(|queue| queue.contains("MonitorContinuations")).expect("the monitor has a queue");
    let sender = environment.cloud.functions().into_iter().map(|(account, _)| account).next().expect("functions");
    environment.aws().send_message(queue, &sender, "{}").expect("the queue takes it");
    // It is received twenty times, each time after its visibility timeout of 90 minutes.
    environment.cloud.run_for(TimeDelta::hours(31)).await;
    assert!(environment.aws().messages(queue).is_empty());
    let bodies: Vec<Value> = environment.cloud.dead_letters().into_iter().map(|letter| letter.body).collect();
    assert_eq!(bodies, [json!({})]);
}

#[tokio::test]
async fn the_count_of_one_run_ends_no_other_and_cannot_overflow() {
    let environment = environment().await;
    let unanswered = Fault::on("ListMembers", Effect::DelayMs(HELD));
    let bodies =
        [continuation("us-east-1", NOW, "old", u32::MAX), continuation("us-east-1", "2026-01-05T10:00:00Z", "new", 1)];
    environment.aws().set_faults(vec![unanswered]);
    let event = batch(&[&bodies[0], &bodies[1]]);
    let report = report(environment.cloud.invoke(ADMINISTRATOR, "MemberMonitor", event).await);
    let regions = report["regions"].as_array().expect("a report has Regions");
    assert_eq!((&regions[0]["correlation"], &regions[0]["error"]["code"]), (&json!("old"), &json!("OutOfTime")));
    assert_eq!((&regions[1]["correlation"], &regions[1]["continued"]), (&json!("new"), &json!(true)), "{report:#}");
    assert_eq!(report["batchItemFailures"], json!([{"itemIdentifier": "m0"}]));
}

#[tokio::test]
async fn a_continuation_for_a_region_that_is_not_covered_any_more_is_logged_by_name_and_done() {
    let environment = environment().await;
    let event = batch(&[&continuation("eu-west-3", NOW, "c", 1)]);
    let record = environment.cloud.invoke(ADMINISTRATOR, "MemberMonitor", event).await;
    let warnings: Vec<_> = record.log.iter().filter(|line| line["level"] == "WARN").collect();
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert_eq!((&warnings[0]["region"], &warnings[0]["span"]["correlation.id"]), (&json!("eu-west-3"), &json!("c")));
    let report = report(record);
    assert_eq!((report["regions"].as_array().map(Vec::len), &report["batchItemFailures"]), (Some(0), &Value::Null));
}
