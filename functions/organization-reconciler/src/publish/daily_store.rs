//! When the daily digest is sent, and what is kept for the next one.

use detective_onboarding::aws::clock;
use detective_onboarding::aws::s3::Existing;
use detective_onboarding::deadline::Deadline;
use detective_onboarding::error::{Failure, OutOfTime};

use super::daily::{Day, digest};
use super::failing::all_failing;
use super::page::RegionPart;
use super::{BUCKET_SHARE, Publisher};

/// What the next digest is compared with.
const KEY: &str = "coverage/digest.json";

/// The largest that is read: seventeen Regions of 1,200 members have 300 KB.
const MOST: usize = 1 << 20;

impl Publisher {
    /// Sends people the digest of what the coverage page shows, where it is asked for and the last one is a day old. One that could not
    /// be sent is sent by the next run.
    ///
    /// # Errors
    /// It could not be sent, or what the next one is compared with could not be kept.
    pub(crate) async fn publish_digest(&self, parts: &[RegionPart], deadline: Deadline) -> Result<(), Failure> {
        let Some(bucket) = self.settings.bucket.as_ref().filter(|_| self.settings.daily_digest && !parts.is_empty())
        else {
            return Ok(());
        };
        let (now, parts) = (clock::now(), parts.iter().collect::<Vec<_>>());
        let read = deadline
            .publish_first(BUCKET_SHARE, bucket.get_json::<Day>(&self.config, KEY, MOST))
            .await
            .ok_or(OutOfTime::Bucket)??;
        let before = read.filter(|before| before.is_before(now));
        if before.as_ref().is_some_and(|before| !before.is_over(now)) {
            return Ok(());
        }
        let today = Day::of(now, &parts);
        let place = format!("s3://{}/coverage/index.html", bucket.name);
        let mut notice = digest(&today, before.as_ref(), &parts, &place);
        notice.text.push_str(&all_failing(&self.config, bucket, now, deadline).await);
        self.alerts.notify(&notice, deadline).await?;
        let body = serde_json::to_vec(&today).unwrap_or_default();
        let put = bucket.put(&self.config, KEY, "application/json", body, Existing::Any);
        deadline.publish(BUCKET_SHARE, put).await.ok_or(OutOfTime::Bucket)??;
        Ok(())
    }
}
