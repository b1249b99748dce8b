//! Where a function records the failures that its runs have told: an object in a bucket.

use aws_config::SdkConfig;

use crate::aws::clock;
use crate::aws::s3::{Bucket, Existing};
use crate::aws::stored_document::{self, MAX_BYTES, StoredDocument};
use crate::error::CallError;
use crate::model::known_failures::KnownFailures;

/// The records in a bucket.
#[derive(Debug)]
pub struct FailureRecord {
    config: SdkConfig,
    bucket: Bucket,
}

/// A function's record as it was found, and what a write must replace.
#[derive(Debug)]
pub struct StoredFailures {
    /// What was found; nothing where it was lost.
    pub known: KnownFailures,
    /// Why it was lost, if so: a sentence without its end.
    pub problem: Option<String>,
    existing: Existing,
}

impl FailureRecord {
    /// The records in a bucket, which is in the Region of the settings.
    pub fn new(config: SdkConfig, bucket: Bucket) -> Self {
        Self { config, bucket }
    }

    /// Reads a function's record. Where there is none, nothing has failed.
    ///
    /// # Errors
    /// The call's error.
    pub async fn read(&self, function: &str) -> Result<StoredFailures, CallError> {
        let key = key(function);
        let parse = |body: &[u8], written: Option<i64>| {
            KnownFailures::parse(body, function, written.unwrap_or_else(|| clock::now().secs()))
        };
        let none = |problem, existing| StoredFailures { known: KnownFailures::default(), problem, existing };
        Ok(match stored_document::read(&self.config, &self.bucket, &key, "function", parse).await? {
            StoredDocument::Missing => none(None, Existing::None),
            StoredDocument::Found(known, existing) => StoredFailures { known, problem: None, existing },
            StoredDocument::Lost(problem, existing) => none(Some(format!("{key} {problem}")), existing),
        })
    }

    /// Writes a function's record; `false` if another invocation has written its own since it was read, or if it is too long to be read
    /// again: then so much fails that it is no matter of single accounts.
    ///
    /// # Errors
    /// The call's error.
    pub async fn write(
        &self,
        function: &str,
        before: &StoredFailures,
        known: &KnownFailures,
    ) -> Result<bool, CallError> {
        let body = known.to_json(function);
        if body.len() > MAX_BYTES {
            return Ok(false);
        }
        stored_document::write(&self.config, &self.bucket, &key(function), body, before.existing.clone()).await
    }
}

fn key(function: &str) -> String {
    format!("failures/{function}.json")
}
