//! The coverage page in the bucket: `coverage/index.html` for people, `coverage/accounts.csv` for their spreadsheets, and
//! `coverage/page.json`, from which the next run takes the Regions that it does not work on itself.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use detective_onboarding::aws::clock;
use detective_onboarding::aws::s3::{Bucket, Existing};
use detective_onboarding::deadline::Deadline;
use detective_onboarding::error::{CallError, Failure, OutOfTime};
use detective_onboarding::model::organization::Organization;
use detective_onboarding::model::time::format_time;

use super::table::table;
use super::{RegionPart, page};
use crate::publish::names::Names;
use crate::publish::spreadsheet::CSV;
use crate::publish::{BUCKET_SHARE, Publisher};

const PAGE: &str = "coverage/index.html";
const DATA: &str = "coverage/page.json";
const TABLE: &str = "coverage/accounts.csv";

/// The largest data that is read again: seventeen Regions of ten thousand accounts have 4 MB.
const MOST: usize = 16 << 20;

/// A Region that no run has observed for this time is not shown any more: it is not covered any more.
const KEPT: i64 = 30 * 24 * 3600;

impl Publisher {
    /// Puts the coverage page, with the Regions whose reports were put. Returns what it shows: nothing if there is nothing new.
    ///
    /// # Errors
    /// It could not be put.
    pub(crate) async fn publish_page(
        &self,
        organization: &Organization,
        deadline: Deadline,
    ) -> Result<Vec<RegionPart>, Failure> {
        let parts: Vec<RegionPart> = self.page.take().into_values().collect();
        let Some(bucket) = self.settings.bucket.as_ref().filter(|_| !parts.is_empty()) else {
            self.units.forget().await;
            return Ok(Vec::new());
        };
        let units = self.units.get(&self.config, bucket, organization, deadline).await;
        self.units.forget().await;
        let names = Names { organization, units: &units };
        let put = put(&self.config, bucket, names, &parts, clock::now());
        let put = deadline.publish(BUCKET_SHARE, put).await;
        put.ok_or(OutOfTime::Bucket)?.map_err(Failure::from)
    }
}

/// Puts the page with these Regions, and with those that earlier runs left.
///
/// # Errors
/// A call's error.
async fn put(
    config: &SdkConfig,
    bucket: &Bucket,
    names: Names<'_>,
    parts: &[RegionPart],
    now: DateTime,
) -> Result<Vec<RegionPart>, CallError> {
    let earlier: Vec<RegionPart> = bucket.get_json(config, DATA, MOST).await?.unwrap_or_default();
    let mut earlier: BTreeMap<String, RegionPart> =
        earlier.into_iter().map(|part| (part.summary.region.clone(), part.upgraded())).collect();
    let is_kept = |part: &RegionPart| {
        DateTime::from_str(&part.summary.time, Format::DateTime).is_ok_and(|time| time.secs() > now.secs() - KEPT)
    };
    for part in parts {
        let region = part.summary.region.clone();
        let part = part.clone().after(earlier.get(&region));
        earlier.insert(region, part);
    }
    earlier.retain(|_, part| is_kept(part));
    let regions: Vec<&RegionPart> = earlier.values().collect();
    let data = serde_json::to_vec(&regions).unwrap_or_default();
    bucket.put(config, DATA, "application/json", data, Existing::Any).await?;
    let describe = |id| names.describe(id);
    let page = page(&format_time(now), describe, &regions);
    bucket.put(config, PAGE, "text/html; charset=utf-8", page, Existing::Any).await?;
    bucket.put(config, TABLE, CSV, table(describe, &regions), Existing::Any).await?;
    Ok(earlier.into_values().collect())
}
