//! Queues that functions send to and receive from.

use crate::environment::{ConfigError, Environment};

/// Where a function sends the Regions that it has no time for (`CONTINUATION_QUEUE_URL`), if anywhere.
pub fn continuation_queue_url(environment: &Environment<'_>) -> Option<String> {
    environment.text("CONTINUATION_QUEUE_URL")
}

/// Where the central invitation-acceptor is asked to accept invitations (`ACCEPTANCE_QUEUE_URL`), if it is deployed.
pub fn acceptance_queue_url(environment: &Environment<'_>) -> Option<String> {
    environment.text("ACCEPTANCE_QUEUE_URL")
}

/// The queue that account-onboarder's events arrive in (`ARRIVALS_QUEUE_URL`), if they come from one.
pub fn arrivals_queue_url(environment: &Environment<'_>) -> Option<String> {
    environment.text("ARRIVALS_QUEUE_URL")
}

/// Where organization-reconciler is asked to compare everything at once (`RECONCILE_QUEUE_URL`), if anywhere.
pub fn reconcile_queue_url(environment: &Environment<'_>) -> Option<String> {
    environment.text("RECONCILE_QUEUE_URL")
}

/// The queue of departures (`DEPARTURES_QUEUE_URL`), which account-offboarder receives from.
///
/// # Errors
/// It is missing.
pub fn departures_queue_url(environment: &Environment<'_>) -> Result<String, ConfigError> {
    const EXPECTED: &str = "the URL of the queue that departures are sent to";
    optional_departures_queue_url(environment)
        .ok_or_else(|| ConfigError::new("DEPARTURES_QUEUE_URL", "is missing", EXPECTED))
}

/// The queue of departures (`DEPARTURES_QUEUE_URL`), if departures are to be sent to it.
pub fn optional_departures_queue_url(environment: &Environment<'_>) -> Option<String> {
    environment.text("DEPARTURES_QUEUE_URL")
}
