//! Requests of S3.

use http::request::Parts;
use serde_json::{Value, json};

use crate::protocol::percent::percent_decoded;

/// The operation of a request, and its input. The bucket is in the path, as in requests of clients with an endpoint of
/// their own.
pub(super) fn operation(parts: &Parts) -> (String, Value) {
    let (path, query) = (parts.uri.path().trim_start_matches('/'), parts.uri.query().unwrap_or_default());
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let operation = match (parts.method.as_str(), key.is_empty()) {
        ("PUT", false) if query.is_empty() || query == "x-id=PutObject" => "PutObject",
        ("GET", false) if query.is_empty() || query == "x-id=GetObject" => "GetObject",
        ("GET", true) if query.contains("list-type=2") => "ListObjectsV2",
        _ => return (format!("{} {}", parts.method, parts.uri), Value::Null),
    };
    let mut input = json!({"Bucket": bucket, "Key": percent_decoded(key)});
    for (name, header) in [
        ("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
        ("IfMatch", "if-match"),
        ("IfNoneMatch", "if-none-match"),
        ("Range", "range"),
    ] {
        if let Some(value) = parts.headers.get(header).and_then(|value| value.to_str().ok()) {
            input[name] = value.into();
        }
    }
    (operation.to_owned(), input)
}

/// The object in a body of `aws-chunked` encoding: chunks that each begin with their size, and trailers after them.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>
pub(super) fn unchunked(parts: &Parts, body: &[u8]) -> Vec<u8> {
    let streaming = parts.headers.get("x-amz-content-sha256").and_then(|hash| hash.to_str().ok());
    if !streaming.is_some_and(|hash| hash.starts_with("STREAMING-")) {
        return body.to_vec();
    }
    let (mut object, mut remaining) = (Vec::new(), body);
    while let Some(end) = remaining.windows(2).position(|pair| pair == b"\r\n") {
        let size = String::from_utf8_lossy(&remaining[..end]);
        let size = size.split(';').next().and_then(|size| usize::from_str_radix(size, 16).ok()).unwrap_or(0);
        let Some(chunk) = remaining.get(end + 2..end + 2 + size).filter(|chunk| !chunk.is_empty()) else { break };
        object.extend_from_slice(chunk);
        remaining = remaining.get(end + 2 + size + 2..).unwrap_or_default();
    }
    object
}
