//! Invocations. Whoever runs the functions answers them; the answer to the caller comes then.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::protocol::error::AwsError;
use crate::protocol::response::{Body, Later, ObjectBody};
use crate::protocol::service::Command;
use crate::services::lambda::functions::find;
use crate::world::invocations::{InvocationAnswer, InvocationResult};
use crate::world::state::State;

/// The largest event of an invocation that the caller waits for, in bytes.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const LARGEST: usize = 6_291_556;

/// How much of the end of a log the caller gets, in bytes.
const TAIL: usize = 4096;

pub(super) fn invoke(state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
    let Command { caller, input, payload, .. } = *command;
    let function = find(state, caller, input)?.0.arn.clone();
    let event = match payload {
        [] => json!({}),
        payload => serde_json::from_slice(payload).map_err(|error| {
            let message = format!("Could not parse request body into json: {error}");
            AwsError::new("InvalidRequestContentException", 400, message).with("Type", "User")
        })?,
    };
    let is_asynchronous = match input["InvocationType"].as_str() {
        Some("DryRun") => return Ok(Body::Object(ObjectBody { status: Some(204), ..ObjectBody::default() })),
        Some("Event") => true,
        _ => false,
    };
    if payload.len() > LARGEST {
        return Err(too_large(format!(
            "Request must be smaller than {LARGEST} bytes for the InvokeFunction operation"
        )));
    }
    let with_log = input["LogType"] == "Tail" && !is_asynchronous;
    let answer = state.invocations.ask(&function, event, is_asynchronous);
    state.changed.notify_one();
    let read = move |answer: Option<InvocationAnswer>| response(answer, with_log);
    Ok(Body::Later(Later { answer, read: Box::new(read) }))
}

fn too_large(message: String) -> AwsError {
    AwsError::new("RequestTooLargeException", 413, message).with("Type", "User")
}

/// The response of an invocation; without an answer, nobody runs functions any more.
fn response(answer: Option<InvocationAnswer>, with_log: bool) -> Result<ObjectBody, AwsError> {
    let failed = || AwsError::new("ServiceException", 500, "The function was not run: the emulated cloud was reset.");
    let InvocationAnswer { request_id, result, log } = answer.ok_or_else(failed)?;
    let mut headers = vec![("x-amzn-requestid", request_id)];
    let (status, payload) = match result {
        InvocationResult::Accepted => (202, None),
        InvocationResult::Response(response) => (200, Some(response)),
        InvocationResult::Failed(error) => {
            headers.push(("x-amz-function-error", "Unhandled".to_owned()));
            (200, Some(error))
        }
        InvocationResult::Throttled => {
            let error = AwsError::new("TooManyRequestsException", 429, "Rate Exceeded.").with("Type", "User");
            return Err(error.with("Reason", "ReservedFunctionConcurrentInvocationLimitExceeded"));
        }
        InvocationResult::TooLarge(message) => return Err(too_large(message)),
    };
    if payload.is_some() {
        headers.push(("x-amz-executed-version", "$LATEST".to_owned()));
    }
    if with_log {
        headers.push(("x-amz-log-result", STANDARD.encode(&log[log.len().saturating_sub(TAIL)..])));
    }
    let bytes = payload.as_ref().map(Value::to_string).unwrap_or_default().into_bytes();
    Ok(ObjectBody { bytes, headers, status: Some(status) })
}
