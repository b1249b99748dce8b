//! How an invocation is answered: the report, which messages are retried and when, and the metric of what failed.

use std::collections::BTreeMap;

use detective_onboarding::aws::sqs::Queue;
use detective_onboarding::environment::Environment;
use detective_onboarding::error::Failure;
use detective_onboarding::lambda::failure_memory::Noted;
use detective_onboarding::lambda::invocation::{Cause, Invocation};
use detective_onboarding::lambda::message::Message;
use detective_onboarding::lambda::regions::CoveredRegions;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::report::Report;
use detective_onboarding::report::metric::FunctionMetrics;
use detective_onboarding::report::outcome::{AccountReport, Outcome};
use detective_onboarding::report::region::RegionReport;

use crate::arrivals::{Arrivals, Event};
use crate::retry::{Verdict, delay};
use crate::unreadable::Requested;

/// How invocations are answered.
pub(crate) struct Answer {
    /// The queue of the events, where they come from one.
    queue: Option<Queue>,
    metrics: FunctionMetrics,
}

impl Answer {
    pub(crate) fn new(queue: Option<Queue>, environment: &Environment<'_>) -> Self {
        Self { queue, metrics: FunctionMetrics::new(environment) }
    }

    /// The report of the events' work. Messages of what is not settled are retried by and by, and all others are done. An account that
    /// fails is counted once, however often its messages are retried.
    pub(crate) async fn report(
        &self,
        mut report: Report,
        regions: &CoveredRegions,
        invocation: &Invocation,
        arrivals: &Arrivals,
        requested: Option<Requested>,
    ) -> Report {
        let mut retried = BTreeMap::<i32, Vec<&Message>>::new();
        let (mut alarming, mut told) = (0, Vec::new());
        let failures_of = failures(&report);
        for ((id, events), verdict) in arrivals.accounts.iter().zip(verdicts(&report, arrivals)) {
            let receives = events.receives();
            let failures = failures_of.get(id).into_iter().flatten();
            let failures: Vec<_> = failures.filter(|(_, _, failure)| is_alarming(failure, receives)).collect();
            let is_new = failures.iter().any(|(_, account, _)| account.known_since.is_none());
            alarming += usize::from(is_new || fails_as_a_whole(&report, receives));
            told.extend(failures.into_iter().map(|(region, _, failure)| Noted {
                region: region.region.clone(),
                id: *id,
                way: failure.way(),
                run: invocation.request_id.clone(),
            }));
            if verdict != Verdict::Settled {
                let seconds = delay(receives);
                if events.messages().next().is_some() {
                    tracing::info!(account.id = %id, seconds, receives, "account is retried");
                }
                retried.entry(seconds).or_default().extend(events.messages());
            }
        }
        if let Some(Requested { warning, failure }) = requested {
            if let Some(failure) = failure {
                alarming += 1;
                report.error.get_or_insert(failure);
                for message in arrivals.unreadable.iter().filter_map(|(event, _)| event.message.as_ref()) {
                    retried.entry(delay(message.receives)).or_default().push(message);
                }
            }
            report.warning = Some(warning);
        }
        note_ignored(&mut report, arrivals);
        if matches!(invocation.cause, Cause::Messages(_)) {
            // What a batch fails in is no error to Lambda.
            if alarming > 0 {
                self.metrics.count("FailedAccounts", alarming);
            }
            if let Some(problem) = regions.remember_failures(&told, invocation).await {
                add_warning(&mut report, problem);
            }
            self.delay(&mut report, invocation, &retried).await;
        }
        let failed = retried.into_values().flatten().map(|message| message.id.clone()).collect();
        report.with_failed_messages(failed)
    }

    /// Lets messages wait, each for its time. Where that fails, they are retried when the queue's visibility timeout is over.
    async fn delay(&self, report: &mut Report, invocation: &Invocation, retried: &BTreeMap<i32, Vec<&Message>>) {
        let Some(queue) = &self.queue else { return };
        let mut refused = None;
        for (seconds, messages) in retried {
            let handles: Vec<&str> = messages
                .iter()
                .map(|message| message.receipt_handle.as_str())
                .filter(|handle| !handle.is_empty())
                .collect();
            // There is a little time for this even when the time for other calls is up.
            match invocation.deadline.work(queue.retry_after(*seconds, &handles)).await {
                Some(Ok(())) => {}
                Some(Err(error)) => refused = Some(error.to_string()),
                None => refused = Some("there was no time to change that".to_owned()),
            }
        }
        if let Some(error) = refused {
            let what = format!("messages are retried only after the queue's visibility timeout ({error})");
            add_warning(report, what);
        }
    }
}

/// What is left to do for each account, over all Regions.
fn verdicts(report: &Report, arrivals: &Arrivals) -> Vec<Verdict> {
    // What a Region failed in, or the whole run, is left for every account.
    let of_all = of_no_account(report).map(Verdict::of_failure).max().unwrap_or(Verdict::Settled);
    let mut verdicts: BTreeMap<AccountId, Verdict> = arrivals.accounts.keys().map(|id| (*id, of_all)).collect();
    for account in report.regions.iter().flat_map(|region| &region.accounts) {
        let (id, events) = (account.account_id, arrivals.accounts.get(&account.account_id));
        if let (Some(verdict), Some(events)) = (verdicts.get_mut(&id), events) {
            *verdict = (*verdict).max(Verdict::of(&account.outcome, events.is_creation()));
        }
    }
    verdicts.into_values().collect()
}

/// The failures of each account, with the Regions that they are of.
fn failures(report: &Report) -> BTreeMap<AccountId, Vec<(&RegionReport, &AccountReport, &Failure)>> {
    let mut failures = BTreeMap::<AccountId, Vec<_>>::new();
    for region in &report.regions {
        for account in &region.accounts {
            if let Outcome::Failed { failure, .. } = &account.outcome {
                failures.entry(account.account_id).or_default().push((region, account, failure));
            }
        }
    }
    failures
}

/// Whether somebody should know about a failure, where the account's message was received so many times.
fn is_alarming(failure: &Failure, receives: u32) -> bool {
    Verdict::of_failure(failure).is_alarming(receives)
}

/// Whether somebody should know about a failure that is no single account's.
fn fails_as_a_whole(report: &Report, receives: u32) -> bool {
    of_no_account(report).any(|failure| is_alarming(failure, receives))
}

/// What Regions failed in, and the whole run.
fn of_no_account(report: &Report) -> impl Iterator<Item = &Failure> {
    report.regions.iter().filter_map(|region| region.error.as_ref()).chain(&report.error)
}

fn add_warning(report: &mut Report, warning: String) {
    report.warning = Some(match report.warning.take() {
        Some(other) => format!("{other}; {warning}"),
        None => warning,
    });
}

/// Reports why nothing was asked for, or, beside other events, logs it.
fn note_ignored(report: &mut Report, arrivals: &Arrivals) {
    if let ([(_, reason)], true, None) =
        (&arrivals.ignored[..], arrivals.accounts.is_empty(), arrivals.unreadable.first())
    {
        report.ignored = Some(reason.clone());
        return;
    }
    for (Event { trigger, message }, reason) in &arrivals.ignored {
        let message = message.as_ref().map(|message| message.id.as_str());
        tracing::info!(event.id = trigger.event_id, message.id = message, "event ignored: {reason}");
    }
}
