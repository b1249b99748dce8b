//! Where the histories of Regions are kept: a document for each in a bucket.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_smithy_types::DateTime;

use crate::aws::s3::{Bucket, Existing};
use crate::aws::stored_document::{self, MAX_BYTES, StoredDocument};
use crate::deadline::Deadline;
use crate::error::{CallError, Failure, OutOfTime};
use crate::model::account::AccountId;
use crate::model::history::{History, Published};
use crate::model::region::Region;
use crate::model::time::format_time;

/// How long reading a document may take, its retries among it.
const READ_SHARE: Duration = Duration::from_secs(10);

/// How old a history is at most that the last run left, in seconds: runs are a day apart or less.
const MAX_AGE: i64 = 3 * 86_400;

/// The histories in a bucket.
#[derive(Debug)]
pub struct HistoryStore {
    config: SdkConfig,
    bucket: Bucket,
}

/// A Region's history as it was found, and what a write must replace.
#[derive(Debug)]
pub struct StoredHistory {
    /// What was found.
    pub remembered: Remembered,
    /// Every member that was covered after the last run, as far as that is known, whatever becomes of the rest.
    pub covered: BTreeSet<AccountId>,
    /// Why it may not be what a run left, if so: the end of a sentence.
    pub doubt: Option<String>,
    /// Where it cannot be read: when people were last told, in seconds since 1970.
    pub told: Option<i64>,
    existing: Existing,
}

/// What is known of earlier runs in a Region.
#[derive(Debug)]
pub enum Remembered {
    /// Nothing, because there is no place for it.
    Nowhere,
    /// Nothing, because there was no earlier run.
    FirstRun,
    /// What the last run left.
    Known(Box<History>),
    /// It was lost, or cannot be what a run left, for this reason: it begins anew.
    Lost(String),
    /// It could not be read now: it stays as it is.
    Unread(Failure),
}

impl Remembered {
    /// The history, if it is known.
    pub fn history(&self) -> Option<&History> {
        match self {
            Self::Known(history) => Some(history),
            _ => None,
        }
    }

    /// Why it is not to be relied upon as of `now`, if so: a sentence.
    pub fn warning(&self, now: DateTime) -> Option<String> {
        const EFFECT: &str = "ages count from this run on";
        match self {
            Self::Lost(problem) => {
                Some(format!("what was remembered of the Region is lost, and begins anew: {problem}; {EFFECT}"))
            }
            Self::Unread(failure) => {
                Some(format!("what is remembered of the Region could not be read ({failure}): {EFFECT}"))
            }
            Self::Known(history) if now.secs() - history.time > MAX_AGE => Some(format!(
                "what is remembered of the Region is of {}: no run has finished there since, or an older version was restored",
                format_time(DateTime::from_secs(history.time))
            )),
            Self::Nowhere | Self::FirstRun | Self::Known(_) => None,
        }
    }
}

impl StoredHistory {
    /// The history where there is no place for it.
    pub fn nowhere() -> Self {
        Self::new(Remembered::Nowhere, Existing::Any)
    }

    /// That of a first run, which would find its bucket empty.
    pub fn first_run() -> Self {
        Self::new(Remembered::FirstRun, Existing::Any)
    }

    /// What was found, and what a write must replace.
    pub fn new(remembered: Remembered, existing: Existing) -> Self {
        let published = remembered.history().and_then(|history| history.published.as_ref());
        let covered = published.map(|published| published.covered.clone()).unwrap_or_default();
        Self { remembered, covered, doubt: None, told: None, existing }
    }

    /// The accounts that were covered after the last run, and are not any more, whatever became of them.
    pub fn no_longer_covered(&self, covered: &BTreeSet<AccountId>) -> Vec<AccountId> {
        self.covered.difference(covered).copied().collect()
    }

    /// What earlier runs left, for a run that works on nothing: with who was covered alone if it is in doubt.
    pub fn before(&self, now: DateTime) -> Option<History> {
        let history = self.remembered.history()?;
        Some(match self.doubt {
            Some(_) => {
                History { published: self.published_before(), ..History::begun(history.graph.clone(), now.secs()) }
            }
            None => history.clone(),
        })
    }

    /// What was published, as far as it is only known who was covered; `None` if that is not known.
    pub fn published_before(&self) -> Option<Published> {
        (!self.covered.is_empty()).then(|| Published { covered: self.covered.clone(), ..Published::default() })
    }

    /// By which it is known that the document is still the same, if S3 returned it.
    pub fn tag(&self) -> Option<&str> {
        match &self.existing {
            Existing::Tagged(tag) => Some(tag),
            Existing::Any | Existing::None => None,
        }
    }

    /// Gives up what was found if there is a reason, or if it is in doubt: it begins anew.
    pub fn distrust_if(&mut self, problem: Option<String>) {
        if let Some(problem) = problem.or(self.doubt.take()) {
            self.remembered = Remembered::Lost(problem);
        }
    }

