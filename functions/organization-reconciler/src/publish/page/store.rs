//! The coverage page in the bucket: `coverage/index.html` for people, `coverage/accounts.csv` for their spreadsheets, and
//! `coverage/page.json` for the next run.

use std::rc::Rc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use detective_onboarding::aws::clock;
use detective_onboarding::aws::s3::{Bucket, Existing};
use detective_onboarding::deadline::Deadline;
use detective_onboarding::error::{AwsCode, CallError, Failure, OutOfTime};
use detective_onboarding::model::organization::Organization;
use detective_onboarding::model::time::format_time;
use tokio::sync::Mutex;

use super::document::{Kept, MAX_BYTES, Note};
use super::table::table;
use super::{RegionPart, page};
use crate::publish::names::Names;
use crate::publish::spreadsheet::CSV;
use crate::publish::{BUCKET_SHARE, Publisher};

const PAGE: &str = "coverage/index.html";
const DATA: &str = "coverage/page.json";
const TABLE: &str = "coverage/accounts.csv";

/// How long reading what earlier runs left may take, its retries among it.
const READ_SHARE: Duration = Duration::from_secs(10);

/// How often it is read again because another invocation has written it meanwhile.
const TRIES: usize = 4;

/// A Region that no run has observed for this time is not shown any more: it is not covered any more.
const KEPT: i64 = 30 * 24 * 3600;

/// What earlier runs left, read once an invocation.
#[derive(Default)]
pub(crate) struct LastPage(Mutex<Option<Rc<Found>>>);

/// What was found, and what a write must replace.
pub(crate) struct Found {
    pub(crate) kept: Kept,
    existing: Existing,
}

impl LastPage {
    /// Another invocation reads it anew.
    pub(crate) async fn forget(&self) {
        *self.0.lock().await = None;
    }

    /// What earlier runs left; `None` if it cannot be read now.
    pub(crate) async fn get(&self, config: &SdkConfig, bucket: &Bucket, deadline: Deadline) -> Option<Rc<Found>> {
        let mut found = self.0.lock().await;
        if found.is_none() {
            *found = match deadline.share(READ_SHARE, read(config, bucket)).await? {
                Ok(read) => Some(Rc::new(read)),
                Err(error) => {
                    tracing::warn!("what the coverage page showed could not be read: {error}");
                    None
                }
            };
        }
        found.clone()
    }
}

impl Publisher {
    /// Puts the coverage page, with the Regions whose reports were put, and what is to be known of what is remembered. Returns what it
    /// shows: nothing if there is nothing new. Without an organization, no report was put.
    ///
    /// # Errors
    /// It could not be put.
    pub(crate) async fn publish_page(
        &self,
        organization: Option<&Organization>,
        deadline: Deadline,
    ) -> Result<Vec<RegionPart>, Failure> {
        let new = self.new_on_page.take();
        let Some(bucket) = self.settings.bucket.as_ref().filter(|_| new != Kept::default()) else {
            self.units.forget().await;
            return Ok(Vec::new());
        };
        let shown = async {
            let found = self.last_page.get(&self.config, bucket, deadline).await;
            let kept = put_data(&self.config, bucket, found, &new, clock::now()).await?;
            let Some(organization) = organization.filter(|_| !new.parts.is_empty()) else { return Ok(Vec::new()) };
            let units = self.units.get(&self.config, bucket, organization, deadline).await;
            put_page(&self.config, bucket, Names { organization, units: &units }, &kept, clock::now()).await?;
            Ok(kept.parts.into_values().collect())
        };
        let shown = deadline.publish(BUCKET_SHARE, shown).await;
        self.units.forget().await;
        shown.ok_or(OutOfTime::Bucket)?
    }
}

async fn read(config: &SdkConfig, bucket: &Bucket) -> Result<Found, CallError> {
    Ok(match bucket.get(config, DATA, MAX_BYTES).await {
        Ok(Some(object)) => Found { kept: Kept::parse(&object.body), existing: object.existing() },
        Ok(None) => Found { kept: Kept::default(), existing: Existing::None },
        // An object without a single byte.
        Err(error) if error.is(&AwsCode::InvalidRange) => Found { kept: Kept::default(), existing: Existing::Any },
        Err(error) => return Err(error),
    })
}

/// Puts the data with what is new, and with what earlier runs left of other Regions.
///
/// # Errors
/// A call's error.
async fn put_data(
    config: &SdkConfig,
    bucket: &Bucket,
    found: Option<Rc<Found>>,
    new: &Kept,
    now: DateTime,
) -> Result<Kept, CallError> {
    let (mut found, mut attempt) = (found, 1);
    loop {
        let before = match found.take() {
            Some(found) => found,
            None => Rc::new(read(config, bucket).await?),
        };
        let kept = before.kept.clone().with(new, now);
        let existing = if attempt < TRIES { before.existing.clone() } else { Existing::Any };
        match bucket.put(config, DATA, "application/json", kept.to_json(), existing).await {
            // Another invocation has put its Regions meanwhile.
            Err(error) if attempt < TRIES && (error.is_failed_precondition() || error.is(&AwsCode::NoSuchKey)) => {
                attempt += 1;
            }
            put => return put.map(|_| kept),
        }
    }
}

/// Puts the page and the spreadsheet.
///
/// # Errors
/// A call's error.
async fn put_page(
    config: &SdkConfig,
    bucket: &Bucket,
    names: Names<'_>,
    kept: &Kept,
    now: DateTime,
) -> Result<(), CallError> {
    let (describe, regions) = (|id| names.describe(id), kept.parts.values().collect::<Vec<_>>());
    let page = page(&format_time(now), describe, &regions);
    bucket.put(config, PAGE, "text/html; charset=utf-8", page, Existing::Any).await?;
    bucket.put(config, TABLE, CSV, table(describe, &regions), Existing::Any).await?;
    Ok(())
}

impl Kept {
    /// The same with what is new, and without Regions that no run has observed for long.
    fn with(mut self, new: &Self, now: DateTime) -> Self {
        for (region, part) in &new.parts {
            let part = part.clone().after(self.parts.get(region));
            self.parts.insert(region.clone(), part);
        }
        for (region, note) in &new.notes {
            let state = note.state.clone().or_else(|| self.notes.get(region)?.state.clone());
            self.notes.insert(region.clone(), Note { state, told: note.told });
        }
        let is_kept = |part: &RegionPart| {
            DateTime::from_str(&part.summary.time, Format::DateTime).is_ok_and(|time| time.secs() > now.secs() - KEPT)
        };
        self.parts.retain(|_, part| is_kept(part));
        self.notes.retain(|region, note| self.parts.contains_key(region) || note.told.is_some());
        self
    }
}
