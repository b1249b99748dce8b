//! The queue before account-onboarder: what is only late, and what somebody must act on.

use chrono::TimeDelta;
use detective_emulator::{Effect, ErrorEffect, Fault};
use local_cloud::{InvocationRecord, What};
use serde_json::{Value, json};

use end_to_end::environment::Environment;
use end_to_end::events::{account_created, example_event};
use end_to_end::faults::{aws_error, denied};
use end_to_end::report::{line, region};
use end_to_end::scenario::{MANAGEMENT, invitation_graph, organization, organization_graph, span, two_regions};

pub(crate) const REGIONS: &str = "us-east-1,eu-west-1";

/// An event by which an account was created, with an id of its own.
pub(crate) fn created(account: &str, event: &str) -> Value {
    let mut created = account_created(account);
    created["id"] = event.into();
    created
}

pub(crate) fn put(environment: &Environment, event: Value) {
    environment.cloud.put_event(MANAGEMENT, "us-east-1", event);
}

/// The invocations of account-onboarder.
pub(crate) fn runs(environment: &Environment) -> Vec<InvocationRecord> {
    let runs = environment.cloud.invocations().into_iter();
    runs.filter(|run| run.function == "AccountOnboarder").collect()
}

/// The minutes from each invocation to the next.
fn pauses(runs: &[InvocationRecord]) -> Vec<i64> {
    runs.windows(2).map(|pair| (pair[1].time - pair[0].time).num_minutes()).collect()
}

fn reports(runs: &[InvocationRecord]) -> Vec<&Value> {
    runs.iter().map(|run| run.outcome.as_ref().expect("a batch is answered")).collect()
}

/// How many accounts failed by the metric that the alarm watches.
pub(crate) fn failed_accounts(run: &InvocationRecord) -> u64 {
    run.log.iter().filter_map(|line| line["FailedAccounts"].as_u64()).sum()
}

pub(crate) fn assert_nothing_waits(environment: &Environment) {
    assert!(environment.cloud.dead_letters().is_empty());
    for queue in environment.cloud.queues() {
        assert!(environment.aws().messages(&queue).is_empty(), "{queue}");
    }
}

#[tokio::test]
async fn a_young_account_is_retried_by_itself_within_minutes_until_detective_takes_it_and_keeps_nobody_else_waiting() {
    let scenario = organization()
        .timing(|timing| timing.new_account_settling = span("40m"))
        .generated(3, "300000000000")
        .graph(organization_graph(REGIONS));
    let environment = Environment::start(scenario).await;
    let others = (0..3).map(|number| created(&format!("30000000000{number}"), &format!("e{number}")));
    others.for_each(|event| put(&environment, event));
    let young = environment.create_account("young").await;
    for region in ["us-east-1", "eu-west-1"] {
        assert_eq!(environment.status(region, &young).as_deref(), Some("ENABLED"), "{region}");
    }
    let runs = runs(&environment);
    let of_young = |run: &&InvocationRecord| run.event.to_string().contains(&young);
    let of_young: Vec<InvocationRecord> = runs.iter().filter(of_young).cloned().collect();
    // And the window each time.
    assert_eq!(pauses(&of_young), [1, 2, 4, 8, 15, 15]);
    assert!(of_young.iter().all(|run| failed_accounts(run) == 0), "what is only late is no alarm");
    assert_eq!(environment.status("us-east-1", "300000000002").as_deref(), Some("ENABLED"));
    assert_nothing_waits(&environment);
}

#[tokio::test]
async fn an_account_that_is_not_active_yet_is_observed_again_and_becomes_a_member_when_it_is() {
    let scenario = organization()
        .timing(|timing| timing.account_activation = span("5m"))
        .graph(organization_graph("us-east-1"))
        .graph(invitation_graph("eu-west-1"));
    let environment = Environment::start(scenario).await;
    let pending = environment.create_account("pending").await;
    let runs = runs(&environment);
    assert_eq!(pauses(&runs), [1, 2, 4]);
    for report in &reports(&runs)[..3] {
        let line = line(report, "us-east-1", &pending);
        assert_eq!(
            (&line["outcome"], &line["reason"]),
            (&json!("waiting"), &json!("pending-activation")),
            "{report:#}"
        );
        assert_eq!(report["totals"]["failed"], 0);
    }
    assert!(runs.iter().all(|run| failed_accounts(run) == 0), "what is only late is no alarm");
    assert_eq!(environment.status("us-east-1", &pending).as_deref(), Some("ENABLED"));
    assert_nothing_waits(&environment);
}

