//! Every call of a function fails in every way: no account is lost, and the next run ends where a run without faults does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;
use detective_emulator::{AfterEffect, Effect, ErrorEffect, Fault, HELD};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use end_to_end::fixture::{Actor, Fixture, GONE};
use end_to_end::scenario::MANAGEMENT;
use end_to_end::template::without_retries;

/// A function, and the grace period of members that are gone, in hours.
type Subject = (Actor, &'static str);

/// The faults of a run.
#[derive(Debug, Clone)]
struct Case {
    subject: Subject,
    faults: Vec<Fault>,
}

/// A run without faults: where it ends, and how often it makes which call.
struct Clean {
    end: BTreeSet<(String, String, String)>,
    calls: BTreeMap<String, u64>,
}

/// The Regions in which the function works, and the accounts that its report must contain there.
fn accounts(actor: Actor) -> &'static [(&'static str, &'static [&'static str])] {
    match actor {
        Actor::Onboarder => &[("us-east-1", &["333333333333"]), ("eu-west-1", &["333333333333"])],
        Actor::Monitor => &[("us-east-1", &["444444444444"]), ("eu-west-1", &[])],
        Actor::Reconciler => &[("us-east-1", ORGANIZATION), ("eu-west-1", ORGANIZATION)],
        Actor::Offboarder => &[("us-east-1", &["555555555555"]), ("eu-west-1", &["555555555555"])],
        Actor::Acceptor => &[("eu-west-1", &["444444444444"])],
        Actor::CentralAcceptor => &[("us-east-1", &[]), ("eu-west-1", &["444444444444", "666666666666"])],
        Actor::Keeper => &[("us-east-1", &[]), ("eu-central-1", &[]), ("ap-northeast-1", &[])],
    }
}

const ORGANIZATION: &[&str] = &[MANAGEMENT, "333333333333", "444444444444", "555555555555", "666666666666"];

async fn fixture((actor, grace): Subject) -> Fixture {
    Fixture::start(&without_retries(), &[actor], grace).await
}

/// Runs the function once, and gives whether it did everything, and its report.
async fn run(fixture: &Fixture, actor: Actor) -> (bool, Value) {
    match fixture.run(actor).await.report() {
        Ok(report) => (true, report),
        Err(report) => (false, report),
    }
}

async fn clean(subject: Subject) -> Clean {
    let fixture = fixture(subject).await;
    let first = fixture.last_call();
    let (succeeded, report) = run(&fixture, subject.0).await;
    assert!(succeeded, "{subject:?} fails without faults: {report:#}");
    let mut calls = BTreeMap::new();
    for call in fixture.aws().journal().into_iter().filter(|call| call.sequence > first) {
        *calls.entry(call.operation).or_default() += 1;
    }
    Clean { end: fixture.end(), calls }
}

fn error(code: &str, status: u16) -> ErrorEffect {
    ErrorEffect { code: code.into(), status: Some(status), message: None }
}

/// How the first call of an operation, or all of them, can fail.
fn effects() -> Vec<Effect> {
    let mut effects = vec![
        Effect::Error(error("ThrottlingException", 400)),
        Effect::Error(error("TooManyRequestsException", 429)),
        Effect::Error(error("InternalServerException", 500)),
        Effect::Error(error("ServiceUnavailable", 503)),
        Effect::Error(error("AccessDeniedException", 403)),
        Effect::Error(error("ServiceQuotaExceededException", 402)),
        Effect::ErrorAfterEffect(error("InternalServerException", 500)),
    ];
    for after_effect in [false, true] {
        let after = AfterEffect { after_effect };
        effects.extend([Effect::Reset(after), Effect::Truncate(after), Effect::Malformed(after)]);
    }
    effects
}

