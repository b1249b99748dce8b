//! The coverage page in the bucket: `coverage/index.html` for people, `coverage/accounts.csv` for their spreadsheets, and
//! `coverage/page.json` for the next run.

use std::rc::Rc;

use aws_config::SdkConfig;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use detective_onboarding::aws::clock;
use detective_onboarding::aws::s3::{Bucket, Existing};
use detective_onboarding::deadline::Deadline;
use detective_onboarding::error::{CallError, Failure, OutOfTime};
use detective_onboarding::model::organization::Organization;
use detective_onboarding::model::time::format_time;

use super::document::{Kept, Note};
use super::last::{DATA, Found, read};
use super::table::table;
use super::{RegionPart, page};
use crate::publish::names::Names;
use crate::publish::spreadsheet::CSV;
use crate::publish::{BUCKET_SHARE, Publisher};

const PAGE: &str = "coverage/index.html";
const TABLE: &str = "coverage/accounts.csv";

/// How often it is read again because another invocation has written it meanwhile.
const TRIES: usize = 4;

/// A Region that no run has observed for this time is not shown any more: it is not covered any more.
const KEPT: i64 = 30 * 24 * 3600;

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
            Err(error) if attempt < TRIES && error.is_failed_precondition() => {
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
