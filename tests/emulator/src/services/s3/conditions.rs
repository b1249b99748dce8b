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

/// The object that is there must be the one that the request expects: the one with a tag, or none.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
pub(super) fn check_existing(existing: Option<&Object>, input: &Value) -> Result<(), AwsError> {
    let failed = || {
        let message = "At least one of the pre-conditions you specified did not hold";
        Err(AwsError::new("PreconditionFailed", 412, message))
    };
    match (input["IfMatch"].as_str(), input["IfNoneMatch"].as_str(), existing) {
        (Some(_), _, None) => Err(AwsError::new("NoSuchKey", 404, "The specified key does not exist.")),
        (Some(tag), _, Some(object)) if unquoted(tag) != unquoted(&object.tag()) => failed(),
        (None, Some("*"), Some(_)) => failed(),
        (None, Some(other), _) if other != "*" => {
            Err(AwsError::new("NotImplemented", 501, "If-None-Match is for * alone when an object is put"))
        }
        _ => Ok(()),
    }
}

fn unquoted(tag: &str) -> &str {
    tag.trim_matches('"')
}

/// The first and the last byte that a request asks for; `None` for the whole object, as for a range that S3 does not
/// understand. Only ranges with a first byte are emulated.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
pub(super) fn range(body: &[u8], input: &Value) -> Result<Option<(usize, usize)>, AwsError> {
    let range = input["Range"].as_str().and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    let Some((first, last)) = range else { return Ok(None) };
    let Ok(first) = first.parse::<usize>() else { return Ok(None) };
    if first >= body.len() {
        return Err(AwsError::new("InvalidRange", 416, "The requested range is not satisfiable"));
    }
    let end = body.len() - 1;
    Ok(Some((first, last.parse().map_or(end, |last: usize| last.min(end)))))
}
