//! Requests, read as the protocol of their service has them.

use std::collections::BTreeMap;

use http::request::Parts;
use serde_json::{Value, json};

use crate::protocol::chunks::unchunked;
use crate::protocol::error::AwsError;
use crate::protocol::model::definition::Model;
use crate::protocol::model::reading::not_an_object;
use crate::protocol::model::routing::{Route, Target};
use crate::protocol::model::violation::Violation;
use crate::protocol::percent::query_pairs;
use crate::protocol::wire_protocol::WireProtocol;

/// A request, before its caller is authenticated.
#[derive(Debug)]
pub(crate) struct Request {
    /// The operation, as AWS names it.
    pub(crate) operation: String,
    pub(crate) input: Result<Value, Violation>,
    /// The body, for operations whose input is not all in `input`.
    pub(crate) payload: Vec<u8>,
    /// X-Ray's trace header, which SQS keeps with the messages that are sent.
    pub(crate) trace: Option<String>,
}

/// The error for a request for no known operation.
pub(crate) struct UnknownOperation {
    /// What the journal names the operation: its method and path, if there is no better name.
    pub(crate) name: String,
    pub(crate) error: AwsError,
}

impl Request {
    /// Reads a request of a service that speaks a protocol and has a model.
    pub(crate) fn read(
        service: &str,
        protocol: WireProtocol,
        model: &Model,
        parts: &Parts,
        body: &[u8],
    ) -> Result<Self, UnknownOperation> {
        let (operation, input, payload) = match protocol {
            WireProtocol::Json10 | WireProtocol::Json11 => match (target(parts), form(parts, body).remove("Action")) {
                (None, Some(action)) => return Err(other_protocol(service, action)),
                (named, _) => (named.unwrap_or_default().to_owned(), json_object(body), Vec::new()),
            },
            WireProtocol::Query => {
                let form = form(parts, body);
                let action = form.get("Action").map_or("", String::as_str);
                let input = model.operations.get(action).map(|operation| model.query_input(operation, &form));
                (action.to_owned(), Ok(input.unwrap_or_else(|| json!({}))), Vec::new())
            }
            WireProtocol::RestJson | WireProtocol::RestXml | WireProtocol::RpcV2Cbor => {
                rest(service, protocol, model, parts, body)?
            }
        };
        Ok(Self { operation, input, payload, trace: trace(parts) })
    }

    /// Reads the operation of a request for a service that is not emulated, whatever its protocol.
    pub(crate) fn not_emulated(service: &str, parts: &Parts, body: &[u8]) -> UnknownOperation {
        let action = || form(parts, body).remove("Action");
        let in_path = || parts.uri.path().split_once("/operation/").map(|(_, name)| name.to_owned());
        let named = target(parts).filter(|operation| !operation.is_empty()).map(str::to_owned);
        let name = named.or_else(action).or_else(in_path);
        let name = name.unwrap_or_else(|| format!("{} {}", parts.method, parts.uri.path()));
        let error = AwsError::not_implemented(&format!("{service}:{name}"));
        UnknownOperation { name, error }
    }
}

type Read = (String, Result<Value, Violation>, Vec<u8>);

fn rest(
    service: &str,
    protocol: WireProtocol,
    model: &Model,
    parts: &Parts,
    body: &[u8],
) -> Result<Read, UnknownOperation> {
    let (method, path, query) = (parts.method.as_str(), parts.uri.path(), parts.uri.query().unwrap_or_default());
    match model.route(Target { method, path, query, headers: &parts.headers }) {
        Some(Route::Operation(operation, parameters)) => {
            let (payload, headers) = unchunked(parts, body);
            let input = model.rest_input(operation, parameters, query, &headers, &payload);
            Ok((operation.name.clone(), input, payload))
        }
        Some(Route::NotEmulated(name)) => Ok((name.to_owned(), Ok(json!({})), Vec::new())),
        None => {
            let name = format!("{method} {path}");
            let message = format!("{service} has no operation at {name}");
            let error = match protocol {
                WireProtocol::RestXml => AwsError::new("MethodNotAllowed", 405, message),
                _ => AwsError::new("UnknownOperationException", 404, message),
            };
            Err(UnknownOperation { name, error })
        }
    }
}

/// The error for a request of a protocol that the service has, and the emulator has not.
fn other_protocol(service: &str, action: String) -> UnknownOperation {
    let error = AwsError::not_implemented(&format!("{service}:{action} by the query protocol"));
    UnknownOperation { name: action, error }
}

fn json_object(body: &[u8]) -> Result<Value, Violation> {
    let input = if body.is_empty() { json!({}) } else { serde_json::from_slice(body).unwrap_or(Value::Null) };
    if input.is_object() { Ok(input) } else { Err(not_an_object()) }
}

/// X-Ray's trace header: <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>.
fn trace(parts: &Parts) -> Option<String> {
    Some(parts.headers.get("x-amzn-trace-id")?.to_str().ok()?.to_owned())
}

/// The operation in the header that the JSON protocols name it in.
fn target(parts: &Parts) -> Option<&str> {
    parts.headers.get("x-amz-target")?.to_str().ok()?.rsplit('.').next()
}

/// The members of a form: in the query string, and in the body of a request whose content is one.
pub(crate) fn form(parts: &Parts, body: &[u8]) -> BTreeMap<String, String> {
    let text = match WireProtocol::guess(parts) {
        WireProtocol::Query => String::from_utf8_lossy(body),
        _ => "".into(),
    };
    query_pairs(parts.uri.query().unwrap_or_default()).chain(query_pairs(&text)).collect()
}
