//! From a request to an answer: who calls what, whether a fault is due, whether the input is valid, what comes of it.

use chrono::TimeDelta;
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use crate::cloud::handle::Cloud;
use crate::iam::authorize;
use crate::protocol::auth::{Caller, Scope};
use crate::protocol::error::AwsError;
use crate::protocol::model::{ACCOUNT, CLOUDTRAIL, DETECTIVE, EVENTS, Model, ORGANIZATIONS, Violation};
use crate::services::account::operations as regions;
use crate::services::cloudtrail::operations as cloudtrail;
use crate::services::events::rules as eventbridge;
use crate::services::s3::operations as objects;
use crate::services::sqs::operations as queues;
use crate::services::ssm::operations as parameters;
use crate::services::sts::operations as sts;
use crate::services::{detective, organizations};
use crate::world::faults::{Asked, Effect, ErrorEffect};
use crate::world::journal::Call;
use crate::world::state::State;

/// How the answer is to reach the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    Whole,
    /// The connection is closed in the middle of the body.
    Truncated,
    /// The connection is closed without an answer.
    Reset,
}

/// An answer, and how and when it is to be delivered.
pub(crate) struct Answer {
    pub(crate) response: Response<Vec<u8>>,
    pub(crate) delivery: Delivery,
    pub(crate) delay_ms: u64,
}

/// The wire protocol of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    RestJson,
    RestXml,
    Json10,
    Json11,
    Query,
}

/// What is asked, as far as it can be told before the caller is known.
struct Request {
    service: String,
    protocol: Protocol,
    operation: String,
    input: Result<Value, Violation>,
    /// The body, of services whose input is not all in `input`.
    body: Vec<u8>,
}

pub(crate) fn answer(cloud: &Cloud, parts: &Parts, body: &[u8]) -> Answer {
    let mut state = cloud.lock();
    let id = state.fresh_uuid();
    let now = state.now();
    let scope = match Scope::of(parts) {
        Ok(scope) => scope,
        Err(error) => return whole(error_response(guess(parts), "Message", &error, &id)),
    };
    let request = match read(&scope, parts, body) {
        Ok(request) => request,
        Err((operation, error)) => {
            let caller = scope.caller(&state, parts, body).ok();
            state.journal.refused(now, caller, &scope, operation, &error);
            return whole(error_response(guess(parts), message_member(&scope.service), &error, &id));
        }
    };
    let caller = scope.caller(&state, parts, body).and_then(|caller| regions::admitted(&state, caller));
    let caller = match caller {
        Ok(caller) => caller,
        Err(error) => {
            state.journal.refused(now, None, &scope, request.operation, &error);
            return whole(error_response(request.protocol, message_member(&request.service), &error, &id));
        }
    };
    let asked = Asked {
        service: &request.service,
        operation: &request.operation,
        account: &caller.account,
        region: &caller.region,
        now,
    };
    let seed = state.seed;
    let (effect, delay_ms) = state.faults.on(seed, &asked);
    let fault = |fault: &ErrorEffect| {
        let status = fault.status.or_else(|| model(&request.service)?.error_status(&fault.code)).unwrap_or(400);
        AwsError::new(&fault.code, status, fault.message.as_deref().unwrap_or("a fault of the scenario"))
    };
    let visibility = match &effect {
        Some(Effect::VisibleAfter(span)) => span.0,
        _ => state.timing.visibility.0,
    };
    let perform = |state: &mut State| perform(state, &caller, &request, visibility);
    let result = match &effect {
        Some(Effect::Error(error)) => Err(fault(error)),
        Some(Effect::Throttle(throttle)) => Err(throttle
            .error
            .as_ref()
            .map_or_else(|| AwsError::new("ThrottlingException", 400, "Rate exceeded"), fault)),
        Some(Effect::Reset(effect) | Effect::Truncate(effect) | Effect::Malformed(effect)) if !effect.after_effect => {
            Ok(Body::Json(json!({})))
        }
        Some(Effect::Answer(answer)) => Ok(Body::Json(answer.clone())),
        Some(Effect::ErrorAfterEffect(error)) => perform(&mut state).and_then(|_| Err(fault(error))),
        _ => perform(&mut state),
    };
    let error_code = result.as_ref().err().map(|error| error.code.clone());
    let mut response = match result {
        Ok(body) => success_response(&request, body, &id),
        Err(error) => error_response(request.protocol, message_member(&request.service), &error, &id),
    };
    let delivery = match effect {
        Some(Effect::Reset(_)) => Delivery::Reset,
        Some(Effect::Truncate(_)) => Delivery::Truncated,
        Some(Effect::Malformed(_)) => {
            *response.body_mut() = b"{\"this is\": not what was asked for".to_vec();
            Delivery::Whole
        }
        _ => Delivery::Whole,
    };
    state.journal.push(Call {
        sequence: 0,
        time: now,
        account: caller.account,
        principal: caller.arn,
        service: request.service,
        operation: request.operation,
        region: caller.region,
        status: if delivery == Delivery::Reset { 0 } else { response.status().as_u16() },
        error_code,
        fault: effect.is_some(),
        request: request.input.unwrap_or(Value::Null),
    });
    Answer { response, delivery, delay_ms }
}