/// Answers of an operation that succeeded in part, or whose answer is incomplete.
fn partial(operation: &str) -> Vec<Effect> {
    let unprocessed: Vec<Value> =
        ORGANIZATION.iter().map(|id| json!({"AccountId": id, "Reason": "It could not be processed"})).collect();
    let failed = json!({"Id": "0", "SenderFault": false, "Code": "InternalError", "Message": "not now"});
    let answers = match operation {
        "CreateMembers" => vec![json!({"Members": [], "UnprocessedAccounts": unprocessed}), json!({})],
        "DeleteMembers" => vec![json!({"AccountIds": [], "UnprocessedAccounts": unprocessed}), json!({})],
        "GetMembers" => vec![json!({"MemberDetails": [], "UnprocessedAccounts": unprocessed}), json!({})],
        "SendMessageBatch" | "DeleteMessageBatch" => vec![json!({"Successful": [], "Failed": [failed]})],
        "ListMembers" | "ListInvitations" | "ListOrganizationAdminAccounts" | "ListGraphs" | "ReceiveMessage" => {
            vec![json!({})]
        }
        _ => Vec::new(),
    };
    answers.into_iter().map(Effect::Answer).collect()
}

/// Everything that is tried with an operation that is called so many times.
fn faults(operation: &str, calls: u64) -> Vec<Vec<Fault>> {
    let fault = |from_call, times, effect| Fault { from_call: Some(from_call), times, ..Fault::on(operation, effect) };
    let mut all = Vec::new();
    for effect in effects().into_iter().chain(partial(operation)) {
        all.push(vec![fault(1, Some(1), effect.clone())]);
        all.push(vec![fault(1, None, effect)]);
    }
    let later = BTreeSet::from([calls.div_ceil(2), calls]).into_iter().filter(|position| *position > 1);
    for position in later {
        let after = AfterEffect { after_effect: true };
        for effect in [
            Effect::Error(error("InternalServerException", 500)),
            Effect::ErrorAfterEffect(error("InternalServerException", 500)),
            Effect::Reset(after),
        ] {
            all.push(vec![fault(position, Some(1), effect)]);
        }
        all.extend(partial(operation).into_iter().map(|effect| vec![fault(position, Some(1), effect)]));
    }
    all
}

/// A call that is never answered, with and without its effect: the function gives it up.
fn timeouts(operation: &str) -> Vec<Vec<Fault>> {
    let once = |effect| Fault { times: Some(1), ..Fault::on(operation, effect) };
    let unheard = once(Effect::Reset(AfterEffect { after_effect: false }));
    vec![vec![once(Effect::DelayMs(HELD))], vec![once(Effect::DelayMs(HELD)), unheard]]
}

fn reports(report: &Value, region: &str, accounts: &[&str]) -> bool {
    if report["error"].is_object() {
        return true;
    }
    let regions = report["regions"].as_array().unwrap();
    let Some(region) = regions.iter().find(|found| found["region"] == region) else { return false };
    let lines = region["accounts"].as_array().unwrap();
    // A Region that failed as a whole has an error; one that lists only changes counts the others, and misses none.
    let counted = region["notListed"].as_u64().unwrap_or_default();
    region["error"].is_object()
        || (counted > 0 && lines.len() as u64 + counted == accounts.len() as u64)
        || accounts.iter().all(|account| lines.iter().any(|line| line["accountId"] == *account))
}

