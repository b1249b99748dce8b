//! What functions report: in the response of an invocation, or in its error.

use local_cloud::{FunctionError, InvocationRecord};
use serde_json::Value;

/// The response of an invocation that succeeded.
///
/// # Panics
/// The invocation failed.
#[track_caller]
pub fn report(record: InvocationRecord) -> Value {
    record.outcome.unwrap_or_else(|error| panic!("{}: {}", error.error_type, error.error_message))
}

/// The report in the error of an incomplete run.
///
/// # Panics
/// The error has no report.
#[track_caller]
pub fn report_in(error: &FunctionError) -> Value {
    let (_, report) = error.error_message.split_once(" Report: ").expect("the report is in the message");
    serde_json::from_str(report).expect("the report is JSON")
}

/// The part of a report that is about a Region.
///
/// # Panics
/// The Region is not in the report.
#[track_caller]
pub fn region<'a>(report: &'a Value, name: &str) -> &'a Value {
    let regions = report["regions"].as_array().expect("a report has Regions");
    regions.iter().find(|region| region["region"] == name).unwrap_or_else(|| panic!("{name} is not in {report:#}"))
}

/// The line of an account in a Region of a report.
///
/// # Panics
/// The Region or the account is not in the report.
#[track_caller]
pub fn line<'a>(report: &'a Value, region: &str, account: &str) -> &'a Value {
    let accounts = self::region(report, region)["accounts"].as_array().expect("a Region has accounts");
    let line = accounts.iter().find(|line| line["accountId"] == account);
    line.unwrap_or_else(|| panic!("{account} is not in {report:#}"))
}

/// How many accounts a report counts as held, whomever they need.
///
/// # Panics
/// It has no totals.
#[track_caller]
pub fn held(report: &Value) -> u64 {
    let count = |outcome: &str| report["totals"][outcome].as_u64().unwrap_or_else(|| panic!("{outcome}: {report:#}"));
    HELD.map(count).iter().sum()
}

/// Whether an account's line, or a row of a coverage report, is of one that is held, whomever it needs.
pub fn is_held(line: &Value) -> bool {
    HELD.iter().any(|outcome| line["outcome"] == *outcome)
}

/// The outcomes of accounts that are held: they need a person, time or nobody.
const HELD: [&str; 3] = ["blocked", "waiting", "excluded"];

/// The correlation ids of the runs that an invocation worked on: one, or one for each continuation.
///
/// # Panics
/// The invocation failed, or its report names no run.
#[track_caller]
pub fn correlations(record: &InvocationRecord) -> Vec<String> {
    let report = record.outcome.as_ref().expect("the invocation succeeds");
    let regions = report["regions"].as_array().into_iter().flatten().map(|region| &region["correlation"]);
    let named = std::iter::once(&report["correlation"]).chain(regions).filter_map(Value::as_str);
    let named: Vec<String> = named.map(str::to_owned).collect();
    assert!(!named.is_empty(), "{report:#}");
    named
}
