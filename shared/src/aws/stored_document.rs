//! Documents of the functions' own in a bucket. Whoever may write there may have written something else, so what is read is one of
//! theirs, or lost.

use aws_config::SdkConfig;

use crate::aws::s3::{Bucket, Existing};
use crate::error::{AwsCode, CallError};

/// How long a document has at most, in bytes. Whoever may write to the bucket may write more.
pub(super) const MAX_BYTES: usize = 1 << 20;

/// What there is under a key.
#[derive(Debug)]
pub(super) enum StoredDocument<T> {
    /// Nothing.
    Missing,
    /// A document, and what a write must replace.
    Found(T, Existing),
    /// Something that is none, for this reason: the end of a sentence about the object.
    Lost(String, Existing),
}

/// Writes a document under a key; `false` if something else was written there since it was read.
///
/// # Errors
/// The call's error.
pub(super) async fn write(
    config: &SdkConfig,
    bucket: &Bucket,
    key: &str,
    body: Vec<u8>,
    existing: Existing,
) -> Result<bool, CallError> {
    match bucket.put(config, key, "application/json", body, existing).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_failed_precondition() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads the document under a key, which a `writer` wrote. `parse` gets the bytes, and when they were written by the clock of S3.
///
/// # Errors
/// The call's error.
pub(super) async fn read<T>(
    config: &SdkConfig,
    bucket: &Bucket,
    key: &str,
    writer: &str,
    parse: impl FnOnce(&[u8], Option<i64>) -> Result<T, String>,
) -> Result<StoredDocument<T>, CallError> {
    let object = match bucket.get(config, key, MAX_BYTES).await {
        Ok(Some(object)) => object,
        Ok(None) => return Ok(StoredDocument::Missing),
        // An object without a single byte.
        Err(error) if error.is(&AwsCode::InvalidRange) => {
            return Ok(StoredDocument::Lost("is empty".to_owned(), Existing::Any));
        }
        Err(error) => return Err(error),
    };
    let existing = object.existing();
    if object.body.len() > MAX_BYTES {
        let problem = format!("is larger than a megabyte, which no {writer} writes");
        return Ok(StoredDocument::Lost(problem, existing));
    }
    Ok(match parse(&object.body, object.modified.map(|modified| modified.secs())) {
        Ok(document) => StoredDocument::Found(document, existing),
        Err(problem) => StoredDocument::Lost(format!("cannot be what a {writer} wrote: {problem}"), existing),
    })
}