/// Runs with the faults, then without, and gives how many were injected.
async fn try_case(case: &Case, clean: &Clean) -> usize {
    let actor = case.subject.0;
    let fixture = fixture(case.subject).await;
    fixture.aws().set_faults(case.faults.clone());
    let first = fixture.last_call();
    let (succeeded, report) = run(&fixture, actor).await;
    let journal = fixture.aws().journal();
    let of_rule = |operation: &str| case.faults[0].operation.as_deref() == Some(operation);
    // The journal does not count answers that are only late as faults.
    let is_late = matches!(case.faults[0].effect, Effect::DelayMs(_));
    let run_calls = journal.iter().filter(|call| call.sequence > first);
    let injected = run_calls.filter(|call| call.fault || (is_late && of_rule(&call.operation))).count();
    // An answer that leaves members out looks like an answer of a graph without them.
    let is_silent = matches!(&case.faults[0].effect, Effect::Answer(_)) && succeeded;
    for (region, accounts) in accounts(actor).iter().filter(|_| !is_silent) {
        assert!(reports(&report, region, accounts), "{case:?}: {region} is not all in {report:#}");
    }
    fixture.aws().set_faults(Vec::new());
    fixture.pass_visibility_timeouts();
    let (succeeded, report) = run(&fixture, actor).await;
    assert!(succeeded, "{case:?}: the next run fails: {report:#}");
    if is_silent && actor == Actor::Offboarder && of_rule("ListMembers") {
        // It believed the answer and deleted the departure's message: organization-reconciler finds the member.
        let (succeeded, report) = run(&fixture, Actor::Reconciler).await;
        assert!(succeeded, "{case:?}: {report:#}");
        let is_member = fixture.end().iter().any(|(region, id, _)| id == GONE && region != "departures");
        assert!(!is_member, "{case:?}: {report:#}");
        return injected;
    }
    if fixture.end() != clean.end && of_rule("GetObject") && matches!(case.faults[0].effect, Effect::Malformed(_)) {
        // It read a record of removals that is none: until a day is over, it is not known how many were removed in it.
        fixture.aws().advance(TimeDelta::hours(25));
        let (succeeded, report) = run(&fixture, actor).await;
        assert!(succeeded, "{case:?}: {report:#}");
    }
    assert_eq!(fixture.end(), clean.end, "{case:?}: {report:#}");
    let effects = fixture.effects();
    assert_eq!((effects.emails, effects.doubled()), (0, Vec::new()), "{case:?}");
    injected
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_of_any_call_loses_an_account_and_the_next_run_converges() {
    let (mut cases, mut hanging, mut accounts_followed) = (Vec::new(), Vec::new(), 0);
    for subject in Actor::ALL.map(|actor| (actor, "0")).into_iter().chain([(Actor::Reconciler, "24")]) {
        let clean = Arc::new(clean(subject).await);
        for (operation, calls) in &clean.calls {
            // With a grace period, a run differs only in that it enqueues departures.
            if subject.1 == "0" || operation == "SendMessageBatch" {
                let case = |faults| (Case { subject, faults }, Arc::clone(&clean));
                cases.extend(faults(operation, *calls).into_iter().map(case));
                hanging.extend(timeouts(operation).into_iter().map(case));
            }
        }
    }
    let followed = |case: &Case| accounts(case.subject.0).iter().map(|(_, accounts)| accounts.len()).sum::<usize>();
    accounts_followed += cases.iter().chain(&hanging).map(|(case, _)| followed(case)).sum::<usize>();
    let (tried, timed_out) = (cases.len(), hanging.len());
    let mut tasks = JoinSet::new();
    // These wait for the SDK to give up, and do nothing meanwhile: all at once.
    for (case, clean) in hanging {
        tasks.spawn(async move { try_case(&case, &clean).await });
    }
    let open = Arc::new(Mutex::new(cases));
    for _ in 0..2 {
        let open = Arc::clone(&open);
        tasks.spawn(async move {
            let mut injected = 0;
            loop {
                let Some((case, clean)) = open.lock().await.pop() else { return injected };
                injected += try_case(&case, &clean).await;
            }
        });
    }
    let faults: usize = tasks.join_all().await.into_iter().sum();
    let cases = tried + timed_out;
    println!(
        "fault matrix: {cases} cases, {timed_out} of them timeouts, {faults} faults injected, {accounts_followed} accounts \
         followed, accounts lost: 0"
    );
    assert!(cases > 1000 && faults >= cases, "{cases} cases, {faults} faults");
}
