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

/// What became of a record that was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It was written.
    Whole,
    /// Another invocation has written its own since it was read.
    Overtaken,
    /// It would be too long to be read again: then so much fails that it is no matter of single accounts.
    TooLong,
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

    /// Writes a function's record.
    ///
    /// # Errors
    /// The call's error.
    pub async fn write(
        &self,
        function: &str,
        before: &StoredFailures,
        known: &KnownFailures,
    ) -> Result<Written, CallError> {
        let body = known.to_json(function);
        if body.len() > MAX_BYTES {
            return Ok(Written::TooLong);
        }
        let existing = before.existing.clone();
        let is_written = stored_document::write(&self.config, &self.bucket, &key(function), body, existing).await?;
        Ok(if is_written { Written::Whole } else { Written::Overtaken })
    }
}

fn key(function: &str) -> String {
    format!("failures/{function}.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_record_that_is_too_long_to_be_read_again_is_not_written() {
        let mut known = KnownFailures::default();
        let (region, now) = ("eu-west-1".parse().unwrap(), clock::now());
        for number in 0..80_000_u64 {
            let id = format!("{number:012}").parse().unwrap();
            known.note(&region, id, "CreateMembers AccessDeniedException", "a-run", now);
        }
        let bucket = Bucket { name: "bucket".to_owned(), owner: None };
        let record = FailureRecord::new(SdkConfig::builder().build(), bucket);
        let before = StoredFailures { known: KnownFailures::default(), problem: None, existing: Existing::None };
        assert_eq!(record.write("member-monitor", &before, &known).await, Ok(Written::TooLong));
    }
}
