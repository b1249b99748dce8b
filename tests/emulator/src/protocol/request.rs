//! Requests, read as the protocol of their service has them.

use http::request::Parts;
use serde_json::{Value, json};

use crate::protocol::error::AwsError;
use crate::protocol::model::definition::Model;
use crate::protocol::model::violation::Violation;
use crate::protocol::percent::percent_decoded;

/// A request, before its caller is authenticated.
#[derive(Debug)]
pub(crate) struct Request {
    /// The operation, as AWS names it.
    pub(crate) operation: String,
    pub(crate) input: Result<Value, Violation>,
    /// The body, for services whose input is not all in `input`.
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
    fn new(operation: &str, input: Result<Value, Violation>) -> Self {
        Self { operation: operation.to_owned(), input, payload: Vec::new(), trace: None }
    }

    /// Reads a request of the JSON 1.0 and 1.1 protocols.
    pub(crate) fn json(parts: &Parts, body: &[u8]) -> Self {
        let input = if body.is_empty() { json!({}) } else { serde_json::from_slice(body).unwrap_or(Value::Null) };
        let invalid =
            || Violation { message: "The request body is not a JSON object".to_owned(), shape: String::new() };
        let input = if input.is_object() { Ok(input) } else { Err(invalid()) };
        Self { trace: trace(parts), ..Self::new(target(parts).unwrap_or_default(), input) }
    }

    /// Reads a request of the rest-json protocol. `unknown` is the error for a method and path that the model lacks.
    pub(crate) fn rest_json(
        model: &Model,
        parts: &Parts,
        body: &[u8],
        unknown: impl FnOnce(&str) -> AwsError,
    ) -> Result<Self, UnknownOperation> {
        let (method, path) = (parts.method.as_str(), parts.uri.path());
        let Some((operation, parameters)) = model.route(method, path) else {
            let name = format!("{method} {path}");
            let error = unknown(&name);
            return Err(UnknownOperation { name, error });
        };
        let input = model.rest_input(operation, parameters, parts.uri.query().unwrap_or_default(), body);
        Ok(Self::new(&operation.name, input))
    }

    /// Reads a request of the query protocol: a form, whose texts become the input's members.
    pub(crate) fn query(body: &[u8]) -> Self {
        let input = form(body);
        Self::new(input["Action"].as_str().unwrap_or_default(), Ok(input.clone()))
    }

    /// Reads the operation of a request for a service that is not emulated, whatever its protocol.
    pub(crate) fn not_emulated(service: &str, parts: &Parts, body: &[u8]) -> UnknownOperation {
        let action = || form(body)["Action"].as_str().map(str::to_owned);
        let named = target(parts).filter(|operation| !operation.is_empty()).map(str::to_owned).or_else(action);
        let name = named.unwrap_or_else(|| format!("{} {}", parts.method, parts.uri.path()));
        let error = AwsError::not_implemented(&format!("{service}:{name}"));
        UnknownOperation { name, error }
    }
}

/// X-Ray's trace header: <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>.
fn trace(parts: &Parts) -> Option<String> {
    Some(parts.headers.get("x-amzn-trace-id")?.to_str().ok()?.to_owned())
}

/// The operation in the header that the JSON protocols name it in.
fn target(parts: &Parts) -> Option<&str> {
    parts.headers.get("x-amz-target")?.to_str().ok()?.rsplit('.').next()
}

fn form(body: &[u8]) -> Value {
    let text = String::from_utf8_lossy(body);
    let decoded = |text: &str| percent_decoded(&text.replace('+', " "));
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    Value::Object(pairs.map(|(key, value)| (decoded(key), Value::String(decoded(value)))).collect())
}
