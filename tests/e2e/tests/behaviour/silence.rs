//! A Region in which organization-reconciler is silent is counted and named, and only runs keep the alarms on silence quiet.

use chrono::TimeDelta;
use local_cloud::InvocationRecord;
use serde_json::{Value, json};

use detective_emulator::Fault;
use end_to_end::environment::Environment;
use end_to_end::faults::denied;
use end_to_end::report::report;
use end_to_end::scenario::{ADMINISTRATOR, two_regions};
use end_to_end::template::template;

/// The values of a metric in an invocation's log.
fn values(run: &InvocationRecord, metric: &str) -> Vec<u64> {
    run.log.iter().filter_map(|line| line[metric].as_u64()).collect()
}

/// The messages to people about silent Regions.
fn named(environment: &Environment) -> Vec<String> {
    environment.notices().into_iter().filter(|notice| notice.contains("finished no run")).collect()
}

#[tokio::test]
async fn a_region_without_a_run_for_thirty_hours_is_counted_and_named_once_a_day() {
    let environment = Environment::start(two_regions()).await;
    report(environment.reconcile().await);
    let silent = Fault { region: Some("eu-west-1".to_owned()), ..denied("ListMembers") };
    let mut counted = Vec::new();
    // The monitor's schedule is half an hour after the reconciler's.
    environment.aws().advance(TimeDelta::minutes(30));
    for hour in 1..=80 {
        // The other Region has its runs.
        if hour % 6 == 0 {
            environment.aws().set_faults(vec![silent.clone()]);
            environment.reconcile().await.outcome.expect_err("a Region cannot be read");
            environment.aws().set_faults(Vec::new());
        }
        let run = environment.monitor().await;
        counted.extend(values(&run, "SilentRegions"));
        environment.aws().advance(TimeDelta::hours(1));
        environment.cloud.settle_now().await;
    }
    assert_eq!(counted, [vec![0; 30], vec![1; 50]].concat());
    let named = named(&environment);
    assert_eq!(named.len(), 3, "{named:#?}");
    let expected = "organization-reconciler has finished no run in eu-west-1 (since 2026-01-05T09:00:00Z).";
    assert!(named.iter().all(|notice| notice.starts_with(expected)), "{named:#?}");
    // A run ends it.
    report(environment.reconcile().await);
    assert_eq!(values(&environment.monitor().await, "SilentRegions"), [0]);
}

#[tokio::test]
async fn a_region_that_never_had_a_run_is_silent_and_a_dry_run_leaves_nothing_to_know_it_by() {
    let environment = Environment::start(two_regions()).await;
    assert_eq!(values(&environment.monitor().await, "SilentRegions"), [2]);
    for _ in 0..24 {
        environment.aws().advance(TimeDelta::hours(1));
        report(environment.monitor().await);
    }
    environment.cloud.settle_now().await;
    let named = named(&environment);
    let expected = "organization-reconciler has finished no run in eu-west-1 (as far as is known), us-east-1 (as far as is known).";
    assert!(named.len() == 1 && named[0].starts_with(expected), "{named:#?}");
    let dry = Environment::start_with(two_regions(), &template(), &[("DryRun", "true")]).await;
    assert_eq!(values(&dry.monitor().await, "SilentRegions"), [0]);
}

#[tokio::test]
async fn where_all_regions_are_covered_those_with_a_graph_are_silent_and_no_others() {
    let environment = Environment::start_with(two_regions(), &template(), &[("DetectiveRegions", "all")]).await;
    assert_eq!(values(&environment.monitor().await, "SilentRegions"), [2]);
}

/// A run that comes to no Region says nothing of them: a 0 would end the alarm.
#[tokio::test]
async fn where_no_region_can_be_looked_at_nothing_is_counted() {
    let environment = Environment::start_with(two_regions(), &template(), &[("DetectiveRegions", "all")]).await;
    environment.aws().set_faults(vec![denied("ListRegions")]);
    let run = environment.monitor().await;
    assert_eq!(values(&run, "SilentRegions"), [0; 0]);
    run.outcome.expect_err("the Regions cannot be listed");
}

#[tokio::test]
async fn a_topic_that_refuses_the_message_costs_a_warning_and_no_account() {
    let environment = Environment::start(two_regions()).await;
    report(environment.reconcile().await);
    environment.aws().advance(TimeDelta::minutes(30 * 60 + 30));
    environment.aws().set_faults(vec![denied("Publish")]);
    let answer = report(environment.monitor().await);
    assert!(answer["warning"].as_str().is_some_and(|warning| warning.contains("Publish")), "{answer:#}");
}

#[tokio::test]
async fn an_invocation_without_a_run_does_not_keep_an_alarm_on_silence_quiet() {
    let environment = Environment::start_with(two_regions(), &template(), &[("RemoveMembers", "true")]).await;
    let batch = json!({"Records": [{"messageId": "m", "body": "{}", "eventSource": "aws:sqs"}]});
    let empty: [Value; 2] = [batch, json!({"scheduledTime": "2099-01-01T00:00:00Z"})];
    for function in ["MemberMonitor", "AccountOffboarder"] {
        let run = environment.cloud.tick(ADMINISTRATOR, function).await.swap_remove(0);
        assert_eq!(values(&run, "Runs"), [1], "{function}");
        for payload in &empty {
            let run = environment.cloud.invoke(ADMINISTRATOR, function, payload.clone()).await;
            assert_eq!(values(&run, "Runs"), [0; 0], "{function}: {payload}");
        }
    }
}

/// What cannot be read is no run that never was: it is counted, and starts no message by itself.
#[tokio::test]
async fn a_region_whose_last_run_cannot_be_read_is_counted_and_named_as_such_and_starts_no_message() {
    let environment = Environment::start(two_regions()).await;
    report(environment.reconcile().await);
    let unreadable = [Fault { about: None, ..denied("GetObject") }];
    environment.aws().set_faults(unreadable.to_vec());
    for _ in 0..30 {
        environment.aws().advance(TimeDelta::hours(1));
        let run = environment.monitor().await;
        assert_eq!(values(&run, "SilentRegions"), [2]);
        let answer = report(run);
        let warning = answer["regions"][0]["warnings"][0].as_str().unwrap();
        let expected =
            "what organization-reconciler remembers of the Region cannot be read: GetObject failed: AccessDenied";
        assert!(warning.starts_with(expected), "{warning}");
    }
    environment.cloud.settle_now().await;
    assert_eq!(named(&environment), [""; 0], "it starts no message");
    // A document that is none is not read either, beside a Region that is silent.
    environment.aws().set_faults(Vec::new());
    environment.aws().put_object(&environment.report_bucket(), "state/us-east-1.json", b"{".to_vec());
    for _ in 0..24 {
        environment.aws().advance(TimeDelta::hours(1));
        report(environment.monitor().await);
    }
    environment.cloud.settle_now().await;
    let expected = "organization-reconciler has finished no run in eu-west-1 (since 2026-01-05T09:00:00Z), us-east-1 (what it \
                    remembers there cannot be read).";
    let named = named(&environment);
    assert!(named.len() == 1 && named[0].starts_with(expected), "{named:#?}");
}
