//! What fails in each run is told once: the first run fails, and the next ones say since when. Whatever is worse is told.

use chrono::TimeDelta;
use detective_emulator::{Effect, Fault};
use local_cloud::InvocationRecord;
use serde_json::{Value, json};

use end_to_end::deployed_template::DeployedTemplate;
use end_to_end::environment::{EXTERNAL_ID, Environment};
use end_to_end::faults::{aws_error, denied};
use end_to_end::metric_math::alarm_states;
use end_to_end::report::{line, report, report_in};
use end_to_end::scenario::{ADMINISTRATOR, account, invitation_graph, member, organization, organization_graph, span};
use end_to_end::template::template;

use crate::accepting::{MEMBER, central, invited_with};
use crate::batches::{batch, continuation};

const REGION: &str = "us-east-1";
const APP: &str = "333333333333";
const OTHER: &str = "444444444444";

/// Every call of the operation fails that is about one account, with an error that is no other account's.
pub(crate) fn failing(operation: &str, about: &str, code: &str) -> Fault {
    Fault { about: Some(about.to_owned()), ..Fault::on(operation, Effect::Error(aws_error(code))) }
}

/// The values of a metric in an invocation's log.
pub(crate) fn values(run: &InvocationRecord, metric: &str) -> Vec<u64> {
    run.log.iter().filter_map(|line| line[metric].as_u64()).collect()
}

/// A run of the function, an hour after the one before.
async fn tick(environment: &Environment, function: &str) -> InvocationRecord {
    environment.aws().advance(TimeDelta::hours(1));
    environment.cloud.tick(ADMINISTRATOR, function).await.swap_remove(0)
}

/// The report of a run that fails, and the sentence before it.
fn told(run: InvocationRecord) -> (Value, String) {
    let error = run.outcome.expect_err("the failure is told");
    let (sentence, _) = error.error_message.split_once(" Report: ").expect("the report is in the message");
    (report_in(&error), sentence.to_owned())
}

/// Members that member-monitor starts in each run.
pub(crate) async fn disabled(accounts: &[&str]) -> Environment {
    let member = |id: &&str| member(id).disabled("VOLUME_UNKNOWN");
    let mut scenario = organization();
    for id in accounts {
        scenario = scenario.account(account(id).volume("unknown"));
    }
    let scenario = scenario
        .timing(|timing| timing.hourly_check = span("0s"))
        .graph(organization_graph(REGION).members(accounts.iter().map(member)));
    Environment::start_with(scenario, &template(), &[("DetectiveRegions", REGION)]).await
}

/// One function, in an organization in which it has something to do with an account, and the call that it makes for it.
async fn each_function() -> Vec<(&'static str, Environment, &'static str, Fault, &'static str)> {
    let region = [("DetectiveRegions", REGION)];
    let scenario = organization().account(account(APP)).graph(organization_graph(REGION));
    let reconciler = Environment::start_with(scenario, &template(), &region).await;
    let leaver = organization()
        .timing(|timing| timing.departure = span("365days"))
        .generated(30, APP)
        .graph(organization_graph(REGION).members([member(APP).age("30days")]));
    let removing = [&region[..], &[("RemoveMembers", "true"), ("MaxRemovalsPercent", "100")]].concat();
    let offboarder = Environment::start_with(leaver, &template(), &removing).await;
    offboarder.remove_from_organization(APP).await;
    offboarder.cloud.settle_now().await;
    offboarder.aws().advance(TimeDelta::hours(25));
    let role = format!("arn:aws:iam::{MEMBER}:role/detective-member");
    vec![
        ("OrganizationReconciler", reconciler, APP, failing("CreateMembers", APP, "ValidationException"), REGION),
        (
            "MemberMonitor",
            disabled(&[APP]).await,
            APP,
            failing("StartMonitoringMember", APP, "AccessDeniedException"),
            REGION,
        ),
        ("AccountOffboarder", offboarder, APP, failing("DeleteMembers", APP, "ValidationException"), REGION),
        (
            "CentralAcceptor",
            central(invited_with(&[]), EXTERNAL_ID).await,
            MEMBER,
            failing("AssumeRole", &role, "RegionDisabledException"),
            "eu-west-1",
        ),
    ]
}

