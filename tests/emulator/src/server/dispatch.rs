//! From a request to an answer: which service it is for, who calls it, which fault applies, what the result is.

use http::request::Parts;
use serde_json::{Value, json};

use crate::cloud::handle::Cloud;
use crate::protocol::auth::{self, Caller, Scope};
use crate::protocol::error::AwsError;
use crate::protocol::request::{Request, UnknownOperation, form};
use crate::protocol::response::{self, Body};
use crate::protocol::service::Service;
use crate::protocol::wire_protocol::WireProtocol;
use crate::server::answer::{Answer, Delivery, Unwritten};
use crate::server::date::date;
use crate::server::perform::perform;
use crate::services::registry;
use crate::world::fault::{Effect, ErrorEffect};
use crate::world::faults::FaultTarget;
use crate::world::journal::Call;
use crate::world::state::State;

/// Answers a request, as of the virtual time. JSON is read before the state is locked, and written afterwards.
pub(crate) fn answer(cloud: &Cloud, parts: &Parts, body: &[u8]) -> Answer {
    let read = Scope::of(parts).map(|scope| (read(&scope, parts, body), scope));
    let (now, unwritten) = {
        let mut state = cloud.lock();
        (state.now(), answer_now(&mut state, parts, body, read))
    };
    let mut answer = unwritten.write();
    date(answer.response.headers_mut(), now);
    answer
}

