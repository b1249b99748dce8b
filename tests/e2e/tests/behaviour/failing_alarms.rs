//! Alarms on accounts that fail in each run, evaluated on what the functions really write: what is new is told, whatever is known, and
//! what is known keeps no alarm on.

use chrono::{DateTime, TimeDelta, Utc};
use end_to_end::deployed_template::DeployedTemplate;
use end_to_end::environment::Environment;
use end_to_end::metric_math::alarm_states;
use end_to_end::report::{line, region};
use end_to_end::scenario::{ADMINISTRATOR, account, organization, organization_graph, span};
use end_to_end::template::template;
use local_cloud::InvocationRecord;

use crate::arrivals_queue::{created, put};
use crate::known_failures::{disabled, failing, known_failures_alarm};

const APP: &str = "333333333333";
const OTHER: &str = "444444444444";

/// The hours in which an alarm on a function's errors goes on, by all of its invocations since a time.
fn errors_alarm(environment: &Environment, function: &str, start: DateTime<Utc>) -> Vec<i64> {
    const PERIOD: i64 = 300;
    let runs: Vec<InvocationRecord> =
        environment.cloud.invocations().into_iter().filter(|run| run.function == function).collect();
    let periods = (environment.aws().now() - start).num_seconds() / PERIOD + 1;
    let sum = |measured: &dyn Fn(&InvocationRecord) -> Option<f64>| {
        let mut series = vec![None; periods as usize];
        for run in &runs {
            if let (Ok(period), Some(value)) =
                (usize::try_from((run.time - start).num_seconds() / PERIOD), measured(run))
            {
                *series[period].get_or_insert(0.0) += value;
            }
        }
        series
    };
    let [administrator, ..] = DeployedTemplate::all(&template());
    let alarm = &administrator.resolved.resources[&format!("{function}ErrorsAlarm")].properties;
    let states = alarm_states(alarm, |namespace, name| match (namespace, name) {
        ("AWS/Lambda", "Errors") => sum(&|run| Some(f64::from(u8::from(run.outcome.is_err())))),
        _ => sum(&|run| Some(run.log.iter().find_map(|line| line[name].as_u64())? as f64)),
    });
    let goes_on = |period: &usize| states[*period] && (*period == 0 || !states[*period - 1]);
    (0..states.len()).filter(goes_on).map(|period| period as i64 * PERIOD / 3600).collect()
}

/// The most accounts in a day that are known to fail, by the metric of a function; `None` for a day on which it wrote none.
fn known_by_day(environment: &Environment, function: &str, start: DateTime<Utc>, days: usize) -> Vec<Option<f64>> {
    let mut known = vec![None; days];
    for run in environment.cloud.invocations().into_iter().filter(|run| run.function == function) {
        let day = usize::try_from((run.time - start).num_days()).unwrap();
        for value in run.log.iter().filter_map(|line| line["KnownFailures"].as_f64()) {
            known[day] = Some(f64::max(known[day].unwrap_or(0.0), value));
        }
    }
    known
}

/// An account that begins to fail as another one ends leaves the count as it is, which the alarm on growth compares: the alarm on errors
/// tells it.
#[tokio::test]
async fn the_alarm_on_errors_goes_on_for_each_failure_that_is_new_and_never_for_one_that_is_known() {
    let environment = disabled(&[APP, OTHER]).await;
    let fails = |id| vec![failing("StartMonitoringMember", id, "AccessDeniedException")];
    let start = environment.aws().now();
    environment.aws().set_faults(fails(APP));
    for hour in 0..120 {
        if hour == 60 {
            environment.aws().set_faults(fails(OTHER));
        }
        drop(environment.cloud.tick(ADMINISTRATOR, "MemberMonitor").await);
        // Lambda tries it again, and then the record of the invocation is a dead letter.
        environment.cloud.run_for(TimeDelta::minutes(10)).await;
        environment.aws().advance(TimeDelta::minutes(50));
    }
    let hours = errors_alarm(&environment, "MemberMonitor", start);
    assert!(hours.iter().all(|hour| [0, 60].contains(hour)) && hours.contains(&0) && hours.contains(&60), "{hours:?}");
    assert_eq!(environment.cloud.dead_letters().len(), 2, "each is a dead letter once");
    let days = known_by_day(&environment, "MemberMonitor", start, 5);
    assert_eq!(days, [Some(1.0); 5], "nothing has grown");
    let days: Vec<_> = [Some(0.0)].into_iter().chain(days).collect();
    assert_eq!(known_failures_alarm(&days), [false, true, false, false, false, false]);
}

/// account-onboarder has something to do only when there are events: on other days the last count stands.
#[tokio::test]
async fn account_onboarder_tells_what_is_new_on_days_with_events_and_days_without_are_no_end_and_no_growth() {
    let scenario = organization()
        .timing(|timing| timing.hourly_check = span("0s"))
        .account(account(APP))
        .account(account(OTHER))
        .graph(organization_graph("us-east-1"));
    let environment = Environment::start_with(scenario, &template(), &[("DetectiveRegions", "us-east-1")]).await;
    environment.aws().set_faults([APP, OTHER].map(|id| failing("CreateMembers", id, "AccessDeniedException")).into());
    let start = environment.aws().now();
    for day in 0..7 {
        // The third and the fourth day have none.
        let accounts: &[&str] = match day {
            0 | 1 | 4 => &[APP],
            5 | 6 => &[APP, OTHER],
            _ => &[],
        };
        for id in accounts {
            put(&environment, created(id, &format!("{id}-{day}")));
        }
        environment.cloud.run_for(TimeDelta::hours(13)).await;
        environment.aws().advance(TimeDelta::hours(11));
    }
    let hours = errors_alarm(&environment, "AccountOnboarder", start);
    let days = known_by_day(&environment, "AccountOnboarder", start, 7);
    let last = environment.cloud.invocations().into_iter().rfind(|run| run.function == "AccountOnboarder").unwrap();
    let report = last.outcome.expect("a batch is answered");
    assert!(line(&report, "us-east-1", OTHER)["knownSince"].is_string(), "{:#}", region(&report, "us-east-1"));
    let on: Vec<i64> = hours.iter().map(|hour| hour / 24).collect();
    assert_eq!(on, [0, 4, 5], "each that is new, once, and what has not failed for two days is new: {hours:?}");
    assert_eq!(days[3], None, "there were no events");
    let days: Vec<_> = [Some(0.0)].into_iter().chain(days).collect();
    assert_eq!(known_failures_alarm(&days), [false, true, false, false, false, false, true, false]);
}
