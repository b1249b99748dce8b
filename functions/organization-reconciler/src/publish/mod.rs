//! Publishes coverage: reports in a bucket, metrics, and an event about what became worse; and keeps what the next run needs to
//! know.

mod confirm;
mod daily;
mod daily_store;
mod digest;
mod failing;
pub(crate) mod findings;
mod lost;
mod metrics;
mod names;
pub(crate) mod observer;
pub mod page;
pub(crate) mod remember;
mod reports;
pub(crate) mod rows;
mod spreadsheet;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::time::Duration;

use aws_config::SdkConfig;
use detective_onboarding::aws::alerts::Alerts;
use detective_onboarding::aws::history_store::{HistoryStore, Remembered, StoredHistory};
use detective_onboarding::aws::s3::{Bucket, Existing};
use detective_onboarding::aws::unit_names::UnitNames;
use detective_onboarding::config::Publishing;
use detective_onboarding::deadline::Deadline;
use detective_onboarding::environment::ConfigError;
use detective_onboarding::error::{CallError, Failure, OutOfTime};
use detective_onboarding::events::cloudtrail::SOURCE;
use detective_onboarding::model::history::History;
use detective_onboarding::model::region::Region;
use detective_onboarding::model::time::format_time;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use self::digest::Decision;
use self::findings::{Findings, GraphRun};
use self::metrics::Metrics;
use self::names::Units;
use self::observer::Observer;
use self::page::{Kept, LastPage, Note, RegionPart};
use self::spreadsheet::CSV;

/// How long putting a Region's reports may take: more costs the Region its report, and nothing else.
const BUCKET_SHARE: Duration = Duration::from_secs(30);

/// Reports that are held in memory at once: one of ten thousand accounts has megabytes.
const CONCURRENT_REPORTS: usize = 6;

/// Where coverage is published.
pub(crate) struct Publisher {
    settings: Publishing,
    config: SdkConfig,
    alerts: Alerts,
    /// None where somebody observes the run instead: they go to standard output.
    metrics: Option<Metrics>,
    observer: Option<Observer>,
    histories: Option<HistoryStore>,
    reports: Semaphore,
    units: Units,
    /// The coverage page as earlier runs left it, and what is new for it.
    last_page: LastPage,
    new_on_page: RefCell<Kept>,
}

impl Publisher {
    /// Nothing is published yet.
    pub(crate) fn new(
        settings: Publishing,
        config: SdkConfig,
        observer: Option<Observer>,
    ) -> Result<Self, ConfigError> {
        let metrics = match &observer {
            None => Some(Metrics::new(settings.function_name.clone())?),
            Some(_) => None,
        };
        let histories = settings.bucket.clone().map(|bucket| HistoryStore::new(config.clone(), bucket));
        let reports = Semaphore::new(CONCURRENT_REPORTS);
        let alerts = Alerts::new(config.clone(), SOURCE, settings.alerts.clone());
        let (units, last_page, new_on_page) = Default::default();
        Ok(Self { settings, config, alerts, metrics, observer, histories, reports, units, last_page, new_on_page })
    }

    /// Puts an event about what became worse since the last run, or lasts, on the bus, what is to be remembered and the Region's report in
    /// the bucket.
    ///
    /// # Errors
    /// What could not be published, the first of it. The rest is.
    pub(crate) async fn publish(
        &self,
        graph_run: &GraphRun<'_>,
        findings: &Findings<'_>,
        stored: &mut StoredHistory,
        deadline: Deadline,
    ) -> Result<(), Failure> {
        if findings.is_partial {
            return self.publish_lost(graph_run, findings, stored, deadline).await;
        }
        let before = stored.remembered.history();
        let published = before.and_then(|before| before.published.as_ref());
        let failing = findings.failing(graph_run, deadline).await;
        let decision = digest::decide(findings, before, failing, self.settings.alert_percent);
        let (alerted, at) = match &decision {
            Decision::Send(digest) => {
                (self.alert(graph_run, digest.detail(findings), deadline).await, Some(findings.now.secs()))
            }
            Decision::Sent(at) => (Ok(()), Some(*at)),
            Decision::Nothing => (Ok(()), None),
        };
        // An alert that was not sent is sent by the next run, which compares with the same: an alert that is sent twice is better
        // than one that is never sent.
        let published = match &alerted {
            Ok(()) => Some(findings.published(at)),
            Err(_) => published.cloned().or_else(|| stored.published_before()),
        };
        let history = findings.remember(graph_run, before, published);
        if alerted.is_ok() && matches!(stored.remembered, Remembered::Unread(_)) {
            self.note(graph_run.region, Note { told: at, ..Note::default() });
        }
        let put = match &self.settings.bucket {
            Some(bucket) => self.put(bucket, graph_run, findings, (stored, history), deadline).await,
            None => Ok(()),
        };
        alerted.and(put)
    }

