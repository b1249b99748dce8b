//! From an authenticated request to its result.

use chrono::TimeDelta;
use serde_json::Value;

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::model::definition::{Model, Operation};
use crate::protocol::request::Request;
use crate::protocol::response::Body;
use crate::protocol::service::{Command, Service};
use crate::server::authorize::authorize;
use crate::world::state::State;

/// Authorizes, validates and performs a request. What it writes to members of behavior graphs is shown by reads after
/// `visibility`.
pub(crate) fn perform(
    state: &mut State,
    service: &dyn Service,
    caller: &Caller,
    request: &Request,
    visibility: TimeDelta,
) -> Result<Body, AwsError> {
    let command = Command {
        caller,
        operation: &request.operation,
        input: request.input.as_ref().unwrap_or(&Value::Null),
        payload: &request.payload,
        visibility,
    };
    authorize(state, service, &command)?;
    let modeled = service.model().map(|model| Ok((model, operation(service, model, &command)?))).transpose()?;
    let valid = request.input.as_ref().map_err(Clone::clone);
    let valid =
        valid.and_then(|input| modeled.map_or(Ok(()), |(model, operation)| model.check_input(operation, input)));
    valid.map_err(|violation| service.invalid_input(&violation))?;
    let result = service.perform(state, &command);
    if let (Some((model, operation)), true) = (modeled, cfg!(debug_assertions)) {
        check_result(model, operation, &result);
    }
    match modeled {
        Some((_, operation)) if operation.output.is_none() => result.map(|_| Body::Empty),
        _ => result,
    }
}

fn operation(
    service: &dyn Service,
    model: &'static Model,
    command: &Command<'_>,
) -> Result<&'static Operation, AwsError> {
    model.operations.get(command.operation).ok_or_else(|| {
        let name = format!("{}:{}", service.name(), command.operation);
        if model.knows_but_does_not_emulate(command.operation) {
            AwsError::not_implemented(&name)
        } else {
            AwsError::new("UnknownOperationException", 400, format!("There is no operation {name}"))
        }
    })
}

/// The emulator's own answers and errors must be those of the model.
fn check_result(model: &Model, operation: &Operation, result: &Result<Body, AwsError>) {
    match result {
        Ok(Body::Json(answer)) => {
            let checked = model.check_output(operation, answer);
            assert!(checked.is_ok(), "the answer to {} does not match the model: {checked:?}", operation.name);
        }
        Ok(_) => {}
        Err(error) => {
            let modeled = error.status == 501 || model.errors(operation).any(|code| code == error.code);
            assert!(modeled, "{} cannot answer {} by the model", operation.name, error.code);
        }
    }
}
