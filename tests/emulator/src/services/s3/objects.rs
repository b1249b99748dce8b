//! Whole objects in buckets that stacks make.

use serde_json::Value;

use crate::iam::permissions::RequiredAction;
use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::world::state::State;

/// Performs an operation. Gives the bytes of the answer's body.
pub(super) fn perform(
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
    // To a caller that may not list a bucket, S3 does not reveal that an object is missing.
    let lists = operation == "GetObject"
        && state.buckets.0.get(bucket).is_some_and(|bucket| !bucket.objects.contains_key(key))
        && may_list(state, caller, bucket);
    let bucket = state.buckets.0.get_mut(bucket).ok_or_else(missing)?;
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

fn may_list(state: &mut State, caller: &Caller, bucket: &str) -> bool {
    let required = RequiredAction::new("s3:ListBucket", format!("arn:aws:s3:::{bucket}"));
    caller.permissions.as_ref().is_none_or(|permissions| state.allow(permissions, &required))
}