#[tokio::test]
async fn a_failure_fails_one_run_of_each_function_and_the_next_ones_say_since_when() {
    for (function, environment, id, fault, region) in each_function().await {
        environment.aws().set_faults(vec![fault]);
        let first = tick(&environment, function).await;
        assert_eq!(values(&first, "KnownFailures"), [0], "{function}");
        let (first, sentence) = told(first);
        assert!(sentence.starts_with("1 accounts failed, ") && sentence.contains(id), "{function}: {sentence}");
        assert_eq!(line(&first, region, id)["knownSince"], Value::Null, "{function}");
        let began = environment.aws().now();
        for hour in 1..=3 {
            let run = tick(&environment, function).await;
            assert_eq!(values(&run, "KnownFailures"), [1], "{function}");
            let next = report(run);
            let since =
                line(&next, region, id)["knownSince"].as_str().unwrap_or_else(|| panic!("{function}: {next:#}"));
            let since: chrono::DateTime<chrono::Utc> = since.parse().unwrap();
            // Lambda has tried it again meanwhile.
            assert!((began - since).num_minutes().abs() < 10, "{function}, {hour}: {since}");
            assert_eq!((&next["totals"]["failed"], &next["totals"]["knownFailures"]), (&json!(1), &json!(1)));
        }
        // It is over, and begins again days later.
        environment.aws().set_faults(Vec::new());
        let recovered = tick(&environment, function).await;
        assert_eq!(values(&recovered, "KnownFailures"), [0], "{function}");
        assert_eq!(report(recovered)["totals"]["failed"], 0, "{function}");
    }
}

#[tokio::test]
async fn a_run_that_is_tried_again_is_the_same_run_and_its_dead_letter_has_the_failure() {
    let environment = disabled(&[APP]).await;
    environment.aws().set_faults(vec![failing("StartMonitoringMember", APP, "AccessDeniedException")]);
    told(tick(&environment, "MemberMonitor").await);
    environment.cloud.settle_now().await;
    environment.cloud.run_for(TimeDelta::minutes(10)).await;
    let letters = environment.cloud.dead_letters();
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert!(letters[0].body.to_string().contains(APP), "{letters:?}");
    for _ in 0..30 {
        report(tick(&environment, "MemberMonitor").await);
        environment.cloud.run_for(TimeDelta::minutes(10)).await;
    }
    assert_eq!(environment.cloud.dead_letters().len(), 1);
}

/// No alarm is on while a message is tried again.
#[tokio::test]
async fn what_only_a_message_has_met_is_told_by_the_next_run() {
    let environment = disabled(&[APP]).await;
    environment.aws().set_faults(vec![failing("StartMonitoringMember", APP, "AccessDeniedException")]);
    let time = environment.aws().now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let message = batch(&[&continuation(REGION, &time, "a-run", 1)]);
    for _ in 0..2 {
        let tried = report(environment.cloud.invoke(ADMINISTRATOR, "MemberMonitor", message.clone()).await);
        assert_eq!(tried["batchItemFailures"][0]["itemIdentifier"], "m0", "{tried:#}");
    }
    told(tick(&environment, "MemberMonitor").await);
    report(tick(&environment, "MemberMonitor").await);
    let done = report(environment.cloud.invoke(ADMINISTRATOR, "MemberMonitor", message).await);
    assert_eq!(done["batchItemFailures"].as_array().map_or(0, Vec::len), 0, "{done:#}");
}

