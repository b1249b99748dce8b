//! Where the members that were removed lately are recorded: an object for each Region in a bucket.

use aws_config::SdkConfig;
use aws_smithy_types::DateTime;

use crate::aws::s3::{Bucket, Existing};
use crate::aws::stored_document::{self, StoredDocument};
use crate::error::CallError;
use crate::model::recent_removals::RecentRemovals;
use crate::model::region::Region;

/// The record in a bucket.
#[derive(Debug)]
pub struct RemovalRecord {
    config: SdkConfig,
    bucket: Bucket,
}

/// A Region's record as it was found, and what a write must replace.
#[derive(Debug)]
pub struct StoredRemovals {
    /// What was found; where it was lost, what is known from now on.
    pub recent: RecentRemovals,
    /// Why it was lost, if so: the end of a sentence about the object.
    pub problem: Option<String>,
    existing: Existing,
}

impl RemovalRecord {
    /// The record in a bucket, which is in the Region of the settings.
    pub fn new(config: SdkConfig, bucket: Bucket) -> Self {
        Self { config, bucket }
    }

    /// Reads a Region's record. Where there is none, nobody was removed.
    ///
    /// # Errors
    /// The call's error.
    pub async fn read(&self, region: &Region, now: DateTime) -> Result<StoredRemovals, CallError> {
        let parse = |body: &[u8], written| RecentRemovals::parse(body, region, written);
        let document = stored_document::read(&self.config, &self.bucket, &key(region), "function", parse).await?;
        Ok(match document {
            StoredDocument::Missing => {
                StoredRemovals { recent: RecentRemovals::default(), problem: None, existing: Existing::None }
            }
            StoredDocument::Found(recent, existing) => StoredRemovals { recent, problem: None, existing },
            StoredDocument::Lost(problem, existing) => StoredRemovals {
                recent: RecentRemovals::unknown_before(now),
                problem: Some(format!("{} {problem}", key(region))),
                existing,
            },
        })
    }

    /// Writes a Region's record; `false` if another function has written its own since it was read.
    ///
    /// # Errors
    /// The call's error.
    pub async fn write(
        &self,
        region: &Region,
        stored: &StoredRemovals,
        recent: &RecentRemovals,
    ) -> Result<bool, CallError> {
        let (body, existing) = (recent.to_json(region), stored.existing.clone());
        stored_document::write(&self.config, &self.bucket, &key(region), body, existing).await
    }
}

fn key(region: &Region) -> String {
    format!("removals/{region}.json")
}
