//! Amazon S3: whole objects in buckets that stacks make.

use std::collections::BTreeMap;

use http::request::Parts;
use serde_json::{Value, json};

use crate::iam::authorize;
use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::world::state::State;

/// Objects by key, by bucket.
#[derive(Debug, Default)]
pub(crate) struct Objects(BTreeMap<String, Bucket>);

#[derive(Debug)]
struct Bucket {
    account: String,
    objects: BTreeMap<String, Vec<u8>>,
}

impl Objects {
    /// Makes a bucket, if there is none of that name.
    pub(crate) fn put_bucket(&mut self, account: &str, name: &str) {
        let account = account.to_owned();
        self.0.entry(name.to_owned()).or_insert_with(|| Bucket { account, objects: BTreeMap::new() });
    }

    /// The objects of a bucket.
    pub(crate) fn of(&self, bucket: &str) -> BTreeMap<String, Vec<u8>> {
        self.0.get(bucket).map(|bucket| bucket.objects.clone()).unwrap_or_default()
    }
}

/// Reads which operation is asked for: the bucket is in the path, as clients do that are given an endpoint.
pub(crate) fn read(parts: &Parts) -> (String, Value) {
    let (path, query) = (parts.uri.path().trim_start_matches('/'), parts.uri.query().unwrap_or_default());
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let operation = match (parts.method.as_str(), key.is_empty()) {
        ("PUT", false) if query.is_empty() || query == "x-id=PutObject" => "PutObject",
        ("GET", false) if query.is_empty() || query == "x-id=GetObject" => "GetObject",
        ("GET", true) if query.contains("list-type=2") => "ListObjectsV2",
        _ => return (format!("{} {}", parts.method, parts.uri), Value::Null),
    };
    (operation.to_owned(), json!({"Bucket": bucket, "Key": crate::protocol::model::percent_decoded(key)}))
}

/// Answers a call with the bytes of the answer's body.
pub(crate) fn answer(
    state: &mut State,
    caller: &Caller,
    operation: &str,
    input: &Value,
    body: &[u8],
) -> Result<Vec<u8>, AwsError> {
    let (bucket, key) = (input["Bucket"].as_str().unwrap_or_default(), input["Key"].as_str().unwrap_or_default());
    if !["PutObject", "GetObject", "ListObjectsV2"].contains(&operation) {
        return Err(AwsError::not_implemented(&format!("s3:{operation}")));
    }
    let missing = || AwsError::new("NoSuchBucket", 404, "The specified bucket does not exist");
    // Who may not list a bucket is not told that an object is missing.
    let lists = operation == "GetObject"
        && state.objects.0.get(bucket).is_some_and(|bucket| !bucket.objects.contains_key(key))
        && authorize::may(state, caller, "s3:ListBucket", &format!("arn:aws:s3:::{bucket}"));
    let bucket = state.objects.0.get_mut(bucket).ok_or_else(missing)?;
    if bucket.account != caller.account {
        return Err(AwsError::new("AccessDenied", 403, "Access Denied"));
    }
    match operation {
        "PutObject" => {
            bucket.objects.insert(key.to_owned(), body.to_vec());
            Ok(Vec::new())
        }
        "GetObject" => {
            let missing = || match lists {
                true => AwsError::new("NoSuchKey", 404, "The specified key does not exist."),
                false => AwsError::new("AccessDenied", 403, "Access Denied"),
            };
            bucket.objects.get(key).cloned().ok_or_else(missing)
        }
        _ => {
            let entry = |(key, body): (&String, &Vec<u8>)| {
                format!("<Contents><Key>{key}</Key><Size>{}</Size></Contents>", body.len())
            };
            let entries: String = bucket.objects.iter().map(entry).collect();
            Ok(format!("<ListBucketResult><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>").into_bytes())
        }
    }
}

/// The object in a body of `aws-chunked` encoding: chunks that each say their size, and trailers after them.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>
pub(crate) fn unchunked(parts: &Parts, body: &[u8]) -> Vec<u8> {
    let streaming = parts.headers.get("x-amz-content-sha256").and_then(|hash| hash.to_str().ok());
    if !streaming.is_some_and(|hash| hash.starts_with("STREAMING-")) {
        return body.to_vec();
    }
    let (mut object, mut rest) = (Vec::new(), body);
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        let size = String::from_utf8_lossy(&rest[..end]);
        let size = size.split(';').next().and_then(|size| usize::from_str_radix(size, 16).ok()).unwrap_or(0);
        let Some(chunk) = rest.get(end + 2..end + 2 + size).filter(|chunk| !chunk.is_empty()) else { break };
        object.extend_from_slice(chunk);
        rest = rest.get(end + 2 + size + 2..).unwrap_or_default();
    }
    object
}
