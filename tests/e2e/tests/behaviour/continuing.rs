//! A run that has not enough time: it stops in time, reports what is left, and continues in other invocations.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use detective_emulator::{Effect, Fault, HELD, Throttle};
use local_cloud::{InvocationRecord, Options};
use serde_json::{Value, json};

use end_to_end::edit::edit;
use end_to_end::environment::{Environment, MEMBER_ROLE};
use end_to_end::faults::denied;
use end_to_end::report::{correlations, report};
use end_to_end::scenario::{
    ADMINISTRATOR, Graph, SEVENTEEN_REGIONS, ScenarioBuilder, member, organization, organization_graph,
};
use end_to_end::template::template;

/// An organization with so many more accounts, from 300000000000 on.
fn with_accounts(count: u64, graph: Graph) -> ScenarioBuilder {
    organization()
        .organization(|organization| organization.empty_page_after = 0)
        .generated(count, "300000000000")
        .graph(graph)
}

/// An environment whose functions have this timeout in real time. They work for four fifths of it.
async fn environment(scenario: ScenarioBuilder, limit: Duration, parameters: &[(&str, &str)]) -> Environment {
    let environment =
        Environment::bare_with(scenario, Options { limit: Some(limit), waits_divided_by: 1, ..Options::default() })
            .await;
    environment.aws().put_bucket(ADMINISTRATOR, "coverage-reports");
    environment.deploy_both(&template(), parameters);
    environment
}

/// At most so many calls of the operation a real second, in each Region.
fn at_most(rate: f64, operation: &str) -> Fault {
    let throttle = Throttle { rate, burst: rate.max(1.0), real_time: true, error: None };
    Fault::on(operation, Effect::Throttle(throttle))
}

fn set_faults<const N: usize>(environment: &Environment, faults: [Fault; N]) {
    environment.aws().set_faults(faults.into());
}

/// The message that continues a run in us-east-1 after so many invocations.
fn message(invocations: u32) -> Value {
    let body = json!({"region": "us-east-1", "time": "2026-01-05T09:00:00Z", "correlation": "first", "invocations": invocations});
    json!({"Records": [{"messageId": "m1", "body": body.to_string(), "eventSource": "aws:sqs"}]})
}

fn assert_all_done(environment: &Environment) {
    assert!(environment.cloud.dead_letters().is_empty());
    for queue in environment.cloud.queues() {
        assert!(environment.aws().messages(&queue).is_empty(), "{queue}");
    }
}

/// How often each account was in a call that succeeded, by Region.
fn taken(environment: &Environment, operation: &str) -> BTreeMap<(String, String), usize> {
    let mut taken = BTreeMap::new();
    for call in environment.aws().journal() {
        if call.operation == operation && call.status == 200 {
            let many = call.request["Accounts"].as_array().into_iter().flatten().map(|account| &account["AccountId"]);
            for id in many.chain(Some(&call.request["AccountId"])).filter_map(|id| id.as_str()) {
                *taken.entry((call.region.clone(), id.to_owned())).or_default() += 1;
            }
        }
    }
    taken
}