/// A request with the service that it is for, or why there is no such operation.
type Read = Result<(&'static dyn Service, Request), UnknownOperation>;

fn read(scope: &Scope, parts: &Parts, body: &[u8]) -> Read {
    let Some(service) = registry::find(&scope.service) else {
        return Err(Request::not_emulated(&scope.service, parts, body));
    };
    let request = Request::read(service.name(), service.protocol(), service.model(), parts, body)?;
    Ok((service, request))
}

fn answer_now(state: &mut State, parts: &Parts, body: &[u8], read: Result<(Read, Scope), AwsError>) -> Unwritten {
    let id = state.fresh_uuid();
    let guess = WireProtocol::guess(parts);
    let (read, scope) = match read {
        Ok(read) => read,
        Err(error) => {
            let (service, operation, error) =
                not_signed_in_a_header(parts, body).unwrap_or_else(|| (String::new(), String::new(), error));
            if !service.is_empty() {
                record_refusal(state, None, (&service, ""), operation, &error);
            }
            return Unwritten::refusal(guess, "Message", error, id);
        }
    };
    let (service, request) = match read {
        Ok(read) => read,
        Err(UnknownOperation { name, error }) => {
            let service = registry::find(&scope.service);
            let message_member = service.map_or("Message", |service| service.message_member());
            let caller = scope.caller(state, parts, body).ok();
            record_refusal(state, caller, (&scope.service, &scope.region), name, &error);
            let protocol = service.map(Service::protocol).filter(|_| guess != WireProtocol::Query);
            return Unwritten::refusal(protocol.unwrap_or(guess), message_member, error, id);
        }
    };
    let caller = scope.caller(state, parts, body).and_then(|caller| auth::admitted(state, caller));
    match caller {
        Ok(caller) => answer_caller(state, service, caller, request, id),
        Err(error) => {
            let name = format!("{}:{}", service.name(), request.operation);
            let is_emulated = !service.model().knows_but_does_not_emulate(&request.operation);
            let error = if is_emulated { error } else { AwsError::not_implemented(&name) };
            record_refusal(state, None, (&scope.service, &scope.region), request.operation, &error);
            Unwritten::refusal(service.protocol(), service.message_member(), error, id)
        }
    }
}

/// The error for a request without a signature in a header, if it is one that AWS answers: an operation that anybody may call, or
/// a request that is signed in its query string.
///
/// Gives the service and the operation, too.
fn not_signed_in_a_header(parts: &Parts, body: &[u8]) -> Option<(String, String, AwsError)> {
    let form = form(parts, body);
    if let Some(credential) = form.get("X-Amz-Credential") {
        let service = credential.rsplit('/').nth(1).unwrap_or_default();
        let operation = form.get("Action").cloned().unwrap_or_else(|| format!("{} {}", parts.method, parts.uri.path()));
        let what = format!("{service}:{operation} with a signature in the query string");
        return Some((service.to_owned(), operation, AwsError::not_implemented(&what)));
    }
    let action = form.get("Action")?;
    let service = registry::of_unsigned(action)?.name();
    Some((service.to_owned(), action.clone(), AwsError::not_implemented(&format!("{service}:{action}"))))
}

/// Answers a request whose caller is authenticated. The fault rules may change the answer.
fn answer_caller(state: &mut State, service: &dyn Service, caller: Caller, request: Request, id: String) -> Unwritten {
    let now = state.now();
    let target = FaultTarget {
        service: service.name(),
        operation: &request.operation,
        account: &caller.account,
        region: &caller.region,
        input: request.input.as_ref().ok(),
        now,
    };
    let seed = state.seed;
    let (effect, delay_ms) = state.faults.on(seed, &target);
    let result = result(state, service, &caller, &request, effect.as_ref());
    let error_code = result.as_ref().err().map(|error| error.code.clone());
    let result = result.map(|body| on_the_wire(service, &request, body));
    let delivery = match effect {
        Some(Effect::Reset(_)) => Delivery::Reset,
        Some(Effect::Truncate(_)) => Delivery::Truncated,
        _ => Delivery::Whole,
    };
    let (protocol, message_member) = (service.protocol(), service.message_member());
    state.journal.push(Call {
        sequence: 0,
        time: now,
        account: caller.account,
        principal: caller.arn,
        service: service.name().to_owned(),
        operation: request.operation,
        region: caller.region,
        status: if delivery == Delivery::Reset { 0 } else { response::status(protocol, &result) },
        error_code,
        fault: effect.is_some(),
        request: request.input.unwrap_or(Value::Null),
    });
    let is_malformed = matches!(effect, Some(Effect::Malformed(_)));
    Unwritten { result, protocol, message_member, id, delivery, delay_ms, is_malformed }
}

/// The result of a request, with the effect of a fault.
fn result(
    state: &mut State,
    service: &dyn Service,
    caller: &Caller,
    request: &Request,
    effect: Option<&Effect>,
) -> Result<Body, AwsError> {
    let fault = |fault: &ErrorEffect| {
        let status = fault.status.or_else(|| service.model().error_status(&fault.code)).unwrap_or(400);
        AwsError::new(&fault.code, status, fault.message.as_deref().unwrap_or("a fault of the scenario"))
    };
    let visibility = match effect {
        Some(Effect::VisibleAfter(span)) => span.0,
        _ => state.timing.visibility.0,
    };
    match effect {
        Some(Effect::Error(error)) => Err(fault(error)),
        Some(Effect::Throttle(throttle)) => Err(throttle
            .error
            .as_ref()
            .map_or_else(|| AwsError::new("ThrottlingException", 400, "Rate exceeded"), fault)),
        Some(Effect::Reset(effect) | Effect::Truncate(effect) | Effect::Malformed(effect)) if !effect.after_effect => {
            Ok(Body::Json(json!({})))
        }
        Some(Effect::Answer(answer)) => Ok(Body::Json(answer.clone())),
        Some(Effect::ErrorAfterEffect(error)) => {
            perform(state, service, caller, request, visibility).and_then(|_| Err(fault(error)))
        }
        _ => perform(state, service, caller, request, visibility),
    }
}

/// The status of a success, and its body as the protocol of the service has it.
fn on_the_wire(service: &dyn Service, request: &Request, body: Body) -> (u16, Body) {
    let model = service.model();
    let Some(operation) = model.operations.get(&request.operation) else { return (200, body) };
    let body = match body {
        Body::Json(answer) if service.protocol() == WireProtocol::Query => {
            Body::Xml(model.query_answer(operation, &answer))
        }
        Body::Json(_) if operation.output.is_none() => Body::Empty,
        body => body,
    };
    (model.success_status(operation), body)
}

/// Records a call that was refused before its input was read. Fields that are not known are empty.
fn record_refusal(
    state: &mut State,
    caller: Option<Caller>,
    (service, region): (&str, &str),
    operation: String,
    error: &AwsError,
) {
    let (account, principal) = caller.map(|caller| (caller.account, caller.arn)).unwrap_or_default();
    let time = state.now();
    state.journal.push(Call {
        sequence: 0,
        time,
        account,
        principal,
        service: service.to_owned(),
        operation,
        region: region.to_owned(),
        status: error.status,
        error_code: Some(error.code.clone()),
        fault: false,
        request: Value::Null,
    });
}
