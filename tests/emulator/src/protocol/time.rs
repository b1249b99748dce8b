//! Times, as services write them.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;

/// A time as Detective and STS write it.
pub(crate) fn iso(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A time as the envelope of an EventBridge event has it.
pub(crate) fn iso_seconds(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A time as the JSON 1.1 protocol writes it: seconds since the epoch.
pub(crate) fn epoch(time: DateTime<Utc>) -> Value {
    serde_json::json!(time.timestamp_millis() as f64 / 1000.0)
}

/// A time as CloudTrail writes it inside Organizations events: for people to read, not for programs.
pub(crate) fn prose(time: DateTime<Utc>) -> String {
    time.format("%b %-d, %Y %-I:%M:%S %p").to_string()
}
