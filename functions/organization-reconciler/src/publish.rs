//! Tells others what was found: reports in a bucket, metrics, and events about what became worse.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::io::Write as _;

use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_smithy_types::date_time::Format;
use detective_onboarding::account::AccountId;
use detective_onboarding::config::{ConfigError, Environment};
use detective_onboarding::error::CallError;
use detective_onboarding::graph::{GraphArn, Region};
use detective_onboarding::outcome::Outcome;
use detective_onboarding::storage::{get_object, put_object};
use detective_onboarding::trigger::SOURCE;
use metrics::histogram;
use metrics_cloudwatch_embedded::{Builder, Collector};
use serde_json::json;

use crate::alerts::{self, Summary};
use crate::coverage::memberships;
use crate::rows::Findings;

/// The CloudWatch namespace of the metrics.
const NAMESPACE: &str = "DetectiveOnboarding";

/// Events that one PutEvents call takes.
const BATCH: usize = 10;

/// Where it is told.
pub(crate) struct Publisher {
    bucket: Option<String>,
    events: Option<(OnceCell<Client>, String)>,
    alert_percent: f64,
    stuck_after: i64,
    metrics: &'static Collector,
    /// A report of ten thousand accounts has megabytes: one at a time.
    turn: tokio::sync::Mutex<()>,
}

/// A Region's graph, and the run that looked at it.
pub(crate) struct Place<'a> {
    pub(crate) region: &'a Region,
    pub(crate) graph: &'a GraphArn,
    pub(crate) correlation: &'a str,
}

