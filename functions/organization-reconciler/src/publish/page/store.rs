//! The coverage page in the bucket: `coverage/index.html` for people, and `coverage/page.json`, from which the next run takes the
//! Regions that it does not work on itself.

use std::borrow::Cow;
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

use super::{RegionPart, page};
use crate::publish::{BUCKET_SHARE, Publisher};

const PAGE: &str = "coverage/index.html";
const DATA: &str = "coverage/page.json";

/// The largest data that is read again: seventeen Regions of ten thousand accounts have 4 MB.
const MOST: usize = 16 << 20;

/// A Region that no run has observed for this time is not shown any more: it is not covered any more.
const KEPT: i64 = 30 * 24 * 3600;

impl Publisher {
    /// Puts the coverage page, with the Regions whose reports were put.
    ///
    /// # Errors
    /// It could not be put.
    pub(crate) async fn publish_page(&self, organization: &Organization, deadline: Deadline) -> Result<(), Failure> {
        let parts: Vec<RegionPart> = self.page.take().into_values().collect();
        let Some(bucket) = self.settings.bucket.as_ref().filter(|_| !parts.is_empty()) else { return Ok(()) };
        let put = put(&self.config, bucket, organization, &parts, clock::now());
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
    organization: &Organization,
    parts: &[RegionPart],
    now: DateTime,
) -> Result<(), CallError> {
    let stored = bucket.get(config, DATA, MOST).await?;
    // What cannot be read is made anew: runs make all of it.
    let earlier: Vec<RegionPart> =
        stored.and_then(|stored| serde_json::from_slice(&stored.body).ok()).unwrap_or_default();
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
    let regions: Vec<&RegionPart> = earlier.values().filter(|part| is_kept(part)).collect();
    let data = serde_json::to_vec(&regions).unwrap_or_default();
    bucket.put(config, DATA, "application/json", data, Existing::Any).await?;
    let describe = |id| {
        let account = organization.get(&id).map(|(account, _)| account);
        let name = account.and_then(|account| account.name.as_deref()).unwrap_or_default();
        let unit = account.and_then(|account| account.units.as_ref()).map(|units| Cow::Owned(units.join("/")));
        (Cow::Borrowed(name), unit)
    };
    bucket
        .put(config, PAGE, "text/html; charset=utf-8", page(&format_time(now), describe, &regions), Existing::Any)
        .await?;
    Ok(())
}
