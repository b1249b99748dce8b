//! Responses, as the protocol of their service has them.

use http::{HeaderValue, Response, StatusCode};
use serde_json::Value;
use tokio::sync::oneshot;

use crate::protocol::error::AwsError;
use crate::protocol::wire_protocol::WireProtocol;
use crate::protocol::xml::{REQUEST_ID, escaped};
use crate::world::invocations::InvocationAnswer;

/// The body of a success.
pub(crate) enum Body {
    Json(Value),
    /// Nothing: the operation answers with its status alone.
    Empty,
    Xml(String),
    Object(ObjectBody),
    /// What comes once a function has run.
    Later(Later),
}

/// A body of bytes as they are, such as an object of S3.
#[derive(Default)]
pub(crate) struct ObjectBody {
    pub(crate) bytes: Vec<u8>,
    /// Headers beside those that every response has.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The status, where it is not that of the model.
    pub(crate) status: Option<u16>,
}

/// The answer to an invocation, and what the response is that is made of it; without an answer, it never comes.
pub(crate) struct Later {
    pub(crate) answer: oneshot::Receiver<InvocationAnswer>,
    pub(crate) read: Box<dyn FnOnce(Option<InvocationAnswer>) -> Result<ObjectBody, AwsError> + Send>,
}

/// The response of a success.
pub(crate) fn success(protocol: WireProtocol, status: u16, body: Body, id: &str) -> Response<Vec<u8>> {
    let body = match body {
        Body::Xml(text) => text.replace(REQUEST_ID, id).into_bytes(),
        Body::Object(object) => return respond_with_object(protocol, status, object, id),
        Body::Empty | Body::Later(_) => Vec::new(),
        // It would be no HTTP.
        Body::Json(_) if status == 204 => Vec::new(),
        Body::Json(value) => json_bytes(&value),
    };
    respond(protocol, status, body, id)
}

/// The status of a response.
pub(crate) fn status(protocol: WireProtocol, result: &Result<(u16, Body), AwsError>) -> u16 {
    match result {
        Ok((status, Body::Object(object))) => object.status.unwrap_or(*status),
        Ok((status, _)) => *status,
        Err(error) if protocol == WireProtocol::RestXml => s3_code(error).1,
        Err(error) => error.status,
    }
}

/// The response of an error. Its message is in `message_member`, where the protocol has JSON bodies.
pub(crate) fn failure(protocol: WireProtocol, message_member: &str, error: &AwsError, id: &str) -> Response<Vec<u8>> {
    let status = error.status;
    match protocol {
        WireProtocol::Query => {
            let (code, message) = (query_code(&error.code), escaped(&error.message));
            let text = format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                 <RequestId>{id}</RequestId></ErrorResponse>"
            );
            respond(protocol, status, text.into_bytes(), id)
        }
        WireProtocol::RestXml => {
            let ((code, status), message) = (s3_code(error), escaped(&error.message));
            if status == 304 {
                return respond(protocol, status, Vec::new(), id);
            }
            let region = error.members.get("Region").and_then(Value::as_str);
            let element = region.map(|region| format!("<Region>{region}</Region>")).unwrap_or_default();
            let text = format!(
                "<Error><Code>{code}</Code><Message>{message}</Message>{element}<RequestId>{id}</RequestId></Error>"
            );
            let mut response = respond(protocol, status, text.into_bytes(), id);
            if let Some(region) = region.and_then(|region| HeaderValue::from_str(region).ok()) {
                response.headers_mut().insert("x-amz-bucket-region", region);
            }
            response
        }
        WireProtocol::RpcV2Cbor => {
            let mut body = vec![0xa2];
            ["__type", &error.code, "message", &error.message].iter().for_each(|text| cbor_text(&mut body, text));
            let mut response = respond(protocol, status, body, id);
            response.headers_mut().insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
            response
        }
        WireProtocol::RestJson | WireProtocol::Json10 | WireProtocol::Json11 => {
            let mut body = error.members.clone();
            body.insert(message_member.to_owned(), Value::String(error.message.clone()));
            if protocol != WireProtocol::RestJson {
                body.insert("__type".to_owned(), Value::String(error.code.clone()));
            }
            let mut response = respond(protocol, status, json_bytes(&Value::Object(body)), id);
            if let Ok(code) = HeaderValue::from_str(&error.code) {
                response.headers_mut().insert("x-amzn-errortype", code);
            }
            response
        }
    }
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

/// The name and the status that an error has at S3, as [`query_code`] has those of the query protocol.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
fn s3_code(error: &AwsError) -> (&str, u16) {
    match error.code.as_str() {
        "ExpiredTokenException" => ("ExpiredToken", 400),
        "IncompleteSignatureException" => ("AuthorizationHeaderMalformed", 400),
        "InvalidSignatureException" => ("SignatureDoesNotMatch", 403),
        "MissingAuthenticationTokenException" | "AccessDeniedException" => ("AccessDenied", 403),
        "UnrecognizedClientException" => ("InvalidAccessKeyId", 403),
        other => (other, error.status),
    }
}

/// Writes a text as CBOR: <https://www.rfc-editor.org/rfc/rfc8949.html#name-major-types>.
fn cbor_text(body: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    body.push(0x79);
    body.extend_from_slice(&length.to_be_bytes());
    body.extend_from_slice(&text.as_bytes()[..length.into()]);
}

fn json_bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).expect("a JSON value can be written")
}

fn respond_with_object(protocol: WireProtocol, status: u16, object: ObjectBody, id: &str) -> Response<Vec<u8>> {
    let mut response = respond(protocol, object.status.unwrap_or(status), object.bytes, id);
    for (name, value) in object.headers {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_str(&value).expect("a tag, a time or an id is a header value"));
    }
    response
}

fn respond(protocol: WireProtocol, status: u16, body: Vec<u8>, id: &str) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(protocol.content_type()));
    let id = HeaderValue::from_str(id).expect("a UUID is a header value");
    if protocol == WireProtocol::RestXml {
        headers.insert("x-amz-request-id", id.clone());
    }
    headers.insert("x-amzn-requestid", id);
    response
}
