//! Publishes coverage: reports in a bucket, metrics, and events about what became worse.

mod alerts;
pub(crate) mod findings;
mod metrics;
mod reports;
mod rows;

use std::cell::OnceCell;

use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use detective_onboarding::aws::s3::{get_object, put_object};
use detective_onboarding::config::Publishing;
use detective_onboarding::environment::ConfigError;
use detective_onboarding::error::CallError;
use detective_onboarding::events::cloudtrail::SOURCE;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::region::Region;
use detective_onboarding::model::time::format_time;
use serde_json::json;

use self::alerts::Summary;
use self::findings::{Findings, GraphRun};
use self::metrics::Metrics;

/// Events that one PutEvents call takes.
const BATCH: usize = 10;

/// Where coverage is published.
pub(crate) struct Publisher {
    settings: Publishing,
    config: SdkConfig,
    events: OnceCell<Client>,
    metrics: Metrics,
    /// A report of ten thousand accounts has megabytes: one at a time.
    turn: tokio::sync::Mutex<()>,
}

impl Publisher {
    /// Nothing is published yet.
    pub(crate) fn new(settings: Publishing, config: SdkConfig) -> Result<Self, ConfigError> {
        let metrics = Metrics::new(settings.function_name.clone())?;
        Ok(Self { settings, config, events: OnceCell::new(), metrics, turn: tokio::sync::Mutex::default() })
    }

    /// Puts the Region's report in the bucket, and events about what became worse since the last report on the bus.
    ///
    /// # Errors
    /// The first call's error.
    pub(crate) async fn publish(
        &self,
        graph_run: &GraphRun<'_>,
        findings: &Findings<'_>,
        stuck: &[AccountId],
    ) -> Result<(), CallError> {
        let _turn = self.turn.lock().await;
        let summary = Summary { percent: findings.coverage.percent, stuck: stuck.to_vec() };
        let Some(bucket) = &self.settings.bucket else {
            return self.alert(graph_run, findings, None, &summary).await;
        };
        let (time, region) = (format_time(findings.now), graph_run.region);
        let latest = format!("coverage/{region}/latest.json");
        let last = get_object(&self.config, bucket, &latest).await?;
        let before = last.and_then(|body| serde_json::from_slice(&body).ok());
        let alerted = self.alert(graph_run, findings, before.as_ref(), &summary).await;
        let key = |kind: &str| format!("coverage/{region}/{}.{kind}", time.replace(':', "-"));
        put_object(&self.config, bucket, &key("json"), "application/json", reports::json(graph_run, findings, &time))
            .await?;
        put_object(&self.config, bucket, &key("csv"), "text/csv", reports::csv(findings)).await?;
        // An alert that was not sent is sent by the next run, which compares with the same summary: an alert that is sent
        // twice is better than one that is never sent.
        alerted?;
        let body = serde_json::to_vec(&summary).unwrap_or_default();
        put_object(&self.config, bucket, &latest, "application/json", body).await
    }

    /// Puts events about what became worse since the run `before`.
    async fn alert(
        &self,
        graph_run: &GraphRun<'_>,
        findings: &Findings<'_>,
        before: Option<&Summary>,
        now: &Summary,
    ) -> Result<(), CallError> {
        let Some(bus) = &self.settings.event_bus else { return Ok(()) };
        let alerts = alerts::since(before, now, self.settings.alert_percent);
        for batch in alerts.chunks(BATCH) {
            let entry = |alert: &alerts::Alert| {
                let mut detail = alert.detail(findings);
                detail["region"] = json!(graph_run.region);
                detail["correlation"] = json!(graph_run.correlation);
                PutEventsRequestEntry::builder()
                    .event_bus_name(bus)
                    .source(SOURCE)
                    .detail_type(alert.detail_type())
                    .resources(graph_run.graph.as_str())
                    .detail(detail.to_string())
                    .build()
            };
            let entries = batch.iter().map(entry).collect();
            let client = self.events.get_or_init(|| Client::new(&self.config));
            let answer = client.put_events().set_entries(Some(entries)).send().await;
            let answer = answer.map_err(CallError::of("PutEvents"))?;
            if let Some(failed) = answer.entries().iter().find(|entry| entry.error_code().is_some()) {
                let code = failed.error_code().unwrap_or_default();
                return Err(CallError::answered(
                    "PutEvents",
                    code,
                    failed.error_message().unwrap_or("no reason given"),
                ));
            }
        }
        Ok(())
    }

    /// Records a Region's metrics; they are written by [`Publisher::flush`].
    pub(crate) fn record(&self, region: &Region, findings: &Findings<'_>) {
        self.metrics.record(region, findings);
    }

    /// Records how many Regions ended without coverage.
    pub(crate) fn record_without_coverage(&self, regions: usize) {
        self.metrics.record_without_coverage(regions);
    }

    /// Writes the metrics that were recorded.
    pub(crate) fn flush(&self) {
        self.metrics.flush();
    }
}