#[tokio::test]
async fn another_account_another_reason_and_another_region_are_new() {
    let environment = disabled(&[APP, OTHER]).await;
    let denied = |id| failing("StartMonitoringMember", id, "AccessDeniedException");
    environment.aws().set_faults(vec![denied(APP)]);
    told(tick(&environment, "MemberMonitor").await);
    report(tick(&environment, "MemberMonitor").await);
    environment.aws().set_faults(vec![denied(APP), denied(OTHER)]);
    let (worse, sentence) = told(tick(&environment, "MemberMonitor").await);
    let expected = format!(
        "1 accounts failed, 1 fail as in earlier runs, 0 blocked, 0 waiting, 0 excluded, 0 done; the first failure: \
                            account {OTHER} in {REGION}: "
    );
    assert!(sentence.starts_with(&expected), "{sentence}");
    assert_eq!(worse["regions"][0]["accounts"][0]["accountId"], OTHER, "what is new comes first: {worse:#}");
    report(tick(&environment, "MemberMonitor").await);
    environment.aws().set_faults(vec![failing("StartMonitoringMember", APP, "ValidationException"), denied(OTHER)]);
    let (_, sentence) = told(tick(&environment, "MemberMonitor").await);
    assert!(
        sentence.contains(&format!("account {APP} in {REGION}: StartMonitoringMember failed: ValidationException"))
    );
    report(tick(&environment, "MemberMonitor").await);
}

/// One that comes and goes is one failure; one that has been gone for thirty hours is another.
#[tokio::test]
async fn a_failure_that_comes_and_goes_is_told_once() {
    let environment = disabled(&[APP]).await;
    let fault = vec![failing("StartMonitoringMember", APP, "AccessDeniedException")];
    environment.aws().set_faults(fault.clone());
    told(tick(&environment, "MemberMonitor").await);
    for _ in 0..20 {
        environment.aws().set_faults(Vec::new());
        report(tick(&environment, "MemberMonitor").await);
        environment.aws().set_faults(fault.clone());
        report(tick(&environment, "MemberMonitor").await);
    }
    environment.aws().set_faults(Vec::new());
    environment.aws().advance(TimeDelta::hours(30));
    environment.aws().set_faults(fault);
    told(tick(&environment, "MemberMonitor").await);
}

#[tokio::test]
async fn what_lasts_is_told_again_each_week() {
    let environment = disabled(&[APP]).await;
    environment.aws().set_faults(vec![failing("StartMonitoringMember", APP, "AccessDeniedException")]);
    let mut days = Vec::new();
    for day in 0..22 {
        environment.aws().advance(TimeDelta::hours(23));
        if tick(&environment, "MemberMonitor").await.outcome.is_err() {
            days.push(day);
        }
    }
    assert_eq!(days, [0, 7, 14, 21]);
}

#[tokio::test]
async fn a_region_or_an_organization_that_fails_fails_each_run() {
    for operation in ["ListMembers", "ListGraphs", "ListAccounts"] {
        let environment = disabled(&[APP]).await;
        environment.aws().set_faults(vec![denied(operation)]);
        let function = if operation == "ListAccounts" { "OrganizationReconciler" } else { "MemberMonitor" };
        for _ in 0..3 {
            told(tick(&environment, function).await);
        }
    }
}