fn whole(response: Response<Vec<u8>>) -> Answer {
    Answer { response, delivery: Delivery::Whole, delay_ms: 0 }
}

fn model(service: &str) -> Option<&'static Model> {
    match service {
        "account" => Some(&ACCOUNT),
        "cloudtrail" => Some(&CLOUDTRAIL),
        "detective" => Some(&DETECTIVE),
        "events" => Some(&EVENTS),
        "organizations" => Some(&ORGANIZATIONS),
        _ => None,
    }
}

/// Reads which operation of which service is asked for; of what is not emulated, the best name there is goes with the
/// error.
fn read(scope: &Scope, parts: &Parts, body: &[u8]) -> Result<Request, (String, AwsError)> {
    let service = scope.service.clone();
    let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.rsplit('.').next()).unwrap_or_default().to_owned();
    match service.as_str() {
        "account" => {
            let (method, path) = (parts.method.as_str(), parts.uri.path());
            // Paths of operations that are not emulated are not known here.
            let (operation, parameters) = ACCOUNT.route(method, path).ok_or_else(|| {
                let what = format!("{method} {path}");
                let error = AwsError::not_implemented(&format!("account:{what}"));
                (what, error)
            })?;
            let input = ACCOUNT.rest_input(operation, parameters, parts.uri.query().unwrap_or_default(), body);
            let (protocol, operation) = (Protocol::RestJson, operation.name.clone());
            Ok(Request { service, protocol, operation, input, body: Vec::new() })
        }
        "detective" => {
            let (method, path) = (parts.method.as_str(), parts.uri.path());
            let (operation, parameters) = DETECTIVE.route(method, path).ok_or_else(|| {
                let what = format!("{method} {path}");
                let message = format!("Detective has no operation at {what}");
                (what, AwsError::new("UnknownOperationException", 404, message))
            })?;
            let input = DETECTIVE.rest_input(operation, parameters, parts.uri.query().unwrap_or_default(), body);
            let (protocol, operation) = (Protocol::RestJson, operation.name.clone());
            Ok(Request { service, protocol, operation, input, body: Vec::new() })
        }
        "cloudtrail" | "events" | "organizations" | "ssm" | "sqs" => {
            let invalid =
                Violation { message: "The request body is not a JSON object".to_owned(), shape: String::new() };
            let input: Value =
                if body.is_empty() { json!({}) } else { serde_json::from_slice(body).unwrap_or(Value::Null) };
            let input = if input.is_object() { Ok(input) } else { Err(invalid) };
            let protocol = if service == "sqs" { Protocol::Json10 } else { Protocol::Json11 };
            Ok(Request { service, protocol, operation, input, body: Vec::new() })
        }
        "s3" => {
            let (operation, input) = objects::read(parts);
            let body = objects::unchunked(parts, body);
            Ok(Request { service, protocol: Protocol::RestXml, operation, input: Ok(input), body })
        }
        "sts" => {
            let input = sts::form(body);
            let operation = input["Action"].as_str().unwrap_or_default().to_owned();
            Ok(Request { service, protocol: Protocol::Query, operation, input: Ok(input), body: Vec::new() })
        }
        other => {
            let action = sts::form(body)["Action"].as_str().map(str::to_owned);
            let what = if operation.is_empty() {
                action.unwrap_or_else(|| format!("{} {}", parts.method, parts.uri.path()))
            } else {
                operation
            };
            let error = AwsError::not_implemented(&format!("{other}:{what}"));
            Err((what, error))
        }
    }
}

/// The protocol of a request that could not be read, so that its client can read the error.
fn guess(parts: &Parts) -> Protocol {
    if parts.headers.contains_key("x-amz-target") {
        return Protocol::Json11;
    }
    let content =
        parts.headers.get(http::header::CONTENT_TYPE).and_then(|content| content.to_str().ok()).unwrap_or_default();
    if content.contains("x-www-form-urlencoded") { Protocol::Query } else { Protocol::RestJson }
}

/// The body of a success.
enum Body {
    Json(Value),
    Xml(String),
    Bytes(Vec<u8>),
}

