//! ListObjectsV2: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>.

use std::ops::Bound;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::protocol::error::AwsError;
use crate::protocol::input::text;
use crate::protocol::percent::percent_encoded;
use crate::protocol::time::iso;
use crate::resources::bucket::{Bucket, Object};

/// The most entries of a page.
const PAGE: i64 = 1000;

/// An entry of a list: an object, or the beginning that several keys share.
enum Entry<'a> {
    Object(&'a str, &'a Object),
    Prefix(&'a str),
}

impl Entry<'_> {
    fn key(&self) -> &str {
        match self {
            Self::Object(key, _) | Self::Prefix(key) => key,
        }
    }
}

pub(super) fn list(bucket: &Bucket, input: &Value) -> Result<Value, AwsError> {
    let (prefix, delimiter) = (text(input, "Prefix"), text(input, "Delimiter"));
    let wanted = input["MaxKeys"].as_i64().unwrap_or(PAGE);
    if wanted < 0 {
        let message = "Argument maxKeys must be an integer between 0 and 2147483647";
        return Err(AwsError::new("InvalidArgument", 400, message));
    }
    let most = usize::try_from(wanted.min(PAGE)).unwrap_or(0);
    // A page begins after the last entry of the page before it, which may have been a prefix.
    let token = input["ContinuationToken"].as_str().map(read_token).transpose()?;
    let after = token.clone().or_else(|| input["StartAfter"].as_str().map(str::to_owned));
    let start = after.map_or(Bound::Unbounded, Bound::Excluded);
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut is_truncated = false;
    for (key, object) in bucket.objects.range((start, Bound::Unbounded)).filter(|(key, _)| key.starts_with(&prefix)) {
        let folder = Some(&delimiter).filter(|delimiter| !delimiter.is_empty()).and_then(|delimiter| {
            let end = key[prefix.len()..].find(delimiter.as_str())? + prefix.len() + delimiter.len();
            Some(&key[..end])
        });
        let seen = folder.is_some_and(|folder| {
            entries.last().is_some_and(|last| last.key() == folder) || token.as_deref() == Some(folder)
        });
        if seen {
            continue;
        }
        if entries.len() == most {
            is_truncated = most > 0;
            break;
        }
        entries.push(folder.map_or(Entry::Object(key, object), Entry::Prefix));
    }
    Ok(page(input, &entries, is_truncated, wanted))
}

fn page(input: &Value, entries: &[Entry<'_>], is_truncated: bool, wanted: i64) -> Value {
    let is_encoded = input["EncodingType"] == "url";
    let written = |key: &str| if is_encoded { percent_encoded(key) } else { key.to_owned() };
    let (mut contents, mut prefixes) = (Vec::new(), Vec::new());
    for entry in entries {
        match entry {
            Entry::Object(key, object) => contents.push(json!({
                "Key": written(key), "LastModified": iso(object.modified), "ETag": object.tag(),
                "Size": object.body.len(), "StorageClass": "STANDARD",
            })),
            Entry::Prefix(prefix) => prefixes.push(json!({"Prefix": written(prefix)})),
        }
    }
    let mut answer = json!({
        "Name": input["Bucket"], "Prefix": written(&text(input, "Prefix")), "KeyCount": entries.len(),
        "MaxKeys": wanted.min(PAGE), "IsTruncated": is_truncated, "Contents": contents, "CommonPrefixes": prefixes,
    });
    for name in ["Delimiter", "StartAfter"] {
        if let Some(text) = input[name].as_str() {
            answer[name] = written(text).into();
        }
    }
    for name in ["EncodingType", "ContinuationToken"] {
        if !input[name].is_null() {
            answer[name] = input[name].clone();
        }
    }
    if let Some(last) = entries.last().filter(|_| is_truncated) {
        answer["NextContinuationToken"] = URL_SAFE_NO_PAD.encode(last.key()).into();
    }
    answer
}

fn read_token(token: &str) -> Result<String, AwsError> {
    let read = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    read.ok_or_else(|| AwsError::new("InvalidArgument", 400, "The continuation token provided is incorrect"))
}