/// Twenty that are known fill the list of those that failed, and do not hide the next one.
#[tokio::test]
async fn however_many_are_known_the_one_that_is_new_is_named() {
    let ids: Vec<String> = (0..30).map(|number| format!("3000000000{number:02}")).collect();
    let environment = disabled(&ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let denied = |id: &String| failing("StartMonitoringMember", id, "AccessDeniedException");
    environment.aws().set_faults(ids[..29].iter().map(denied).collect());
    told(tick(&environment, "MemberMonitor").await);
    environment.aws().set_faults(ids.iter().map(denied).collect());
    let (worse, sentence) = told(tick(&environment, "MemberMonitor").await);
    assert!(sentence.starts_with("1 accounts failed, 29 fail as in earlier runs"), "{sentence}");
    assert!(sentence.contains(&ids[29]), "{sentence}");
    assert_eq!(worse["regions"][0]["accounts"][0]["accountId"], json!(ids[29]), "{worse:#}");
}

#[tokio::test]
async fn where_nothing_can_be_remembered_every_run_fails_and_says_so() {
    for (operation, expected) in [("GetObject", "GetObject failed"), ("PutObject", "PutObject failed")] {
        let environment = disabled(&[APP]).await;
        let fault = failing("StartMonitoringMember", APP, "AccessDeniedException");
        environment.aws().set_faults(vec![fault, denied(operation)]);
        for _ in 0..3 {
            let (failed, _) = told(tick(&environment, "MemberMonitor").await);
            let warning = failed["warning"].as_str().unwrap_or_else(|| panic!("{failed:#}"));
            assert!(warning.contains("is not remembered") && warning.contains(expected), "{warning}");
        }
    }
    // A dry run writes nothing.
    let members = [member(APP).disabled("VOLUME_UNKNOWN")];
    let scenario = organization().account(account(APP)).graph(organization_graph(REGION).members(members));
    let dry = [("DetectiveRegions", REGION), ("DryRun", "true")];
    let environment = Environment::start_with(scenario, &template(), &dry).await;
    environment.aws().set_faults(vec![denied("StartMonitoringMember")]);
    report(tick(&environment, "MemberMonitor").await);
    assert!(environment.aws().objects(&environment.report_bucket()).is_empty());
}

/// An alarm on errors is quiet, and people hear of it all the same: each day by the reconciler's alert, and by its digest.
#[tokio::test]
async fn what_fails_in_each_run_is_named_once_a_day_with_its_beginning() {
    let scenario = organization()
        .timing(|timing| timing.hourly_check = span("0s"))
        .generated(30, "500000000000")
        .account(account(APP))
        .account(account(OTHER).volume("unknown"))
        .graph(organization_graph(REGION).members([member(OTHER).disabled("VOLUME_UNKNOWN")]))
        .graph(invitation_graph("eu-west-1"));
    let parameters = [("DetectiveRegions", REGION), ("DailyDigest", "true"), ("CoverageAlertPercent", "50")];
    let environment = Environment::start_with(scenario, &template(), &parameters).await;
    environment.aws().set_faults(vec![
        failing("CreateMembers", APP, "ValidationException"),
        failing("StartMonitoringMember", OTHER, "AccessDeniedException"),
    ]);
    told(environment.reconcile().await);
    told(environment.monitor().await);
    assert_eq!(environment.alerts().len(), 0, "the run's own failure is the first that is told");
    for _ in 0..8 {
        environment.aws().advance(TimeDelta::hours(6));
        report(environment.monitor().await);
        report(environment.reconcile().await);
    }
    let alerts = environment.alerts();
    assert_eq!(alerts.len(), 2, "once a day: {alerts:#?}");
    assert_eq!(alerts[0]["failing"]["accountIds"], json!([APP, OTHER]), "{alerts:#?}");
    assert_eq!(alerts[0]["failing"]["accounts"][0]["since"], "2026-01-05T09:00:00Z", "{alerts:#?}");
    let text = alerts[0]["message"].as_str().unwrap();
    let expected = format!(
        " 2 accounts fail in each run: {APP} (ValidationException since 2026-01-05T09:00:00Z), {OTHER} \
                            (AccessDeniedException since 2026-01-05T09:00:00Z)."
    );
    assert!(text.contains(&expected), "{text}");
    environment.cloud.settle_now().await;
    let digests: Vec<String> =
        environment.notices().into_iter().filter(|notice| notice.contains("What fails in each run")).collect();
    let line = |way: &str, function: &str, minute, id| {
        format!("- 1 {way} of {function} in {REGION} since 2026-01-05T09:0{minute}:00Z: {id}\n")
    };
    assert!(digests.len() >= 2, "{digests:#?}");
    for digest in &digests {
        let own = line("CreateMembers ValidationException", "organization-reconciler", 0, APP);
        assert!(digest.contains(&own), "{digest}");
    }
    // After the reconciler's first run, which Lambda tried again.
    let other = line("StartMonitoringMember AccessDeniedException", "member-monitor", 3, OTHER);
    assert!(digests[1..].iter().all(|digest| digest.contains(&other)), "{digests:#?}");
}

/// In which days the alarm on what is known is on, by the counts of member-monitor's runs of a day.
pub(crate) fn known_failures_alarm(days: &[Option<f64>]) -> Vec<bool> {
    let [administrator, ..] = DeployedTemplate::all(&template());
    let alarm = &administrator.resolved.resources["KnownFailuresAlarm"].properties;
    alarm_states(alarm, |_, name| {
        assert_eq!(name, "KnownFailures");
        days.to_vec()
    })
}
