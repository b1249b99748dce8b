//! A run: the work for one schedule or event, over however many invocations.

use aws_smithy_types::DateTime;
use lambda_runtime::Context;
use serde_json::Value;

use crate::aws::clock;
use crate::error::{Failure, label};
use crate::model::time::parse_time;

/// How far a run's time may be ahead of AWS's clocks, which differ a little: as far as AWS accepts signatures.
///
/// <https://docs.aws.amazon.com/general/latest/gr/signature-version-4.html>
const MAX_AHEAD: i64 = 300;

/// How old the time of a run that begins may be, in seconds: EventBridge Scheduler delivers within a day, and Lambda begins within
/// six hours of that.
const MAX_AGE: i64 = 30 * 3600;

/// How old that of a run that continues may be: a continuation is kept for four days, and a run takes a day at the most.
const MAX_CONTINUED_AGE: i64 = 5 * 86400;

/// What all invocations of a run have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The time that the schedule (`scheduledTime`), the event (`time`) or the continuation states.
    pub(super) stated: Option<DateTime>,
    /// The correlation id: the event's id, or the request id of the invocation that a schedule began. All log lines and
    /// reports of the run have it.
    pub correlation: String,
    /// How many invocations have worked on the run in a Region before this one.
    pub invocations: u32,
}

impl Run {
    /// The run that begins with an invocation.
    pub(super) fn begun_by(payload: &Value, context: &Context) -> Self {
        let stated = ["scheduledTime", "time"].iter().find_map(|field| parse_time(payload.get(field)?.as_str()?));
        let correlation = label(payload["id"].as_str().unwrap_or(&context.request_id));
        Self { stated, correlation, invocations: 0 }
    }

    /// The time that the run is named by: the stated one, and never one that is yet to come. It does not tell how old anything
    /// is: a payload may state any time. See [`clock::now`].
    pub fn time(&self) -> DateTime {
        let now = clock::now();
        self.stated.filter(|stated| *stated < now).unwrap_or(now)
    }

    /// Refuses a run that states a time which is yet to come or days ago. To be asked after a first call to AWS, whose answer
    /// has the time.
    ///
    /// # Errors
    /// [`Failure::InvalidRunTime`].
    pub fn check_time(&self) -> Result<(), Failure> {
        let Some(stated) = self.stated else { return Ok(()) };
        let now = clock::now();
        let max_age = if self.invocations == 0 { MAX_AGE } else { MAX_CONTINUED_AGE };
        match (-MAX_AHEAD..=max_age).contains(&now.secs().saturating_sub(stated.secs())) {
            true => Ok(()),
            false => Err(Failure::InvalidRunTime { stated, now }),
        }
    }

    /// The same run with the time that names it, for another invocation.
    #[must_use]
    pub(super) fn named(&self) -> Self {
        Self { stated: Some(self.time()), ..self.clone() }
    }

    /// The same run as of when it is worked on: what asks for it does not know the time.
    #[must_use]
    pub fn without_time(&self) -> Self {
        Self { stated: None, ..self.clone() }
    }
}