#[tokio::test]
async fn a_created_account_that_never_appears_is_a_dead_letter_after_twelve_hours_and_not_before() {
    let environment = Environment::start(two_regions()).await;
    let start = environment.aws().now();
    put(&environment, created("999999999999", "e1"));
    put(&environment, created("333333333333", "e2"));
    environment.cloud.settle().await;
    let letters = environment.cloud.dead_letters();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].body["id"], "e1");
    let waited = letters[0].time - start;
    assert!((TimeDelta::hours(12)..TimeDelta::hours(20)).contains(&waited), "{waited}");
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
    // An account that moved has been there before: it left.
    let mut moved = example_event("move-account");
    moved["detail"]["requestParameters"]["accountId"] = "999999999999".into();
    put(&environment, moved);
    environment.cloud.settle().await;
    assert_eq!(environment.cloud.dead_letters().len(), 1);
}

#[tokio::test]
async fn a_call_that_is_refused_alarms_at_once_and_its_account_is_a_member_soon_after_it_is_allowed() {
    let environment = Environment::start(two_regions()).await;
    let refused = Fault { region: Some("us-east-1".to_owned()), ..denied("CreateMembers") };
    environment.aws().set_faults(vec![refused]);
    put(&environment, created("333333333333", "e1"));
    environment.cloud.run_for(TimeDelta::minutes(5)).await;
    let first = runs(&environment).swap_remove(0);
    assert_eq!(failed_accounts(&first), 1, "{:#?}", first.log);
    let report = first.outcome.unwrap();
    assert_eq!(line(&report, "us-east-1", "333333333333")["code"], "AccessDeniedException");
    assert_eq!(report["batchItemFailures"].as_array().map(Vec::len), Some(1));
    // The other Region does not wait for it.
    assert!(environment.status("eu-west-1", "333333333333").is_some());
    environment.aws().set_faults(Vec::new());
    environment.cloud.run_for(TimeDelta::minutes(15)).await;
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
    assert_nothing_waits(&environment);
}

/// What Detective answers about an account may be final, or may be that it has joined not long ago.
fn refused_as(id: &str, message: &str) -> Fault {
    let refused = ErrorEffect { message: Some(message.to_owned()), ..aws_error("ValidationException") };
    Fault { about: Some(id.to_owned()), ..Fault::on("CreateMembers", Effect::Error(refused)) }
}

#[tokio::test]
async fn an_account_that_is_refused_for_good_alarms_at_once_and_one_that_joined_not_long_ago_does_not() {
    let joining = "The account 300000000001 is not a member of an organization";
    for (message, expected) in [("The request parameters are invalid", 1), (joining, 0)] {
        let scenario = organization().generated(3, "300000000000").graph(organization_graph(REGIONS));
        let environment = Environment::start(scenario).await;
        environment.aws().set_faults(vec![refused_as("300000000001", message)]);
        for number in 0..3 {
            put(&environment, created(&format!("30000000000{number}"), &format!("e{number}")));
        }
        environment.cloud.run_for(TimeDelta::seconds(30)).await;
        let first = runs(&environment).swap_remove(0);
        assert_eq!(failed_accounts(&first), expected, "{message}: {:#?}", first.log);
        let report = first.outcome.unwrap();
        let failed = line(&report, "us-east-1", "300000000001");
        assert_eq!((&failed["outcome"], &failed["code"]), (&json!("failed"), &json!("ValidationException")));
        // Only its own message comes again, and it is a member once it is taken.
        assert_eq!(report["batchItemFailures"].as_array().map(Vec::len), Some(1), "{report:#}");
        for healthy in ["300000000000", "300000000002"] {
            assert_eq!(environment.status("eu-west-1", healthy).as_deref(), Some("ENABLED"), "{message}");
        }
        environment.aws().set_faults(Vec::new());
        environment.cloud.run_for(TimeDelta::minutes(3)).await;
        assert_eq!(environment.status("us-east-1", "300000000001").as_deref(), Some("ENABLED"));
        assert_nothing_waits(&environment);
    }
}