#[tokio::test]
async fn ten_thousand_accounts_in_17_regions_are_covered_over_several_invocations_with_nothing_lost_or_done_twice() {
    let parameters = [("DetectiveRegions", SEVENTEEN_REGIONS), ("ReportBucket", "coverage-reports")];
    // Reports of ten thousand accounts take a busy machine some time.
    let environment =
        environment(with_accounts(9_998, organization_graph(SEVENTEEN_REGIONS)), Duration::from_secs(60), &parameters)
            .await;
    // One invocation has time neither to list the organization nor, afterwards, to create all members.
    set_faults(&environment, [at_most(0.5, "CreateMembers"), at_most(8.0, "ListAccounts")]);
    let first = report(environment.reconcile().await);
    let left = first["regions"].as_array().unwrap().iter().filter(|region| region["continued"] == true).count();
    assert!(left > 0, "{}", first["totals"]);
    environment.cloud.settle().await;
    let runs = environment.cloud.invocations();
    assert!(runs.len() > 1);
    assert!(runs.iter().all(|run| run.function == "OrganizationReconciler"));
    let taken = taken(&environment, "CreateMembers");
    assert_eq!(taken.len(), 17 * 1_200);
    assert!(taken.values().all(|times| *times == 1));
    let snapshot = environment.aws().snapshot();
    for graph in &snapshot.graphs {
        assert_eq!(graph.members.iter().filter(|member| member.status == "ENABLED").count(), 1_200, "{}", graph.region);
    }
    assert_all_done(&environment);
    let objects = environment.aws().objects("coverage-reports");
    for region in SEVENTEEN_REGIONS.split(',') {
        // On a busy machine a report can take longer than its share of the time: the Region is then reported once more.
        let is_report = |key: &&String| key.starts_with(&format!("coverage/{region}/2")) && key.ends_with(".csv");
        let reports: Vec<&String> = objects.keys().filter(is_report).collect();
        assert!(!reports.is_empty(), "{region}: {:?}", objects.keys());
        assert!(reports.iter().all(|key| objects.contains_key(&key.replace(".csv", ".json"))), "{region}: {reports:?}");
        for key in [format!("coverage/{region}/latest.json"), format!("state/{region}.json")] {
            assert!(objects.contains_key(&key), "{key}");
        }
    }
    // Linux alone reports how much memory a process has.
    let peak = runs.iter().filter_map(|run| run.peak_memory).max();
    assert_eq!(peak.is_some(), cfg!(target_os = "linux"));
    assert!(peak.is_none_or(|bytes| bytes < 128 << 20), "{peak:?} bytes");
    // All invocations work on one run.
    let correlations: BTreeSet<String> = runs.iter().flat_map(correlations).collect();
    assert_eq!(correlations.len(), 1, "{correlations:?}");
}

