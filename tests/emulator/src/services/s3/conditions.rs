//! What a request asks of a bucket or an object before anything is done.

use serde_json::Value;

use crate::protocol::error::AwsError;
use crate::resources::bucket::{Bucket, Object};

/// The bucket must belong to the account that the request expects.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>
pub(super) fn check_owner(bucket: &Bucket, input: &Value) -> Result<(), AwsError> {
    match input["ExpectedBucketOwner"].as_str() {
        Some(expected) if expected != bucket.account => Err(AwsError::new("AccessDenied", 403, "Access Denied")),
        _ => Ok(()),
    }
}

fn failed() -> AwsError {
    let message = "At least one of the pre-conditions you specified did not hold";
    AwsError::new("PreconditionFailed", 412, message)
}

/// The object that is there must be the one that a write expects: the one with a tag, or none.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
pub(super) fn check_existing(existing: Option<&Object>, input: &Value) -> Result<(), AwsError> {
    match (input["IfMatch"].as_str(), input["IfNoneMatch"].as_str(), existing) {
        (Some(_), _, None) => Err(AwsError::new("NoSuchKey", 404, "The specified key does not exist.")),
        (Some(tag), _, Some(object)) if unquoted(tag) != unquoted(&object.tag()) => Err(failed()),
        (None, Some("*"), Some(_)) => Err(failed()),
        (None, Some(other), _) if other != "*" => {
            Err(AwsError::new("NotImplemented", 501, "If-None-Match is for * alone when an object is put"))
        }
        _ => Ok(()),
    }
}

/// The object must be one that a read asks for, by its tag or else by when it was changed.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-reads.html>
pub(super) fn check_read(object: &Object, input: &Value) -> Result<(), AwsError> {
    let is = |tag: &str| tag == "*" || unquoted(tag) == unquoted(&object.tag());
    // The times of HTTP have whole seconds.
    let changed = |seconds: i64| object.modified.timestamp() > seconds;
    match (input["IfMatch"].as_str(), input["IfUnmodifiedSince"].as_i64()) {
        (Some(tag), _) if !is(tag) => return Err(failed()),
        (None, Some(since)) if changed(since) => return Err(failed()),
        _ => {}
    }
    let same = match (input["IfNoneMatch"].as_str(), input["IfModifiedSince"].as_i64()) {
        (Some(tag), _) => is(tag),
        (None, Some(since)) => !changed(since),
        (None, None) => false,
    };
    if same { Err(AwsError::new("NotModified", 304, "Not Modified")) } else { Ok(()) }
}

fn unquoted(tag: &str) -> &str {
    tag.trim_matches('"')
}

/// The first and the last byte that a request asks for; `None` for the whole object, as for a range that is none.
///
/// <https://www.rfc-editor.org/rfc/rfc9110#name-byte-ranges>
pub(super) fn range(body: &[u8], input: &Value) -> Result<Option<(usize, usize)>, AwsError> {
    let range = input["Range"].as_str().and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    let Some((first, last)) = range else { return Ok(None) };
    let unsatisfiable = || AwsError::new("InvalidRange", 416, "The requested range is not satisfiable");
    let end = body.len().checked_sub(1);
    let (first, last) = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => (first, last),
        (Ok(first), Err(_)) if last.is_empty() => (first, usize::MAX),
        // The last bytes, as many as that.
        (Err(_), Ok(count)) if first.is_empty() && count > 0 => (body.len().saturating_sub(count), usize::MAX),
        (Err(_), Ok(_)) if first.is_empty() => return Err(unsatisfiable()),
        _ => return Ok(None),
    };
    let end = end.filter(|end| first <= *end).ok_or_else(unsatisfiable)?;
    Ok(Some((first, last.min(end))))
}