    fn unread(failure: impl Into<Failure>) -> Self {
        Self::new(Remembered::Unread(failure.into()), Existing::Any)
    }
}

impl HistoryStore {
    /// The histories in a bucket, which is in the Region of the settings.
    pub fn new(config: SdkConfig, bucket: Bucket) -> Self {
        Self { config, bucket }
    }

    /// Reads a Region's history. A bucket that stalls costs its share of the time, and nothing else.
    pub async fn read(&self, region: &Region, deadline: Deadline) -> StoredHistory {
        match deadline.share(READ_SHARE, self.stored(region)).await {
            Some(Ok(stored)) => stored,
            Some(Err(error)) => StoredHistory::unread(error),
            None => StoredHistory::unread(OutOfTime::Bucket),
        }
    }

    /// Reads a Region's history for a function that does not write it; `None` if there is none.
    ///
    /// # Errors
    /// Why it cannot be relied upon, as a sentence. It is logged, and the reconciler reports it.
    pub async fn known(&self, region: &Region, deadline: Deadline) -> Result<Option<History>, String> {
        let known = self.read_only(region, deadline).await;
        known.inspect_err(|problem| tracing::info!(%region, "nothing is known of earlier runs: {problem}"))
    }

    async fn read_only(&self, region: &Region, deadline: Deadline) -> Result<Option<History>, String> {
        match deadline.share(READ_SHARE, self.document(region)).await {
            Some(Ok(StoredDocument::Missing)) => Ok(None),
            Some(Ok(StoredDocument::Found(history, _))) => Ok(Some(history)),
            Some(Ok(StoredDocument::Lost(problem, _))) => Err(format!("{} {problem}", key(region))),
            Some(Err(error)) => Err(error.to_string()),
            None => Err(OutOfTime::Bucket.to_string()),
        }
    }

    async fn stored(&self, region: &Region) -> Result<StoredHistory, CallError> {
        let lost = |problem: &str| Remembered::Lost(format!("{} {problem}", key(region)));
        let (remembered, existing) = match self.document(region).await? {
            StoredDocument::Missing if self.has_earlier_run(region).await? => {
                (lost("is gone, and the reports beside it show an earlier run"), Existing::None)
            }
            StoredDocument::Missing => (Remembered::FirstRun, Existing::None),
            StoredDocument::Found(history, existing) => (Remembered::Known(history.into()), existing),
            StoredDocument::Lost(problem, existing) => (lost(&problem), existing),
        };
        Ok(StoredHistory::new(remembered, existing))
    }

    async fn document(&self, region: &Region) -> Result<StoredDocument<History>, CallError> {
        let parse = |body: &[u8], written| History::parse(body, region, written);
        stored_document::read(&self.config, &self.bucket, &key(region), "run", parse).await
    }

    /// Whether a run that remembers has published a summary of the Region.
    async fn has_earlier_run(&self, region: &Region) -> Result<bool, CallError> {
        let summary = self.bucket.get(&self.config, &format!("coverage/{region}/latest.json"), 4_096).await;
        Ok(summary?.is_some_and(|object| String::from_utf8_lossy(&object.body).contains("\"time\"")))
    }

    /// Writes a Region's history, unless a newer run has written its own. Returns whether it was written; `stored` is then
    /// what a second write of the same run replaces.
    ///
    /// # Errors
    /// The call's error.
    pub async fn write(
        &self,
        region: &Region,
        stored: &mut StoredHistory,
        history: History,
    ) -> Result<bool, CallError> {
        if stored.remembered.history().is_some_and(|before| before.run > history.run) {
            return Ok(false);
        }
        let body = history.to_json(region);
        let put = async |existing| {
            self.bucket.put(&self.config, &key(region), "application/json", body.clone(), existing).await
        };
        let tag = match put(stored.existing.clone()).await {
            Err(error) if error.is_failed_precondition() => {
                // Another run wrote it meanwhile, or this one did and the answer was lost.
                let there = self.bucket.get(&self.config, &key(region), MAX_BYTES).await?;
                let newer = there.as_ref().and_then(|object| History::parse(&object.body, region, None).ok());
                match &there {
                    Some(object) if object.body == body => object.tag.clone(),
                    _ if newer.is_some_and(|other| other.run > history.run) => return Ok(false),
                    Some(object) => put(object.existing()).await?,
                    None => put(Existing::None).await?,
                }
            }
            put => put?,
        };
        stored.existing = if tag.is_empty() { Existing::Any } else { Existing::Tagged(tag) };
        stored.remembered = Remembered::Known(history.into());
        Ok(true)
    }
}

fn key(region: &Region) -> String {
    format!("state/{region}.json")
}
