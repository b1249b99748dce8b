//! Whole objects in buckets that stacks make.

use serde_json::Value;

use crate::iam::permissions::RequiredAction;
use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::response::ObjectBody;
use crate::resources::bucket::{Bucket, Object};
use crate::services::s3::conditions;
use crate::world::state::State;

/// Performs an operation. Gives the answer's body and headers.
pub(super) fn perform(
    state: &mut State,
    caller: &Caller,
    operation: &str,
    input: &Value,
    body: &[u8],
) -> Result<ObjectBody, AwsError> {
    let (bucket, key) = (input["Bucket"].as_str().unwrap_or_default(), input["Key"].as_str().unwrap_or_default());
    if !["PutObject", "GetObject", "ListObjectsV2"].contains(&operation) {
        return Err(AwsError::not_implemented(&format!("s3:{operation}")));
    }
    let missing = || AwsError::new("NoSuchBucket", 404, "The specified bucket does not exist");
    // To a caller that may not list a bucket, S3 does not reveal that an object is missing.
    let lists = operation == "GetObject"
        && state.buckets.0.get(bucket).is_some_and(|bucket| !bucket.objects.contains_key(key))
        && may_list(state, caller, bucket);
    let modified = state.now();
    let bucket = state.buckets.0.get_mut(bucket).ok_or_else(missing)?;
    conditions::check_owner(bucket, input)?;
    if bucket.account != caller.account {
        return Err(AwsError::new("AccessDenied", 403, "Access Denied"));
    }
    match operation {
        "PutObject" => {
            conditions::check_existing(bucket.objects.get(key), input)?;
            let object = Object { body: body.to_vec(), modified };
            let headers = vec![("etag", object.tag())];
            bucket.objects.insert(key.to_owned(), object);
            Ok(ObjectBody { headers, ..ObjectBody::default() })
        }
        "GetObject" => {
            let missing = || match lists {
                true => AwsError::new("NoSuchKey", 404, "The specified key does not exist."),
                false => AwsError::new("AccessDenied", 403, "Access Denied"),
            };
            read(bucket.objects.get(key).ok_or_else(missing)?, input)
        }
        _ => Ok(ObjectBody { bytes: list(bucket).into_bytes(), ..ObjectBody::default() }),
    }
}

fn read(object: &Object, input: &Value) -> Result<ObjectBody, AwsError> {
    let modified = object.modified.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let mut headers = vec![("etag", object.tag()), ("last-modified", modified)];
    let Some((first, last)) = conditions::range(&object.body, input)? else {
        return Ok(ObjectBody { bytes: object.body.clone(), headers, is_part: false });
    };
    headers.push(("content-range", format!("bytes {first}-{last}/{}", object.body.len())));
    Ok(ObjectBody { bytes: object.body[first..=last].to_vec(), headers, is_part: true })
}

fn list(bucket: &Bucket) -> String {
    let entry = |(key, object): (&String, &Object)| {
        let (size, tag) = (object.body.len(), object.tag());
        format!("<Contents><Key>{key}</Key><ETag>{tag}</ETag><Size>{size}</Size></Contents>")
    };
    let entries: String = bucket.objects.iter().map(entry).collect();
    format!("<ListBucketResult><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>")
}

fn may_list(state: &mut State, caller: &Caller, bucket: &str) -> bool {
    let required = list_bucket(state, bucket);
    caller.permissions.as_ref().is_none_or(|permissions| state.allow(permissions, &required))
}

/// What listing a bucket requires.
pub(super) fn list_bucket(state: &State, bucket: &str) -> RequiredAction {
    in_account(state, bucket, RequiredAction::new("s3:ListBucket", format!("arn:aws:s3:::{bucket}")))
}

/// The action with the account that the bucket belongs to.
pub(super) fn in_account(state: &State, bucket: &str, required: RequiredAction) -> RequiredAction {
    match state.buckets.0.get(bucket) {
        Some(bucket) => required.with("aws:ResourceAccount", &bucket.account),
        None => required,
    }
}
