//! A run: the work for one schedule or event, over however many invocations.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_smithy_types::DateTime;
use lambda_runtime::Context;
use serde_json::Value;

use crate::error::label;
use crate::model::time::parse_time;

/// What all invocations of a run have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The time that the run stands for: what the schedule (`scheduledTime`) or the event (`time`) states, so that a run that
    /// is repeated judges ages as it did before; without either, the clock's.
    pub time: DateTime,
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
        Self { time: stated.unwrap_or_else(clock), correlation, invocations: 0 }
    }

    /// The same run as of now: for work that must not rest on the time that an event states, such as a grace period.
    #[must_use]
    pub fn as_of_now(&self) -> Self {
        Self { time: clock(), ..self.clone() }
    }
}

fn clock() -> DateTime {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    DateTime::from_secs_f64(now.as_secs_f64())
}