/// A policy that needs every account's tags. With twenty reads a second that takes more time than one invocation has.
const BY_TAG: (&str, &str) = ("CoveragePolicy", r#"{"exclude": [{"tag": {"key": "detective", "value": "off"}}]}"#);

#[tokio::test]
async fn reading_that_takes_longer_than_an_invocation_continues_in_the_next_with_what_was_read() {
    let parameters = [("DetectiveRegions", "us-east-1,eu-west-1"), BY_TAG];
    let scenario = with_accounts(300, organization_graph("us-east-1,eu-west-1"));
    let environment = environment(scenario, Duration::from_secs(5), &parameters).await;
    set_faults(&environment, [at_most(20.0, "ListTagsForResource")]);
    let first = report(environment.reconcile().await);
    assert!(first["regions"].as_array().unwrap().iter().all(|region| region["continued"] == true), "{first:#}");
    environment.cloud.settle().await;
    let runs = environment.cloud.invocations();
    assert!(runs.iter().all(|run| run.outcome.as_ref().is_ok_and(|report| report["batchItemFailures"].is_null())));
    let taken = taken(&environment, "CreateMembers");
    // The generated accounts and the management account.
    assert_eq!((taken.len(), taken.values().max()), (2 * 301, Some(&1)));
    let journal = environment.aws().journal();
    let read =
        |operation: &str| journal.iter().filter(|call| call.operation == operation && call.status == 200).count();
    assert_eq!(read("ListAccounts"), 302_usize.div_ceil(20), "each page once");
    // Only calls that had no answer when the time was up are made again.
    assert!((302..=302 + 4 * runs.len()).contains(&read("ListTagsForResource")), "{}", read("ListTagsForResource"));
    assert_all_done(&environment);
}

#[tokio::test]
async fn reading_that_never_ends_fails_after_a_hundred_invocations() {
    let parameters = [("DetectiveRegions", "us-east-1"), BY_TAG];
    let environment =
        environment(with_accounts(300, organization_graph("us-east-1")), Duration::from_secs(5), &parameters).await;
    set_faults(&environment, [at_most(20.0, "ListTagsForResource")]);
    let report = report(environment.cloud.invoke(ADMINISTRATOR, "OrganizationReconciler", message(100)).await);
    assert_eq!(report["regions"][0]["error"]["code"], "OutOfTime", "{report:#}");
    assert_eq!(report["batchItemFailures"][0]["itemIdentifier"], "m1");
}

#[tokio::test]
async fn reading_a_single_member_that_takes_too_long_is_left_to_another_invocation() {
    let scenario = with_accounts(1, organization_graph("us-east-1").members([member("300000000000")]));
    let environment = environment(scenario, Duration::from_secs(5), &[("DetectiveRegions", "us-east-1")]).await;
    let administrator =
        json!({"Accounts": [{"Id": ADMINISTRATOR, "Email": "security@example.com", "State": "ACTIVE"}]});
    let faults = [
        Fault::on("ListAccounts", Effect::Answer(administrator)),
        Fault { times: Some(1), ..Fault::on("DescribeAccount", Effect::DelayMs(HELD)) },
    ];
    set_faults(&environment, faults);
    let region = &report(environment.reconcile().await)["regions"][0];
    assert_eq!((&region["continued"], &region["error"]), (&json!(true), &Value::Null), "{region:#}");
}

#[tokio::test]
async fn reading_members_that_takes_too_long_is_left_to_another_invocation() {
    let parameters = [&[("DetectiveRegions", "us-east-1")][..], &MEMBER_ROLE].concat();
    for function in ["MemberMonitor", "CentralAcceptor"] {
        let environment =
            environment(with_accounts(1, organization_graph("us-east-1")), Duration::from_secs(5), &parameters).await;
        set_faults(&environment, [Fault { times: Some(1), ..Fault::on("ListMembers", Effect::DelayMs(HELD)) }]);
        let time = json!({"scheduledTime": "2026-01-05T09:00:00Z"});
        let region = &report(environment.cloud.invoke(ADMINISTRATOR, function, time).await)["regions"][0];
        assert_eq!((&region["continued"], &region["error"]), (&json!(true), &Value::Null), "{function}: {region:#}");
        environment.cloud.settle().await;
        assert_all_done(&environment);
    }
}

#[tokio::test]
async fn members_that_were_started_and_are_not_read_back_in_time_are_left_to_another_invocation() {
    let started = organization_graph("us-east-1").members([member("300000000000").disabled("VOLUME_UNKNOWN")]);
    let parameters = [("DetectiveRegions", "us-east-1")];
    let environment = environment(with_accounts(1, started), Duration::from_secs(5), &parameters).await;
    set_faults(&environment, [Fault { times: Some(1), ..Fault::on("GetMembers", Effect::DelayMs(HELD)) }]);
    let time = json!({"scheduledTime": "2026-01-05T09:00:00Z"});
    let region = &report(environment.cloud.invoke(ADMINISTRATOR, "MemberMonitor", time).await)["regions"][0];
    assert_eq!((&region["continued"], &region["error"]), (&json!(true), &Value::Null), "{region:#}");
    assert_eq!(region["accounts"][0]["reason"], "out-of-time", "{region:#}");
}

#[tokio::test]
async fn settings_that_are_not_read_in_time_do_not_cost_the_report_of_what_was_done() {
    let environment = environment(
        with_accounts(60, organization_graph("us-east-1")),
        Duration::from_secs(5),
        &[("DetectiveRegions", "us-east-1")],
    )
    .await;
    let unanswered = Fault::on("DescribeOrganizationConfiguration", Effect::DelayMs(HELD));
    set_faults(&environment, [Fault { times: Some(1), ..unanswered }]);
    let report = report(environment.cloud.invoke(ADMINISTRATOR, "OrganizationReconciler", message(1)).await);
    // The generated accounts and the management account.
    assert_eq!((&report["totals"]["done"], &report["totals"]["failed"]), (&json!(61), &json!(0)), "{report:#}");
    assert_eq!(report["regions"][0]["error"]["code"], "OutOfTime");
    assert_eq!(report["batchItemFailures"][0]["itemIdentifier"], "m1");
}

#[tokio::test]
async fn a_region_that_fails_and_continues_has_one_message_and_not_its_old_one_as_well() {
    let scenario = with_accounts(1_000, organization_graph("us-east-1"));
    let environment = environment(scenario, Duration::from_secs(5), &[("DetectiveRegions", "us-east-1")]).await;
    let refused = Fault { times: Some(1), ..denied("CreateMembers") };
    set_faults(&environment, [refused, at_most(2.0, "CreateMembers")]);
    let report = report(environment.cloud.invoke(ADMINISTRATOR, "OrganizationReconciler", message(1)).await);
    let region = &report["regions"][0];
    assert_eq!((&region["continued"], &report["totals"]["failed"]), (&json!(true), &json!(50)), "{}", report["totals"]);
    assert!(report["batchItemFailures"].is_null(), "{}", report["batchItemFailures"]);
    let queue =
        environment.cloud.queues().into_iter().find(|queue| queue.contains("OrganizationReconcilerCo")).unwrap();
    assert_eq!(environment.aws().messages(&queue).len(), 1);
    set_faults(&environment, []);
    environment.cloud.settle().await;
    assert_all_done(&environment);
}

#[tokio::test]
async fn the_monitor_continues_where_it_had_to_stop() {
    let members = (0..120).map(|number| member(&format!("300000000{number:03}")).status("ACCEPTED_BUT_DISABLED"));
    let scenario = with_accounts(120, organization_graph("us-east-1").members(members));
    let environment = environment(scenario, Duration::from_secs(10), &[("DetectiveRegions", "us-east-1")]).await;
    set_faults(&environment, [at_most(8.0, "StartMonitoringMember")]);
    let first = report(environment.monitor().await);
    assert_eq!(first["regions"][0]["continued"], true, "{}", first["totals"]);
    environment.cloud.settle().await;
    let taken = taken(&environment, "StartMonitoringMember");
    assert_eq!((taken.len(), taken.values().max()), (120, Some(&1)));
}

#[tokio::test]
async fn without_a_queue_a_run_that_has_not_enough_time_fails_and_the_error_names_the_variable() {
    let scenario = with_accounts(600, organization_graph("us-east-1"));
    let options = Options { limit: Some(Duration::from_secs(5)), waits_divided_by: 1, ..Options::default() };
    let environment = Environment::bare_with(scenario, options).await;
    let template = edit(
        &template(),
        "CONTINUATION_QUEUE_URL: !Ref OrganizationReconcilerContinuations",
        "CONTINUATION_QUEUE_URL: \"\"",
    );
    environment.deploy_both(&template, &[("DetectiveRegions", "us-east-1")]);
    set_faults(&environment, [at_most(0.5, "CreateMembers")]);
    let run = environment.cloud.invoke(ADMINISTRATOR, "OrganizationReconciler", json!({})).await;
    let error = run.outcome.expect_err("there is no queue");
    assert!(error.error_message.contains("set CONTINUATION_QUEUE_URL"), "{}", error.error_message);
}

#[tokio::test]
async fn the_invocations_of_a_run_are_one_chain_that_lambda_is_allowed_to_go_on_with() {
    let scenario = organization().graph(organization_graph("us-east-1").members([member("300000000000")]));
    let environment = environment(scenario, Duration::from_secs(1), &[("DetectiveRegions", "us-east-1")]).await;
    set_faults(&environment, [Fault { times: Some(3), ..Fault::on("ListMembers", Effect::DelayMs(HELD)) }]);
    environment.monitor().await;
    environment.cloud.settle().await;
    let runs = environment.cloud.invocations();
    let trace = |run: &InvocationRecord| run.event["Records"][0]["attributes"]["AWSTraceHeader"].to_string();
    // Lambda counts in the header that the SDK passes on, up to about sixteen.
    let counts = runs[1..].iter().map(|run| trace(run).trim_matches('"').rsplit(':').next().unwrap().to_owned());
    assert_eq!(counts.collect::<Vec<_>>(), ["1", "2", "3"]);
    assert_all_done(&environment);
}
