//! Events that cannot be read: organization-reconciler finds the accounts that they do not name.

use detective_onboarding::aws::sqs::Queue;
use detective_onboarding::error::{Failure, OutOfTime};
use detective_onboarding::lambda::invocation::Invocation;
use detective_onboarding::lambda::regions::CoveredRegions;

use crate::arrivals::Event;

/// What became of the events that cannot be read.
#[derive(Debug)]
pub(crate) struct Requested {
    /// A sentence that somebody should know.
    pub(crate) warning: String,
    /// Why the reconciler could not be asked.
    pub(crate) failure: Option<Failure>,
}

/// Asks organization-reconciler once to find the accounts of all events that cannot be read; `None` if there are none.
pub(crate) async fn request_reconcile(
    regions: &CoveredRegions,
    reconciler: Option<&Queue>,
    invocation: &Invocation,
    unreadable: &[(Event, String)],
) -> Option<Requested> {
    let (first, reason) = unreadable.first()?;
    // The time that an event states is not a schedule's.
    let mut run = invocation.run.without_time();
    if let Some(event) = &first.trigger.event_id {
        run = run.correlated(event);
    }
    let failure = match reconciler {
        None => None,
        Some(queue) => {
            let request = invocation.deadline.call(regions.request(queue, &run)).await;
            request.unwrap_or_else(|| Err(OutOfTime::Reading.into())).err()
        }
    };
    let consequence = match (reconciler, &failure) {
        (None, _) => "finds the account when it runs on schedule",
        (Some(_), None) => "was asked to find the account now",
        (Some(_), Some(_)) => "could not be asked to find the account",
    };
    let what = match unreadable.len() {
        1 => format!("the event cannot be read ({reason})"),
        count => format!("{count} events cannot be read (the first: {reason})"),
    };
    Some(Requested { warning: format!("{what}: organization-reconciler {consequence}"), failure })
}
