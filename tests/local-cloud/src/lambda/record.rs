//! What is recorded of an invocation.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

/// Why an invocation failed, as Lambda shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionError {
    /// The error's type: the function's own, or `Runtime.ExitError`, or `Sandbox.Timedout`.
    pub error_type: String,
    /// The error's message.
    pub error_message: String,
}

/// One attempt to run a function.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InvocationRecord {
    /// The request id. All attempts on an event have the same.
    pub request_id: String,
    /// The function's name in the template.
    pub function: String,
    /// The account that it ran in.
    pub account: String,
    /// The Region that it ran in.
    pub region: String,
    /// When, in virtual time.
    pub time: DateTime<Utc>,
    /// What it was given.
    pub event: Value,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// Its response, or why it has none.
    #[serde(serialize_with = "outcome")]
    pub outcome: Result<Value, FunctionError>,
    /// What it wrote meanwhile: JSON where a line is a JSON object, text otherwise.
    pub log: Vec<Value>,
    /// The same, byte for byte.
    #[serde(skip)]
    pub output: Bytes,
    /// The most memory that its process has had so far, in bytes, where the system reports it.
    #[serde(skip)]
    pub peak_memory: Option<u64>,
    /// How long it took, in real time.
    #[serde(skip)]
    pub duration: Duration,
}

fn outcome<S: serde::Serializer>(outcome: &Result<Value, FunctionError>, serializer: S) -> Result<S::Ok, S::Error> {
    match outcome {
        Ok(response) => serde_json::json!({ "response": response }).serialize(serializer),
        Err(error) => serde_json::json!({ "error": error }).serialize(serializer),
    }
}
