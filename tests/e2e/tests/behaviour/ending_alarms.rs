//! Alarms on what happens end when it is over, and are on again when it happens again. Each is evaluated as CloudWatch would, on what
//! happened in the local cloud.

use chrono::TimeDelta;
use serde_json::{Value, json};

use end_to_end::deployed_template::DeployedTemplate;
use end_to_end::environment::Environment;
use end_to_end::metric_math::{Series, alarm_states};
use end_to_end::scenario::{ADMINISTRATOR, partly_covered};
use end_to_end::template::template;

/// How often CloudWatch evaluates what is sampled here.
const PERIOD: TimeDelta = TimeDelta::minutes(5);

fn alarm(id: &str) -> Value {
    let [administrator, ..] = DeployedTemplate::all(&template());
    administrator.resolved.resources[id].properties.clone()
}

fn queue(environment: &Environment, name: &str) -> String {
    let is_named = |queue: &String| queue.contains(ADMINISTRATOR) && queue.contains(name);
    environment.cloud.queues().into_iter().find(is_named).unwrap()
}

/// The dead-letter queue's metrics. What a redrive policy moves is not counted as sent:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html>.
#[derive(Default)]
struct Sampled {
    sent: Series,
    visible: Series,
}

impl Sampled {
    /// Lets periods pass, in the first of which so many messages were sent.
    async fn pass(&mut self, environment: &Environment, periods: usize, sent: usize) {
        let letters = queue(environment, "DeadLetters");
        for period in 0..periods {
            environment.cloud.run_for(PERIOD).await;
            self.sent.push(Some(if period == 0 { sent as f64 } else { 0.0 }));
            self.visible.push(Some(environment.aws().messages(&letters).len() as f64));
        }
    }

    fn states(&self) -> Vec<bool> {
        alarm_states(&alarm("DeadLettersAlarm"), |_, name| match name {
            "NumberOfMessagesSent" => self.sent.clone(),
            "ApproximateNumberOfMessagesVisible" => self.visible.clone(),
            other => panic!("{other} is not sampled"),
        })
    }
}

async fn environment() -> Environment {
    let parameters = [("DetectiveRegions", "us-east-1"), ("RemoveMembers", "true"), ("MonitorSchedule", "rate(1 day)")];
    Environment::start_with(partly_covered(), &template(), &parameters).await
}

#[tokio::test]
async fn the_alarm_on_dead_letters_ends_by_itself_and_is_on_again_at_the_next_one() {
    let environment = environment().await;
    let letters = queue(&environment, "DeadLetters");
    let mut sampled = Sampled::default();
    sampled.pass(&environment, 2, 0).await;
    for _ in 0..2 {
        environment.aws().send_message(&letters, "lambda", "a record").unwrap();
        sampled.pass(&environment, 5, 1).await;
    }
    let states = sampled.states();
    assert!(!states[1] && states[2], "{states:?}");
    assert!(!states[6] && states[7], "it ends while the message waits, and the next one is noticed: {states:?}");
    assert!(!states[11], "{states:?}");
    assert_eq!(environment.aws().messages(&letters).len(), 2);
}

#[tokio::test]
async fn a_message_that_a_redrive_policy_moves_to_the_dead_letters_is_noticed_as_well() {
    let environment = environment().await;
    let continuations = queue(&environment, "MemberMonitorContinuations");
    environment.aws().send_message(&continuations, "lambda", "no continuation").unwrap();
    // Received every ninety minutes, twenty times.
    environment.cloud.run_for(TimeDelta::minutes(20 * 90 - 30)).await;
    let mut sampled = Sampled::default();
    sampled.pass(&environment, 20, 0).await;
    let (states, visible) = (sampled.states(), &sampled.visible);
    let moved = visible.iter().position(|count| *count > Some(0.0));
    let moved = moved.unwrap_or_else(|| {
        panic!("the message is not moved: {visible:?} {:?}", environment.aws().messages(&continuations))
    });
    assert!(states[moved] && !states[moved - 1] && !states[moved + 3], "{states:?} {visible:?}");
}

#[tokio::test]
async fn a_run_that_finishes_no_region_does_not_count_as_one() {
    let environment = environment().await;
    let none = json!({"Records": [{"messageId": "m", "eventSource": "aws:sqs",
        "body": json!({"region": "ap-south-1", "correlation": "c"}).to_string()}]});
    let run = environment.cloud.invoke(ADMINISTRATOR, "OrganizationReconciler", none).await;
    run.outcome.unwrap();
    let written = |name: &str| run.log.iter().filter(|line| !line[name].is_null()).count();
    assert_eq!(written("CoveragePercent"), 0, "{:#?}", run.log);
    let silent = alarm("ReconcilerSilentAlarm");
    let invoked: Series = vec![Some(1.0), Some(1.0)];
    let states = alarm_states(&silent, |_, name| match name {
        "CoveragePercent" => vec![None, None],
        _ => invoked.clone(),
    });
    assert_eq!(states, [true, true], "an invocation without coverage ends no silence: {silent:#}");
}

#[tokio::test]
async fn a_region_without_coverage_is_noticed_while_others_are_covered() {
    let environment =
        Environment::start_with(partly_covered(), &template(), &[("DetectiveRegions", "us-east-1,eu-west-1")]).await;
    let run = environment.reconcile().await;
    let gaps: Vec<&Value> = run.log.iter().filter(|line| !line["RegionsWithoutCoverage"].is_null()).collect();
    assert!(gaps.iter().any(|line| line["RegionsWithoutCoverage"] == json!([1.0])), "{:#?}", run.log);
    let states = alarm_states(&alarm("RegionsWithoutCoverageAlarm"), |_, _| vec![Some(0.0), Some(1.0), None]);
    assert_eq!(states, [false, true, false]);
}

#[tokio::test]
async fn a_dry_run_that_lasts_for_seven_days_is_an_alarm_and_a_real_run_ends_it() {
    for (dry_run, value) in [("true", 1.0), ("false", 0.0)] {
        let parameters = [("DetectiveRegions", "us-east-1"), ("DryRun", dry_run)];
        let environment = Environment::start_with(partly_covered(), &template(), &parameters).await;
        let run = environment.reconcile().await;
        let written: Vec<&Value> = run.log.iter().filter(|line| !line["DryRun"].is_null()).collect();
        assert_eq!(written.len(), 1, "{:#?}", run.log);
        assert_eq!(written[0]["DryRun"], json!([value]));
    }
    // The least of each day: a day with a real run is 0, one without a run is nothing.
    let mut days = vec![Some(1.0); 9];
    days.extend([Some(0.0), Some(1.0), None]);
    days.extend([Some(1.0); 7]);
    let states = alarm_states(&alarm("DryRunAlarm"), |_, _| days.clone());
    let on: Vec<usize> = (0..days.len()).filter(|day| states[*day]).collect();
    assert_eq!(on, [6, 7, 8, 18], "{states:?}");
}

#[tokio::test]
async fn the_alarm_on_accounts_out_of_scope_is_on_when_they_become_more_and_ends() {
    let series =
        [None, Some(3.0), None, Some(3.0), Some(13.0), None, Some(13.0), Some(13.0), Some(13.0), Some(2.0), Some(3.0)];
    let states = alarm_states(&alarm("OutOfScopeAlarm"), |_, _| series.to_vec());
    assert!(!states[3] && states[4], "{states:?}");
    assert!(!states[8] && !states[9] && states[10], "{states:?}");
}
