//! What an invocation did: every account that it touched ends as done, failed or held.

pub mod coverage;
pub mod drift;
mod failures;
mod group;
mod known;
mod limit;
pub mod lists;
mod log;
pub mod metric;
pub mod outcome;
pub mod region;
pub mod totals;

use aws_lambda_events::event::sqs::BatchItemFailure;
use serde::Serialize;

use crate::error::Failure;
use crate::events::cloudtrail::Trigger;
use crate::report::lists::is_zero;
use crate::report::outcome::Outcome;
use crate::report::region::RegionReport;
use crate::report::totals::Totals;

/// The CloudWatch namespace of the functions' metrics.
pub const METRIC_NAMESPACE: &str = "DetectiveOnboarding";

/// The response of an invocation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The function that ran.
    pub function: &'static str,
    /// Whether nothing was changed, because it was a dry run.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// The event that it ran for, where it ran for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Trigger>,
    /// Why the event asked for nothing, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<String>,
    /// What somebody should know about the event: that it could not be read, and what was done instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// What failed before there was a Region to work in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// The correlation id of the run. Where the invocation works on several, each Region has that of its own run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation: Option<String>,
    /// Messages of the invocation that are to be retried, as Lambda expects it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub batch_item_failures: Vec<BatchItemFailure>,
    /// What was done, Region by Region, in the order of the configuration.
    pub regions: Vec<RegionReport>,
    /// Regions that are counted and not listed, because the report would be too long.
    #[serde(skip_serializing_if = "is_zero")]
    pub regions_not_listed: usize,
    /// How many accounts ended in which way, over all Regions.
    pub totals: Totals,
    /// Whether the function remembers which failures it has told.
    #[serde(skip)]
    pub remembers_failures: bool,
    /// Where the accounts are that the report does not list, if it leaves out any that is held, failed or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_record: Option<String>,
}

impl Report {
    /// The report of a run over Regions.
    pub fn new(function: &'static str, trigger: Option<Trigger>, regions: Vec<RegionReport>) -> Self {
        let mut totals = Totals::default();
        regions.iter().for_each(|region| totals.add(region.totals));
        Self {
            function,
            dry_run: false,
            trigger,
            ignored: None,
            warning: None,
            error: None,
            correlation: None,
            batch_item_failures: Vec::new(),
            regions,
            regions_not_listed: 0,
            totals,
            remembers_failures: false,
            full_record: None,
        }
    }

    /// The report of a run that could not begin. All messages of the invocation are retried.
    pub fn failed(function: &'static str, failure: impl Into<Failure>, messages: Vec<String>) -> Self {
        let report = Self { error: Some(failure.into()), ..Self::new(function, None, Vec::new()) };
        report.with_failed_messages(messages)
    }

    /// The report with the ids of the messages that are to be retried.
    pub fn with_failed_messages(mut self, messages: Vec<String>) -> Self {
        let failure = |item_identifier: String| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = item_identifier;
            failure
        };
        self.batch_item_failures = messages.into_iter().map(failure).collect();
        self
    }

    /// The report of an event that asked for nothing.
    pub fn ignored(function: &'static str, trigger: Trigger, reason: String) -> Self {
        Self { ignored: Some(reason), ..Self::new(function, Some(trigger), Vec::new()) }
    }

    /// Whether the function did its work: in some Region, where it works in Regions.
    pub fn is_of_a_run(&self) -> bool {
        let did = self.regions.is_empty() || self.regions.iter().any(|region| region.error.is_none());
        self.error.is_none() && self.ignored.is_none() && did
    }

    /// One sentence on what failed, with the first cause; `None` if nothing failed that no earlier run has told.
    pub fn failure(&self) -> Option<String> {
        if let Some(error) = &self.error {
            return Some(format!("Nothing was done: {error}."));
        }
        let Totals { done, excluded, waiting, blocked, failed, known_failures, failed_regions, .. } = self.totals;
        let new = failed - known_failures;
        let first = self.regions.iter().find_map(|report| {
            let region = &report.region;
            let of_account = report.accounts.iter().find_map(|account| match &account.outcome {
                Outcome::Failed { failure, .. } if account.known_since.is_none() => {
                    Some(format!("account {} in {region}: {failure}", account.account_id))
                }
                _ => None,
            });
            report.error.as_ref().map(|error| format!("{region}: {error}")).or(of_account)
        })?;
        let regions = match failed_regions {
            0 => String::new(),
            count => format!(", {count} of {} Regions failed", self.regions.len()),
        };
        let known = match known_failures {
            0 => String::new(),
            count => format!(", {count} fail as in earlier runs"),
        };
        let counts = format!("{blocked} blocked, {waiting} waiting, {excluded} excluded, {done} done");
        Some(format!("{new} accounts failed{known}, {counts}{regions}; the first failure: {first}."))
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_detective::types::MemberStatus;

    use super::*;
    use crate::error::CallError;
    use crate::plan::held::Held;
    use crate::report::outcome::{AccountReport, Action};

    #[test]
    fn a_report_with_a_failure_states_it_in_one_sentence() {
        let error = CallError::answered("CreateMembers", "AccessDeniedException", "no");
        let region = RegionReport::new(
            "eu-west-1".parse().unwrap(),
            None,
            vec![AccountReport::new("111122223333".parse().unwrap(), Outcome::failed(Some(Action::Created), error))],
        );
        assert_eq!(
            Report::new("account-onboarder", None, vec![region]).failure().unwrap(),
            "1 accounts failed, 0 blocked, 0 waiting, 0 excluded, 0 done; the first failure: account 111122223333 in eu-west-1: \
             CreateMembers failed: AccessDeniedException: no."
        );
    }

    #[test]
    fn a_report_is_one_json_object_with_every_account_and_first_those_that_need_a_person() {
        let region = RegionReport::new(
            "eu-west-1".parse().unwrap(),
            None,
            vec![
                AccountReport::new("111122223333".parse().unwrap(), Outcome::Held(Held::administrator())),
                AccountReport::new(
                    "444455556666".parse().unwrap(),
                    Outcome::Done { action: Action::Created, status: MemberStatus::Enabled },
                ),
                AccountReport::new("555566667777".parse().unwrap(), Outcome::Held(Held::out_of_time())),
                AccountReport::new("666677778888".parse().unwrap(), Outcome::Held(Held::invalid_email())),
            ],
        );
        let json = serde_json::to_value(Report::new("account-onboarder", None, vec![region])).unwrap();
        assert_eq!(
            json["totals"],
            serde_json::json!(
                {"done": 1, "planned": 0, "excluded": 1, "waiting": 1, "blocked": 1, "failed": 0, "failedRegions": 0}
            )
        );
        let accounts = &json["regions"][0]["accounts"];
        let held: Vec<_> = [0, 1, 2].map(|at| (&accounts[at]["outcome"], &accounts[at]["reason"])).into();
        assert_eq!(
            serde_json::json!(held),
            serde_json::json!([
                ["blocked", "invalid-email"],
                ["waiting", "out-of-time"],
                ["excluded", "administrator-account"]
            ])
        );
        assert!(accounts[0]["message"].as_str().unwrap().starts_with("Detective does not accept"), "{accounts}");
        assert_eq!(
            accounts[3],
            serde_json::json!({"accountId": "444455556666", "outcome": "done", "action": "created", "status": "ENABLED"})
        );
    }
}