    /// Puts what is to be remembered and the report in the bucket: what is to be remembered first.
    async fn put(
        &self,
        bucket: &Bucket,
        graph_run: &GraphRun<'_>,
        findings: &Findings<'_>,
        (stored, history): (&mut StoredHistory, History),
        deadline: Deadline,
    ) -> Result<(), Failure> {
        let units = self.units.get(&self.config, bucket, findings.organization, deadline).await;
        let put = async {
            let is_newest = match (&self.histories, &stored.remembered) {
                (_, Remembered::Unread(failure)) => Err(failure.clone()),
                (Some(histories), _) => Ok(histories.write(graph_run.region, stored, history).await?),
                (None, _) => Ok(false),
            };
            if is_newest == Ok(true) {
                self.note_written(graph_run.region, stored);
            }
            self.put_reports(bucket, graph_run, findings, &units).await?;
            if is_newest? {
                let (key, body) = (format!("coverage/{}/latest.json", graph_run.region), reports::summary(findings));
                bucket.put(&self.config, &key, "application/json", body, Existing::Any).await?;
                let part = RegionPart::of(graph_run, findings);
                self.new_on_page.borrow_mut().parts.insert(part.summary.region.clone(), part);
            }
            Ok(())
        };
        // One stalled report holds up none of another Region, unless there are as many of them as memory has capacity for.
        let _permit = self.reports.acquire().await;
        deadline.publish(BUCKET_SHARE, put).await.unwrap_or_else(|| Err(OutOfTime::Bucket.into()))
    }

    /// Puts the report, under a key with the time at which it is made.
    async fn put_reports(
        &self,
        bucket: &Bucket,
        graph_run: &GraphRun<'_>,
        findings: &Findings<'_>,
        units: &UnitNames,
    ) -> Result<(), CallError> {
        let time = format_time(findings.now);
        let key = |kind: &str| format!("coverage/{}/{}.{kind}", graph_run.region, time.replace(':', "-"));
        let json = reports::json(graph_run, findings, &time);
        bucket.put(&self.config, &key("json"), "application/json", json, Existing::Any).await?;
        bucket
            .put(&self.config, &key("csv"), CSV, reports::csv(graph_run.region, findings, units), Existing::Any)
            .await?;
        Ok(())
    }

    /// Sends an alert, once a run: one that is tried again, because it could not publish all, sends no other.
    async fn alert(&self, graph_run: &GraphRun<'_>, mut detail: Value, deadline: Deadline) -> Result<(), Failure> {
        detail["region"] = json!(graph_run.region);
        detail["correlation"] = json!(graph_run.correlation);
        self.alerts.send(graph_run.correlation, graph_run.graph, &detail, deadline).await
    }

    /// Gives every account of a Region to whoever observes the run.
    pub(crate) fn observe(&self, region: &Region, findings: &Findings<'_>) {
        if let Some(observer) = &self.observer {
            observer(region, findings.organization, &mut findings.rows());
        }
    }

    /// Records a Region's metrics; they are written by [`Publisher::flush`].
    pub(crate) fn record(&self, region: &Region, findings: &Findings<'_>) {
        self.metrics.iter().for_each(|metrics| metrics.record(region, findings));
    }

    /// Records how many Regions ended without coverage, and whether the run was a dry one.
    pub(crate) fn record_run(&self, without_coverage: usize, dry_run: bool) {
        self.metrics.iter().for_each(|metrics| metrics.record_run(without_coverage, dry_run));
    }

    /// Writes the metrics that were recorded.
    pub(crate) fn flush(&self) {
        self.metrics.iter().for_each(Metrics::flush);
    }
}
