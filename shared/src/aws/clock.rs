//! What time it is by AWS's own clocks: times that AWS records are compared with no other clock, and with nothing that a payload
//! states.

use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// The time of the first answer of the invocation. A process works on one invocation at a time.
static NOW: Mutex<Option<DateTime>> = Mutex::new(None);

/// The time as of which the invocation works: of the first answer that AWS gave in it, to the second, so that all Regions and
/// accounts are judged alike. Before any answer, it is this machine's.
pub fn now() -> DateTime {
    let now = *NOW.lock().unwrap_or_else(PoisonError::into_inner);
    now.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        DateTime::from_secs_f64(now.as_secs_f64())
    })
}

/// Begins another invocation: the first answer from now on gives the time.
pub(crate) fn restart() {
    NOW.lock().unwrap_or_else(PoisonError::into_inner).take();
}

/// Takes the time of an answer, if it is the first of the invocation.
///
/// <https://www.rfc-editor.org/rfc/rfc9110#field.date>
pub(super) fn observe(response: &HttpResponse) {
    let date = response.headers().get("date").and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
    if let Some(date) = date {
        NOW.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(date);
    }
}
