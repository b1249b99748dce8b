//! Detective enables members by itself, once an hour, in the order in which they were invited. The functions are slower
//! than it, or faster, or at work at the same time.

use chrono::TimeDelta;
use detective_emulator::{Effect, Fault, HELD};
use local_cloud::InvocationRecord;
use serde_json::{Value, json};

use end_to_end::environment::Environment;
use end_to_end::report::{held, line, report};
use end_to_end::scenario::{ScenarioBuilder, account, member, organization, organization_graph};
use end_to_end::template::template;

const REGION: &str = "us-east-1";

/// Members that are disabled because their volume was unknown: each with its volume now, and how long ago it was invited.
fn disabled<const N: usize>(members: [(&str, &str, &str); N]) -> ScenarioBuilder {
    let graph = organization_graph(REGION)
        .members(members.map(|(id, _, invited)| member(id).disabled("VOLUME_UNKNOWN").age(invited)));
    members
        .into_iter()
        .fold(organization(), |all, (id, volume, _)| all.account(account(id).volume(volume)))
        .graph(graph)
}

async fn environment(scenario: ScenarioBuilder) -> Environment {
    Environment::start_with(scenario, &template(), &[("DetectiveRegions", REGION)]).await
}

fn advance(environment: &Environment, hours: i64) {
    environment.aws().advance(TimeDelta::hours(hours));
}

async fn run(environment: &Environment, reconciling: bool) -> InvocationRecord {
    if reconciling { environment.reconcile().await } else { environment.monitor().await }
}

/// How many accounts are held, and how many failed.
fn troubles(report: &Value) -> [u64; 2] {
    [held(report), report["totals"]["failed"].as_u64().expect("a report has totals")]
}

/// A run that has read the members when Detective's check comes, and plans from what it has read.
async fn overtaken(environment: &Environment, reconciling: bool) -> Value {
    let hold = Fault { times: Some(1), ..Fault::on("ListMembers", Effect::DelayMs(HELD)) };
    environment.aws().set_faults(vec![hold]);
    let overtaking = async {
        let (mut sequence, mut calls) = (0, Vec::new());
        while !calls.contains(&"ListMembers".to_owned()) {
            sequence += 1;
            environment.aws().called(sequence).await;
            calls = environment.aws().journal().into_iter().map(|call| call.operation).collect();
        }
        advance(environment, 1);
        environment.aws().release();
    };
    report(tokio::join!(run(environment, reconciling), overtaking).0)
}

#[tokio::test]
async fn a_member_that_detective_enabled_first_needs_no_call() {
    for reconciling in [false, true] {
        let environment = environment(disabled([("333333333333", "unknown for 30m", "80h")])).await;
        advance(&environment, 1);
        let report = report(run(&environment, reconciling).await);
        assert_eq!(environment.status(REGION, "333333333333").as_deref(), Some("ENABLED"));
        assert_eq!(environment.calls("StartMonitoringMember"), 0);
        assert_eq!(troubles(&report), [0, 0], "{report:#}");
        assert_eq!(report["regions"][0]["stuck"], Value::Null, "{report:#}");
    }
}

#[tokio::test]
async fn a_member_that_detective_enables_during_a_run_is_done_and_is_enabled_once() {
    for reconciling in [false, true] {
        let environment = environment(disabled([("333333333333", "1GB", "80h")])).await;
        let report = overtaken(&environment, reconciling).await;
        assert_eq!(environment.status(REGION, "333333333333").as_deref(), Some("ENABLED"));
        assert_eq!(troubles(&report), [0, 0], "{report:#}");
        assert_eq!(report["regions"][0]["stuck"], Value::Null, "{report:#}");
        let journal = environment.aws().journal();
        let starts = journal.iter().filter(|call| call.operation == "StartMonitoringMember");
        let answers: Vec<_> = starts.map(|call| call.error_code.as_deref()).collect();
        assert_eq!(answers, [Some("ConflictException")]);
    }
}

#[tokio::test]
async fn capacity_that_detective_gave_to_another_member_is_reported_as_it_is() {
    for reconciling in [false, true] {
        // A run starts them by account id, and Detective enables them in the order of invitation.
        let members = [("333333333333", "6TB", "2h"), ("444444444444", "6TB", "3h")];
        let environment = environment(disabled(members)).await;
        let report = overtaken(&environment, reconciling).await;
        assert_eq!(troubles(&report), [1, 0], "{report:#}");
        let refused = line(&report, REGION, "333333333333");
        assert_eq!((&refused["outcome"], &refused["reason"]), (&json!("blocked"), &json!("graph-quota")), "{refused}");
        assert_eq!(environment.status(REGION, "333333333333").as_deref(), Some("ACCEPTED_BUT_DISABLED"));
        assert_eq!(environment.status(REGION, "444444444444").as_deref(), Some("ENABLED"));
    }
}

#[tokio::test]
async fn a_run_that_is_faster_leaves_detective_nothing_to_enable() {
    let environment = environment(disabled([("333333333333", "1GB", "2h")])).await;
    let started = report(environment.monitor().await);
    assert_eq!(line(&started, REGION, "333333333333")["action"], "started");
    let before = environment.aws().snapshot();
    advance(&environment, 1);
    assert_eq!(environment.aws().snapshot().graphs, before.graphs);
}

#[tokio::test]
async fn a_member_that_detective_found_to_have_too_much_data_cools_off_from_then_on() {
    let environment = environment(disabled([("333333333333", "high", "80h")])).await;
    advance(&environment, 1);
    for reconciling in [false, true] {
        let report = report(run(&environment, reconciling).await);
        let line = line(&report, REGION, "333333333333");
        assert_eq!(line["reason"], "cooling-off", "{line}");
        let message = line["message"].as_str().unwrap();
        assert!(message.ends_with("it is started again from 2026-01-06T10:00:00Z on"), "{message}");
    }
    assert_eq!(environment.calls("StartMonitoringMember"), 0);
    // Later checks do not prolong it.
    advance(&environment, 24);
    report(environment.monitor().await);
    assert_eq!(environment.calls("StartMonitoringMember"), 1);
}

#[tokio::test]
async fn a_member_in_its_cool_off_is_enabled_when_there_is_capacity() {
    let environment = environment(disabled([("333333333333", "6TB", "3h"), ("444444444444", "6TB", "2h")])).await;
    advance(&environment, 1);
    let cooling = report(environment.monitor().await);
    assert_eq!(line(&cooling, REGION, "444444444444")["reason"], "cooling-off");
    let client = aws_sdk_detective::Client::new(&environment.sdk("222222222222", REGION).await);
    let graph = environment.aws().snapshot().graphs[0].arn.clone();
    client.delete_members().graph_arn(graph).account_ids("333333333333").send().await.unwrap();
    advance(&environment, 1);
    let after = report(environment.monitor().await);
    assert_eq!(held(&after), 0, "{after:#}");
    assert_eq!(environment.status(REGION, "444444444444").as_deref(), Some("ENABLED"));
    assert_eq!(environment.calls("StartMonitoringMember"), 0);
}
