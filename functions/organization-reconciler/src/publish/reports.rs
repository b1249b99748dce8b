//! The coverage report of a Region, as JSON and as CSV.

use std::collections::BTreeMap;

use detective_onboarding::model::time::format_time;
use serde_json::json;

use super::findings::{Findings, GraphRun};

pub(super) fn json(graph_run: &GraphRun<'_>, findings: &Findings<'_>, time: &str) -> Vec<u8> {
    let mut body = format!(
        "{{\"time\":\"{time}\",\"region\":\"{}\",\"graphArn\":\"{}\",\"correlation\":{},\"coverage\":{},\"accounts\":[",
        graph_run.region,
        graph_run.graph,
        json!(graph_run.correlation),
        json!(findings.coverage),
    )
    .into_bytes();
    let mut totals: BTreeMap<&str, usize> =
        ["done", "planned", "blocked", "waiting", "excluded", "failed", "administrator"]
            .map(|outcome| (outcome, 0))
            .into();
    for (index, row) in findings.rows_by_need().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        *totals.entry(row.outcome).or_default() += 1;
        // A row is written straight into the report: all of them as values would take many times the memory.
        let _ = serde_json::to_writer(&mut body, &row);
    }
    body.extend_from_slice(format!("],\"totals\":{}}}", json!(totals)).as_bytes());
    body
}

pub(super) fn csv(findings: &Findings<'_>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in findings.rows() {
        let _ = writer.serialize(row);
    }
    writer.into_inner().unwrap_or_default()
}

/// The Region in short: coverage in percent, and the stuck accounts. It is for others to read: a run takes from it only that there was
/// an earlier one.
pub(super) fn summary(findings: &Findings<'_>) -> Vec<u8> {
    let (time, percent, stuck) = (format_time(findings.now), findings.coverage.percent, findings.stuck);
    serde_json::to_vec(&json!({"time": time, "percent": percent, "stuck": stuck})).unwrap_or_default()
}
