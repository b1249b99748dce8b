//! The journal of all calls: caller, operation, time and outcome.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::watch;

/// One call of an API operation.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// The call's number, from 1.
    pub sequence: u64,
    /// When it was made, in virtual time.
    pub time: DateTime<Utc>,
    /// The account that made it; empty if its credentials were refused.
    pub account: String,
    /// The principal's ARN.
    pub principal: String,
    /// The service's signing name, such as `detective`.
    pub service: String,
    /// The operation, as AWS names it.
    pub operation: String,
    /// The Region that the request was signed for.
    pub region: String,
    /// The HTTP status of the answer; 0 if the connection was cut.
    pub status: u16,
    /// AWS's error code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// Whether a fault rule changed the answer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub fault: bool,
    /// The input. Email addresses are left out.
    pub request: Value,
}

/// The newest calls; older ones are dropped, so that an emulator that runs for days does not grow.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    calls: VecDeque<Call>,
    next: u64,
    /// The newest call's number, for waiters.
    newest: watch::Sender<u64>,
}

const KEPT: usize = 200_000;

impl Journal {
    pub(crate) fn push(&mut self, mut call: Call) {
        self.next += 1;
        call.sequence = self.next;
        redact(&mut call.request);
        // People's sessions are often named by their email address.
        if let Some((before, _)) = call.principal.rsplit_once('/').filter(|(_, session)| session.contains('@')) {
            call.principal = format!("{before}/(redacted)");
        }
        if self.calls.len() == KEPT {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
        self.newest.send_replace(self.next);
    }

    /// The newest call's number, as it grows.
    pub(crate) fn newest(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// The calls after number `since`, oldest first.
    pub(crate) fn since(&self, since: u64) -> impl DoubleEndedIterator<Item = &Call> {
        let dropped = self.next - self.calls.len() as u64;
        let start = since.saturating_sub(dropped).min(self.calls.len() as u64);
        self.calls.range(start as usize..)
    }

    /// The newest call's number; 0 before the first.
    pub(crate) fn last(&self) -> u64 {
        self.next
    }
}

fn redact(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('@') => *text = "(redacted)".to_owned(),
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(members) => members.values_mut().for_each(redact),
        _ => {}
    }
}
