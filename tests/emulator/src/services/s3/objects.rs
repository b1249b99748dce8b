//! Whole objects in buckets that stacks and scenarios make.

use serde_json::Value;

use crate::iam::permissions::RequiredAction;
use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::text;
use crate::protocol::response::{Body, ObjectBody};
use crate::protocol::service::Command;
use crate::resources::bucket::{Bucket, Object, UNKNOWN_CONTENT};
use crate::resources::region;
use crate::services::s3::model::MODEL;
use crate::services::s3::{checksums, conditions, list};
use crate::world::state::State;

/// The longest key, in bytes: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>.
const LONGEST_KEY: usize = 1024;

/// Performs an operation.
pub(super) fn perform(state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
    let Command { caller, operation, input, payload, .. } = *command;
    let (bucket, key) = (text(input, "Bucket"), text(input, "Key"));
    let missing = || AwsError::new("NoSuchBucket", 404, "The specified bucket does not exist");
    // To a caller that may not list a bucket, S3 does not reveal that an object is missing.
    let lists = ["GetObject", "HeadObject"].contains(&operation)
        && state.buckets.0.get(&bucket).is_some_and(|bucket| !bucket.objects.contains_key(&key))
        && may_list(state, caller, &bucket);
    let modified = state.now();
    let bucket = state.buckets.0.get_mut(&bucket).ok_or_else(missing)?;
    conditions::check_owner(bucket, input)?;
    check_region(bucket, &caller.region)?;
    if key.len() > LONGEST_KEY {
        return Err(AwsError::new("KeyTooLongError", 400, "Your key is too long"));
    }
    match operation {
        "PutObject" => {
            conditions::check_existing(bucket.objects.get(&key), input)?;
            let mut headers = checksums::check(payload, input)?;
            let content_type = input["ContentType"].as_str().unwrap_or(UNKNOWN_CONTENT).to_owned();
            let object = Object { body: payload.to_vec(), content_type, modified };
            headers.push(("etag", object.tag()));
            bucket.objects.insert(key, object);
            Ok(Body::Object(ObjectBody { headers, ..ObjectBody::default() }))
        }
        "GetObject" | "HeadObject" => {
            let missing = || match lists {
                true => AwsError::new("NoSuchKey", 404, "The specified key does not exist."),
                false => AwsError::new("AccessDenied", 403, "Access Denied"),
            };
            read(bucket.objects.get(&key).ok_or_else(missing)?, input).map(Body::Object)
        }
        "HeadBucket" => {
            let headers = vec![("x-amz-bucket-region", bucket.region.clone())];
            Ok(Body::Object(ObjectBody { headers, ..ObjectBody::default() }))
        }
        "ListObjectsV2" => {
            let answer = list::list(bucket, input)?;
            let operation = &MODEL.operations[operation];
            Ok(Body::Xml(MODEL.xml_answer(operation, "ListBucketResult", &answer)))
        }
        other => Err(AwsError::not_implemented(&format!("s3:{other}"))),
    }
}

/// A bucket is used by the endpoint of its Region. AWS documents two errors for others, and not when which comes: here, a Region
/// that accounts switch on makes the difference.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
fn check_region(bucket: &Bucket, region: &str) -> Result<(), AwsError> {
    if bucket.region == region {
        return Ok(());
    }
    let is_optional = region::can_be_off(region) || region::can_be_off(&bucket.region);
    let error = match is_optional {
        true => AwsError::new(
            "IllegalLocationConstraintException",
            400,
            format!(
                "The {} location constraint is incompatible for the region specific endpoint this request was sent to.",
                bucket.region
            ),
        ),
        false => AwsError::new(
            "PermanentRedirect",
            301,
            "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future \
             requests to this endpoint.",
        ),
    };
    Err(error.with("Region", bucket.region.as_str()))
}

/// An object, or the part of it that is asked for. A server sends no body to HEAD, whatever there is.
fn read(object: &Object, input: &Value) -> Result<ObjectBody, AwsError> {
    conditions::check_read(object, input)?;
    let modified = object.modified.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let content_type = input["ResponseContentType"].as_str().unwrap_or(&object.content_type).to_owned();
    let mut headers = vec![
        ("etag", object.tag()),
        ("last-modified", modified),
        ("content-type", content_type),
        ("accept-ranges", "bytes".to_owned()),
    ];
    let Some((first, last)) = conditions::range(&object.body, input)? else {
        return Ok(ObjectBody { bytes: object.body.clone(), headers, status: None });
    };
    headers.push(("content-range", format!("bytes {first}-{last}/{}", object.body.len())));
    Ok(ObjectBody { bytes: object.body[first..=last].to_vec(), headers, status: Some(206) })
}

fn may_list(state: &mut State, caller: &Caller, bucket: &str) -> bool {
    let required = list_bucket(state, bucket);
    let is_own = state.buckets.0.get(bucket).is_some_and(|bucket| bucket.account == caller.account);
    is_own && caller.permissions.as_ref().is_none_or(|permissions| state.allow(permissions, &required))
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