impl Publisher {
    /// Reads `REPORT_BUCKET`, `EVENT_BUS_NAME` and `COVERAGE_ALERT_PERCENT`.
    pub(crate) fn new(environment: &Environment<'_>, stuck_after: i64) -> Result<Self, ConfigError> {
        const PERCENT: &str = "a number from 0 to 100";
        let alert_percent = environment.parsed("COVERAGE_ALERT_PERCENT", 95.0, PERCENT)?;
        if !(0.0..=100.0).contains(&alert_percent) {
            return Err(ConfigError::new("COVERAGE_ALERT_PERCENT", format!("is {alert_percent}"), PERCENT));
        }
        let name = environment.text("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
        let metrics = Builder::new().cloudwatch_namespace(NAMESPACE).with_dimension("FunctionName", name).init();
        Ok(Self {
            bucket: environment.text("REPORT_BUCKET"),
            events: environment.text("EVENT_BUS_NAME").map(|bus| (OnceCell::new(), bus)),
            alert_percent,
            stuck_after,
            metrics: metrics.map_err(|error| {
                ConfigError::new("AWS_LAMBDA_FUNCTION_NAME", error.to_string(), "the function's name")
            })?,
            turn: tokio::sync::Mutex::default(),
        })
    }

    /// Which members have waited for too long: invited, in verification, or accepted, and not monitored.
    pub(crate) fn stuck(&self, findings: &Findings<'_>) -> Vec<AccountId> {
        findings.waiting().filter(|(_, age)| *age >= self.stuck_after).map(|(member, _)| member.id).collect()
    }

    /// Puts the Region's report in the bucket, and tells of what became worse since the last one.
    pub(crate) async fn tell(
        &self,
        config: &SdkConfig,
        place: &Place<'_>,
        findings: &Findings<'_>,
    ) -> Result<(), CallError> {
        let _turn = self.turn.lock().await;
        let stuck = self.stuck(findings);
        let summary = Summary { percent: findings.coverage.percent, stuck };
        let Some(bucket) = &self.bucket else { return self.alert(config, place, findings, None, &summary).await };
        let (time, region) = (findings.now.fmt(Format::DateTime).unwrap_or_default(), place.region);
        let latest = format!("coverage/{region}/latest.json");
        let last = get_object(config, bucket, &latest).await?;
        let before = last.and_then(|body| serde_json::from_slice(&body).ok());
        let told = self.alert(config, place, findings, before.as_ref(), &summary).await;
        let key = |kind: &str| format!("coverage/{region}/{}.{kind}", time.replace(':', "-"));
        put_object(config, bucket, &key("json"), "application/json", json_report(place, findings, &time)).await?;
        put_object(config, bucket, &key("csv"), "text/csv", csv_report(findings)).await?;
        // What was not told is told by the next run, which compares with the same: an alert that comes twice is better than
        // one that never comes.
        told?;
        let body = serde_json::to_vec(&summary).unwrap_or_default();
        put_object(config, bucket, &latest, "application/json", body).await
    }

    /// Puts events about what became worse since the run `before`.
    async fn alert(
        &self,
        config: &SdkConfig,
        place: &Place<'_>,
        findings: &Findings<'_>,
        before: Option<&Summary>,
        now: &Summary,
    ) -> Result<(), CallError> {
        self.put_events(config, place, findings, alerts::of(before, now, self.alert_percent)).await
    }

    async fn put_events(
        &self,
        config: &SdkConfig,
        place: &Place<'_>,
        findings: &Findings<'_>,
        alerts: Vec<alerts::Alert>,
    ) -> Result<(), CallError> {
        let Some((client, bus)) = &self.events else { return Ok(()) };
        for batch in alerts.chunks(BATCH) {
            let entry = |alert: &alerts::Alert| {
                let mut detail = alert.detail(findings);
                detail["region"] = json!(place.region);
                detail["correlation"] = json!(place.correlation);
                PutEventsRequestEntry::builder()
                    .event_bus_name(bus)
                    .source(SOURCE)
                    .detail_type(alert.detail_type())
                    .resources(place.graph.as_str())
                    .detail(detail.to_string())
                    .build()
            };
            let entries = batch.iter().map(entry).collect();
            let client = client.get_or_init(|| Client::new(config));
            let answer = client.put_events().set_entries(Some(entries)).send().await;
            let answer = answer.map_err(CallError::of("PutEvents"))?;
            if let Some(failed) = answer.entries().iter().find(|entry| entry.error_code().is_some()) {
                let code = failed.error_code().unwrap_or_default();
                return Err(CallError::new("PutEvents", code, failed.error_message().unwrap_or("no reason given")));
            }
        }
        Ok(())
    }

    /// Notes a Region's metrics; they are written by [`Publisher::flush`]. Those without a Region stand for the worst one.
    pub(crate) fn measure(&self, region: &Region, findings: &Findings<'_>) {
        let region = region.as_str().to_owned();
        let coverage = findings.coverage;
        let of_limit = coverage.members as f64 * 100.0 / coverage.member_limit as f64;
        let oldest = findings.waiting().map(|(_, age)| age).max().unwrap_or(0) as f64 / 3600.0;
        for (name, value) in [
            ("CoveragePercent", coverage.percent),
            ("MembersPercentOfLimit", of_limit),
            ("OldestDisabledHours", oldest),
        ] {
            histogram!(name).record(value);
            histogram!(name, "Region" => region.clone()).record(value);
        }
        let (mut by_status, mut by_reason) = (BTreeMap::<String, usize>::new(), BTreeMap::<String, usize>::new());
        for status in memberships(findings.members, findings.outcomes).values() {
            *by_status.entry(status.as_str().to_owned()).or_default() += 1;
        }
        for outcome in findings.outcomes.values() {
            if let Outcome::Held(held) = outcome {
                *by_reason.entry(held.reason.to_string()).or_default() += 1;
            }
        }
        for (status, count) in by_status {
            histogram!("Members", "Region" => region.clone(), "Status" => status).record(count as f64);
        }
        for (reason, count) in by_reason {
            histogram!("Held", "Region" => region.clone(), "Reason" => reason).record(count as f64);
        }
    }

    /// Writes the metrics to standard output, from where CloudWatch takes them.
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
    pub(crate) fn flush(&self) {
        let mut output = std::io::stdout().lock();
        if let Err(error) = self.metrics.flush(&mut output).and_then(|()| output.flush()) {
            tracing::error!("the metrics could not be written: {error}");
        }
    }
}

fn json_report(place: &Place<'_>, findings: &Findings<'_>, time: &str) -> Vec<u8> {
    let mut body = format!(
        "{{\"time\":\"{time}\",\"region\":\"{}\",\"graphArn\":\"{}\",\"correlation\":{},\"coverage\":{},\"accounts\":[",
        place.region,
        place.graph,
        json!(place.correlation),
        json!(findings.coverage),
    )
    .into_bytes();
    let mut totals: BTreeMap<&str, usize> =
        ["done", "planned", "held", "failed", "administrator"].map(|outcome| (outcome, 0)).into();
    for (index, row) in findings.rows().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        *totals.entry(row.outcome).or_default() += 1;
        // A row is written straight into the report: all of them as values would take many times the room.
        let _ = serde_json::to_writer(&mut body, &row);
    }
    body.extend_from_slice(format!("],\"totals\":{}}}", json!(totals)).as_bytes());
    body
}

fn csv_report(findings: &Findings<'_>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in findings.rows() {
        let _ = writer.serialize(row);
    }
    writer.into_inner().unwrap_or_default()
}