#[tokio::test]
async fn what_should_only_be_late_alarms_when_it_lasts_for_more_than_an_hour() {
    let environment = Environment::start(two_regions()).await;
    environment.aws().set_faults(vec![Fault::on("CreateMembers", Effect::Error(aws_error("InternalServerException")))]);
    put(&environment, created("333333333333", "e1"));
    environment.cloud.run_for(TimeDelta::hours(2)).await;
    let alarms: Vec<u64> = runs(&environment).iter().map(failed_accounts).collect();
    assert_eq!(alarms[..8], [0; 8]);
    // Once: it is known from then on.
    assert!(alarms.len() > 9 && alarms[8] == 1 && alarms[9..].iter().all(|failed| *failed == 0), "{alarms:?}");
}

/// Sixty tries of one message are one alarm, and it ends as a dead letter all the same; another account and another reason are new.
#[tokio::test]
async fn an_account_that_fails_alarms_once_however_often_its_message_is_retried_and_others_alarm_beside_it() {
    let scenario = organization().generated(3, "300000000000").graph(organization_graph(REGIONS));
    let environment = Environment::start(scenario).await;
    let refused = |id| refused_as(id, "The request parameters are invalid");
    environment.aws().set_faults(vec![refused("300000000001")]);
    put(&environment, created("300000000001", "e1"));
    environment.cloud.run_for(TimeDelta::hours(2)).await;
    environment.aws().set_faults(vec![refused("300000000001"), refused("300000000002")]);
    put(&environment, created("300000000002", "e2"));
    environment.cloud.run_for(TimeDelta::hours(2)).await;
    environment.aws().set_faults(vec![denied("CreateMembers")]);
    environment.cloud.settle().await;
    let all = runs(&environment);
    let failing = |run: &&InvocationRecord| failed_accounts(run) > 0;
    let alarms: Vec<(u64, bool)> = all
        .iter()
        .filter(failing)
        .map(|run| (failed_accounts(run), run.event.to_string().contains("300000000002")))
        .collect();
    // The first account, the second one, and both with the new reason, in one batch or in two.
    let counts: Vec<u64> = alarms.iter().map(|(count, _)| *count).collect();
    assert!(counts == [1, 1, 2] || counts == [1, 1, 1, 1], "{alarms:?}");
    assert!(!alarms[0].1 && alarms[1].1, "{alarms:?}");
    let letters = environment.cloud.dead_letters();
    let mut letters: Vec<&Value> = letters.iter().map(|letter| &letter.body["id"]).collect();
    letters.sort_by_key(ToString::to_string);
    assert_eq!(letters, ["e1", "e2"]);
    assert!(all.len() > 60, "{}", all.len());
}

#[tokio::test]
async fn where_a_message_cannot_be_delayed_that_is_reported_and_it_is_retried_after_the_visibility_timeout() {
    let environment = Environment::start(two_regions()).await;
    environment.aws().set_faults(vec![
        Fault { times: Some(2), ..denied("CreateMembers") },
        Fault { times: Some(1), ..denied("ChangeMessageVisibilityBatch") },
    ]);
    put(&environment, created("333333333333", "e1"));
    environment.cloud.settle().await;
    let runs = runs(&environment);
    let warning = reports(&runs)[0]["warning"].as_str().expect("it is reported").to_owned();
    assert!(warning.starts_with("messages are retried only after the queue's visibility timeout"), "{warning}");
    assert_eq!(pauses(&runs)[0], 30);
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
    assert_nothing_waits(&environment);
}

#[tokio::test]
async fn one_account_that_cannot_be_read_fails_alone() {
    let scenario = organization().generated(2, "300000000000").graph(organization_graph(REGIONS));
    let environment = Environment::start(scenario).await;
    let refused = Fault { about: Some("300000000001".to_owned()), ..denied("DescribeAccount") };
    environment.aws().set_faults(vec![refused]);
    put(&environment, created("300000000000", "e0"));
    put(&environment, created("300000000001", "e1"));
    environment.cloud.run_for(TimeDelta::seconds(30)).await;
    let report = runs(&environment).swap_remove(0).outcome.unwrap();
    assert_eq!(report["batchItemFailures"].as_array().map(Vec::len), Some(1));
    let accounts = region(&report, "us-east-1")["accounts"].as_array().unwrap();
    let outcomes: Vec<&Value> = accounts.iter().map(|account| &account["outcome"]).collect();
    assert_eq!(outcomes, ["failed", "done"]);
    let polled = environment.cloud.timeline().into_iter().filter(|entry| matches!(entry.what, What::Polled { .. }));
    assert_eq!(polled.count(), 1);
}
