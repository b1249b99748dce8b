//! Calls to the emulated Organizations, over HTTP as any client makes them.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::failure::Failure;

/// Calls an operation of Organizations as an account. One without output answers null. The emulator takes any signature of a key that is an account id.
pub(super) async fn call(url: &str, account: &str, operation: &str, input: &Value) -> Result<Value, Failure> {
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let credential = format!("{account}/20260105/us-east-1/organizations/aws4_request");
    let request = http::Request::post(url)
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", format!("AWSOrganizationsV20161128.{operation}"))
        .header("authorization", format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=any"))
        .body(Full::from(serde_json::to_vec(input)?))?;
    let response = client.request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    if !status.is_success() {
        return Err(format!("{operation}: {status}: {}", String::from_utf8_lossy(&body)).into());
    }
    match body.is_empty() {
        true => Ok(Value::Null),
        false => Ok(serde_json::from_slice(&body)?),
    }
}
