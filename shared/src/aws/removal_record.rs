//! Where the members that were removed lately are recorded: an object for each Region in a bucket.

use aws_config::SdkConfig;
use aws_smithy_types::DateTime;

use crate::aws::s3::{Bucket, Existing};
use crate::aws::stored_document::{self, StoredDocument};
use crate::error::CallError;
use crate::model::history::History;
use crate::model::recent_removals::RecentRemovals;
use crate::model::region::Region;

/// The record in a bucket.
#[derive(Debug)]
pub struct RemovalRecord {
    config: SdkConfig,
    bucket: Bucket,
}

/// Whether a Region's record was begun: one that is missing is lost then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// A run has begun it.
    Yes,
    /// This run has, and nobody was removed before.
    Now,
    /// No run has.
    No,
    /// What is remembered cannot be read.
    Unknown,
}

impl Begun {
    /// By what is remembered, if it can be read.
    pub fn by(history: Result<Option<&History>, &str>) -> Self {
        match history {
            Ok(Some(history)) if history.removals_begun => Self::Yes,
            Ok(_) => Self::No,
            Err(_) => Self::Unknown,
        }
    }
}

/// A Region's record as it was found, and what a write must replace.
#[derive(Debug)]
pub struct StoredRemovals {
    /// What was found; where it was lost, what is known from now on.
    pub recent: RecentRemovals,
    /// Why it was lost, if so: the end of a sentence about the object.
    pub problem: Option<String>,
    /// Whether there is none, and it is not known whether there should be.
    pub is_unclear: bool,
    existing: Existing,
}

impl StoredRemovals {
    /// Gives up what was found, for this reason: what is known is what is removed from now on.
    pub fn distrust(&mut self, region: &Region, problem: &str, now: DateTime) {
        self.recent = RecentRemovals::unknown_before(now);
        self.problem = Some(format!("{} {problem}", key(region)));
    }
}

impl RemovalRecord {
    /// The record in a bucket, which is in the Region of the settings.
    pub fn new(config: SdkConfig, bucket: Bucket) -> Self {
        Self { config, bucket }
    }

    /// Begins a Region's record, unless there is one.
    ///
    /// # Errors
    /// The call's error.
    pub async fn begin(&self, region: &Region, recent: &RecentRemovals) -> Result<(), CallError> {
        let body = recent.to_json(region);
        stored_document::write(&self.config, &self.bucket, &key(region), body, Existing::None).await.map(drop)
    }

    /// Reads a Region's record. Where there is none, nobody was removed, unless it was begun: then it is lost.
    ///
    /// # Errors
    /// The call's error.
    pub async fn read(&self, region: &Region, begun: Begun, now: DateTime) -> Result<StoredRemovals, CallError> {
        let parse = |body: &[u8], written| RecentRemovals::parse(body, region, written);
        let document = stored_document::read(&self.config, &self.bucket, &key(region), "function", parse).await?;
        let lost = |problem: &str, existing| StoredRemovals {
            recent: RecentRemovals::unknown_before(now),
            problem: Some(format!("{} {problem}", key(region))),
            is_unclear: false,
            existing,
        };
        let found = |recent, is_unclear, existing| StoredRemovals { recent, problem: None, is_unclear, existing };
        Ok(match document {
            StoredDocument::Missing if begun == Begun::Yes => lost("is gone, and a run has begun it", Existing::None),
            StoredDocument::Missing => found(RecentRemovals::default(), begun == Begun::Unknown, Existing::None),
            StoredDocument::Found(recent, existing) => found(recent, false, existing),
            StoredDocument::Lost(problem, existing) => lost(&problem, existing),
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