fn perform(state: &mut State, caller: &Caller, request: &Request, visibility: TimeDelta) -> Result<Body, AwsError> {
    let asked = request.input.as_ref().unwrap_or(&Value::Null);
    authorize::check(state, caller, &request.service, &request.operation, asked)?;
    let Some(model) = model(&request.service) else {
        let input = request
            .input
            .as_ref()
            .map_err(|violation| AwsError::new("SerializationException", 400, &violation.message))?;
        return match (request.service.as_str(), request.operation.as_str()) {
            ("sqs", operation) => queues::answer(state, caller, operation, input).map(Body::Json),
            ("ssm", operation) => parameters::answer(state, operation, input).map(Body::Json),
            ("s3", operation) => objects::answer(state, caller, operation, input, &request.body).map(Body::Bytes),
            (_, operation) => sts::answer(state, caller, operation, input).map(Body::Xml),
        };
    };
    let Some(operation) = model.operations.get(&request.operation) else {
        let name = format!("{}:{}", request.service, request.operation);
        return Err(if model.knows_but_does_not_emulate(&request.operation) {
            AwsError::not_implemented(&name)
        } else {
            AwsError::new("UnknownOperationException", 400, format!("There is no operation {name}"))
        });
    };
    let input = request.input.clone();
    let input = input.and_then(|input| model.check_input(operation, &input).map(|()| input));
    let input = input.map_err(|violation| invalid(&request.service, &violation))?;
    let answer = match request.service.as_str() {
        "account" => regions::answer(state, caller, &request.operation, &input),
        "cloudtrail" => cloudtrail::answer(state, caller, &request.operation, &input),
        "detective" => detective::answer(state, caller, &request.operation, &input, visibility),
        "events" => eventbridge::answer(state, caller, &request.operation, &input),
        _ => organizations::answer(state, caller, &request.operation, &input),
    };
    if let (Ok(answer), true) = (&answer, cfg!(debug_assertions)) {
        let checked = model.check_output(operation, answer);
        assert!(checked.is_ok(), "the emulator's answer to {} is not what the model says: {checked:?}", operation.name);
    }
    if let (Err(error), true) = (&answer, cfg!(debug_assertions)) {
        let modelled = error.status == 501 || model.errors(operation).any(|code| code == error.code);
        assert!(modelled, "{} cannot answer {} by the model", operation.name, error.code);
    }
    answer.map(Body::Json)
}

fn invalid(service: &str, violation: &Violation) -> AwsError {
    if matches!(service, "account" | "cloudtrail" | "events") {
        return AwsError::new("ValidationException", 400, &violation.message);
    }
    if service == "organizations" {
        return AwsError::new("InvalidInputException", 400, &violation.message).with("Reason", "INVALID_PATTERN");
    }
    let code = if violation.shape == "GraphArn" { "INVALID_GRAPH_ARN" } else { "INVALID_REQUEST_BODY" };
    AwsError::new("ValidationException", 400, &violation.message)
        .with("ErrorCode", code)
        .with("ErrorCodeReason", violation.message.as_str())
}

fn success_response(request: &Request, body: Body, id: &str) -> Response<Vec<u8>> {
    let status = model(&request.service)
        .and_then(|model| Some(model.success_status(model.operations.get(&request.operation)?)))
        .unwrap_or(200);
    let body = match body {
        Body::Xml(text) => text.replace("REQUEST-ID", id).into_bytes(),
        Body::Bytes(bytes) => bytes,
        Body::Json(_) if status == 204 => Vec::new(),
        Body::Json(value) => serde_json::to_vec(&value).expect("a JSON value can be written"),
    };
    respond(request.protocol, status, body, id)
}

/// The member that an error's message is in: by the models; where they leave it out, as services of that protocol do.
fn message_member(service: &str) -> &'static str {
    if matches!(service, "account" | "cloudtrail" | "events") { "message" } else { "Message" }
}

fn error_response(protocol: Protocol, message: &str, error: &AwsError, id: &str) -> Response<Vec<u8>> {
    let status = error.status;
    if protocol == Protocol::Query {
        let text = format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{}</Code>\
             <Message>{}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>",
            query_code(&error.code),
            error.message.replace('&', "&amp;").replace('<', "&lt;"),
        );
        return respond(protocol, status, text.into_bytes(), id);
    }
    if protocol == Protocol::RestXml {
        let (code, message) = (&error.code, &error.message);
        let text = format!("<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{id}</RequestId></Error>");
        return respond(protocol, status, text.into_bytes(), id);
    }
    let mut body = error.members.clone();
    body.insert(message.to_owned(), Value::String(error.message.clone()));
    if matches!(protocol, Protocol::Json10 | Protocol::Json11) {
        body.insert("__type".to_owned(), Value::String(error.code.clone()));
    }
    let body = serde_json::to_vec(&body).expect("a JSON value can be written");
    let mut response = respond(protocol, status, body, id);
    if let Ok(code) = HeaderValue::from_str(&error.code) {
        response.headers_mut().insert("x-amzn-errortype", code);
    }
    response
}

/// The name that an error has in the query protocol: services with other protocols name those of signatures in their
/// own way.
fn query_code(code: &str) -> &str {
    match code {
        "ExpiredTokenException" => "ExpiredToken",
        "IncompleteSignatureException" => "IncompleteSignature",
        "InvalidSignatureException" => "SignatureDoesNotMatch",
        "MissingAuthenticationTokenException" => "MissingAuthenticationToken",
        "UnrecognizedClientException" => "InvalidClientTokenId",
        other => other,
    }
}

fn respond(protocol: Protocol, status: u16, body: Vec<u8>, id: &str) -> Response<Vec<u8>> {
    let content = match protocol {
        Protocol::RestJson => "application/json",
        Protocol::Json10 => "application/x-amz-json-1.0",
        Protocol::Json11 => "application/x-amz-json-1.1",
        Protocol::Query | Protocol::RestXml => "text/xml",
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(content));
    headers.insert("x-amzn-requestid", HeaderValue::from_str(id).expect("a UUID is a header value"));
    response
}
