//! The coverage report of a Region, as JSON and as CSV.

use std::collections::BTreeMap;

use detective_onboarding::aws::unit_names::UnitNames;
use detective_onboarding::model::region::Region;
use detective_onboarding::model::time::format_time;
use serde_json::json;

use super::findings::{Findings, GraphRun};
use super::names::Names;
use super::rows::Row;
use super::spreadsheet::Spreadsheet;

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

/// The report for a spreadsheet.
pub(super) fn csv(region: &Region, findings: &Findings<'_>, units: &UnitNames) -> Vec<u8> {
    const HEADS: [&str; 11] =
        ["accountId", "name", "unit", "region", "needs", "outcome", "status", "since", "action", "reason", "message"];
    let (mut file, names) = (Spreadsheet::new(&HEADS), Names { organization: findings.organization, units });
    for row in findings.rows_by_need() {
        let (name, unit) = names.describe(row.account_id);
        let (action, unit) =
            (row.action.map(|action| action.to_string()).unwrap_or_default(), unit.unwrap_or_default());
        let Row { status, since, outcome, reason, message, needs, .. } = &row;
        let needs = needs.as_str();
        file.row(
            row.account_id,
            [&name, &unit, region.as_str(), needs, outcome, status, since, &action, reason, message],
        );
    }
    file.finish()
}

/// The Region in short: coverage in percent, and the stuck accounts. It is for others to read: a run takes from it only that there was
/// an earlier one.
pub(super) fn summary(findings: &Findings<'_>) -> Vec<u8> {
    let (time, percent, stuck) = (format_time(findings.now), findings.coverage.percent, findings.stuck);
    serde_json::to_vec(&json!({"time": time, "percent": percent, "stuck": stuck})).unwrap_or_default()
}
