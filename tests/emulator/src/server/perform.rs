//! From an authenticated request to its result.

use chrono::TimeDelta;
use serde_json::Value;

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::model::definition::{Model, Operation};
use crate::protocol::request::Request;
use crate::protocol::response::Body;
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::resources::region::{in_partition, partition};
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
        trace: request.trace.as_deref(),
        visibility,
    };
    let model = service.model();
    let operation = operation(service, model, &command)?;
    if let Some(member) = model.refused(operation, command.input) {
        return Err(AwsError::not_implemented(&format!("{member} of {}:{}", service.name(), operation.name)));
    }
    authorize(state, service, &command)?;
    let valid = request.input.as_ref().map_err(Clone::clone);
    let valid = valid.and_then(|input| model.check_input(operation, input));
    valid.map_err(|violation| service.invalid_input(&violation))?;
    let result = service.perform(state, &command);
    if cfg!(debug_assertions) {
        check_result(service, operation, &result);
    }
    result.map(|body| match (body, partition(&caller.region)) {
        (Body::Json(answer), other) if other != "aws" => Body::Json(with_arns_in(answer, other)),
        (body, _) => body,
    })
}

/// An answer with its ARNs in another partition.
fn with_arns_in(answer: Value, partition: &str) -> Value {
    match answer {
        Value::String(text) => in_partition(&text, partition).into(),
        Value::Array(items) => items.into_iter().map(|item| with_arns_in(item, partition)).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, with_arns_in(value, partition))).collect()
        }
        other => other,
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
        } else if service.protocol() == WireProtocol::Query {
            AwsError::new("InvalidAction", 400, format!("Could not find operation {name}"))
        } else {
            AwsError::new("UnknownOperationException", 400, format!("There is no operation {name}"))
        }
    })
}

/// The emulator's own answers and errors must be those of the model.
fn check_result(service: &dyn Service, operation: &Operation, result: &Result<Body, AwsError>) {
    let model = service.model();
    match result {
        Ok(Body::Json(answer)) => {
            let checked = model.check_output(operation, answer);
            assert!(checked.is_ok(), "the answer to {} does not match the model: {checked:?}", operation.name);
        }
        Ok(_) => {}
        Err(error) => {
            let code = error.code.rsplit('#').next().unwrap_or_default();
            let modeled = error.status == 501
                || service.common_errors().contains(&code)
                || model.errors(operation).any(|modeled| modeled == code);
            assert!(modeled, "{} cannot answer {} by the model", operation.name, error.code);
        }
    }
}
