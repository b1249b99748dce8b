//! What came of an invocation: every account that it touched ends as done, failed or held.

use aws_lambda_events::event::sqs::BatchItemFailure;
use aws_sdk_detective::types::MemberStatus;
use serde::Serialize;

use crate::account::AccountId;
use crate::drift::Drift;
use crate::error::CallError;
use crate::graph::{GraphArn, Region};
use crate::held::HeldReason;
use crate::invocation::Invocation;
use crate::outcome::{AccountReport, Action, Outcome};
use crate::trigger::Trigger;

/// The response of an invocation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The function that ran.
    pub function: &'static str,
    /// The event that it ran for, where it ran for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Trigger>,
    /// Why the event asked for nothing, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<String>,
    /// What failed before there was a Region to work in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<CallError>,
    /// The id that this run has in common with its cause and with the runs that go on with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation: Option<String>,
    /// Messages of the invocation that are to come again, as Lambda wants to be told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub batch_item_failures: Vec<BatchItemFailure>,
    /// What was done, Region by Region, in the order of the configuration.
    pub regions: Vec<RegionReport>,
    /// How many accounts ended in which way, over all Regions.
    pub totals: Totals,
}

/// Account outcomes, counted over all Regions, and Regions that failed as a whole.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Accounts that are as they should be, or on their way there.
    pub done: usize,
    /// Accounts that would be changed, in a dry run.
    pub planned: usize,
    /// Accounts left alone on purpose, with a reason.
    pub held: usize,
    /// Accounts for which a call failed.
    pub failed: usize,
    /// Regions in which something failed as a whole.
    pub failed_regions: usize,
}

/// What was done in one Region.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RegionReport {
    /// The Region.
    pub region: Region,
    /// The behavior graph there, if it was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub graph_arn: Option<GraphArn>,
    /// What failed in the Region as a whole. With accounts beside it, the rest was done all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<CallError>,
    /// How far the graph covers the organization, where the function looked at all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Coverage>,
    /// Members that Detective has accepted and not monitored for too long, in the order of their ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stuck: Vec<AccountId>,
    /// Settings of Detective that are not as they should be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<Drift>,
    /// Whether the behavior graph was made in this run.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub graph_created: bool,
    /// Whether the Region has no behavior graph, where it need not have one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_graph: bool,
    /// Whether another invocation goes on with what is left.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub continued: bool,
    /// The accounts that were touched, in the order of their ids.
    pub accounts: Vec<AccountReport>,
    /// Accounts that are counted and not listed: those that needed nothing, and held ones beyond the first
    /// [`LISTED_HELD`].
    #[serde(skip_serializing_if = "is_zero")]
    pub not_listed: usize,
    /// Whether time was up before all was done.
    #[serde(skip)]
    unfinished: bool,
    /// How many accounts ended in which way.
    #[serde(skip)]
    totals: Totals,
}

/// How many held accounts a Region of a large organization lists. An answer of Lambda has room for some megabytes.
pub const LISTED_HELD: usize = 200;

/// How far a behavior graph covers the organization.
#[derive(Debug, Default, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// Accounts that the policy selects and that are ACTIVE, without the administrator.
    pub in_scope: usize,
    /// How many of them are ENABLED.
    pub enabled: usize,
    /// The share that is ENABLED, in percent; 100 where nothing is in scope.
    pub percent: f64,
    /// Accounts that the policy leaves out and that are no members.
    pub out_of_scope: usize,
    /// Members of the graph, whatever their status.
    pub members: usize,
    /// How many it can have.
    pub member_limit: usize,
}

impl RegionReport {
    /// A Region's report, with every account.
    pub fn new(region: Region, graph_arn: Option<GraphArn>, accounts: Vec<AccountReport>) -> Self {
        let totals = Totals::of(&accounts);
        Self {
            region,
            graph_arn,
            error: None,
            coverage: None,
            stuck: Vec::new(),
            drift: Vec::new(),
            graph_created: false,
            no_graph: false,
            continued: false,
            unfinished: accounts.iter().any(|account| account.outcome.is_out_of_time()),
            accounts,
            not_listed: 0,
            totals,
        }
    }

    /// The report of a Region in which the whole organization was looked at: what changed, what failed, and the first
    /// held accounts are listed, and the rest is counted.
    pub fn of_organization(
        region: Region,
        graph_arn: GraphArn,
        coverage: Coverage,
        accounts: Vec<AccountReport>,
    ) -> Self {
        let mut report = Self::new(region, Some(graph_arn), accounts);
        let before = report.accounts.len();
        let mut held = 0;
        report.accounts.retain(|account| match account.outcome {
            Outcome::Done { action: Action::None, .. } => false,
            Outcome::Held(_) => {
                held += 1;
                held <= LISTED_HELD
            }
            _ => true,
        });
        report.not_listed = before - report.accounts.len();
        report.coverage = Some(coverage);
        report
    }

    /// A Region in which nothing could be done.
    pub fn failed(region: Region, error: CallError) -> Self {
        Self::new(region, None, Vec::new()).with_error(error)
    }

    /// The report with an error of the Region as a whole.
    pub fn with_error(mut self, error: CallError) -> Self {
        self.fail(error);
        self
    }

    /// Adds an error of the Region as a whole, if it has none.
    pub fn fail(&mut self, error: CallError) {
        self.totals.failed_regions = 1;
        self.error.get_or_insert(error);
    }

    /// A Region that has no behavior graph, and need not have one.
    pub fn without_graph(region: Region) -> Self {
        Self { no_graph: true, ..Self::new(region, None, Vec::new()) }
    }

    /// Whether an account was invited that has yet to accept.
    pub fn has_invited(&self) -> bool {
        self.accounts.iter().any(|account| {
            let Outcome::Done { action: Action::Created, status } = &account.outcome else { return false };
            matches!(status, MemberStatus::Invited | MemberStatus::VerificationInProgress)
        })
    }

    /// Whether time was up before all was done.
    pub fn is_unfinished(&self) -> bool {
        self.unfinished
    }

    /// Whether something is left to do with an account: it failed, or is held for a while.
    pub fn waits_for(&self, id: AccountId) -> bool {
        let waits = |outcome: &Outcome| match outcome {
            Outcome::Done { .. } | Outcome::Removed => false,
            Outcome::Planned { .. } | Outcome::Failed(_) => true,
            Outcome::Held(held) => !matches!(held.reason, HeldReason::StillActive | HeldReason::AdministratorAccount),
        };
        self.error.is_some() || self.accounts.iter().any(|account| account.account_id == id && waits(&account.outcome))
    }

    /// Whether the Region or an account in it failed.
    pub fn has_failed(&self) -> bool {
        self.totals.failed + self.totals.failed_regions > 0
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Totals {
    fn of(accounts: &[AccountReport]) -> Self {
        let mut totals = Self::default();
        for account in accounts {
            *match account.outcome {
                Outcome::Done { .. } | Outcome::Removed => &mut totals.done,
                Outcome::Planned { .. } => &mut totals.planned,
                Outcome::Held(_) => &mut totals.held,
                Outcome::Failed(_) => &mut totals.failed,
            } += 1;
        }
        totals
    }

    fn add(&mut self, other: Self) {
        self.done += other.done;
        self.planned += other.planned;
        self.held += other.held;
        self.failed += other.failed;
        self.failed_regions += other.failed_regions;
    }
}

impl Report {
    /// The report of a run over Regions.
    pub fn new(function: &'static str, trigger: Option<Trigger>, regions: Vec<RegionReport>) -> Self {
        let mut totals = Totals::default();
        regions.iter().for_each(|region| totals.add(region.totals));
        Self {
            function,
            trigger,
            ignored: None,
            error: None,
            correlation: None,
            batch_item_failures: Vec::new(),
            regions,
            totals,
        }
    }

    /// The report of a run that could not begin. All messages of the invocation come again.
    pub fn failed(function: &'static str, error: CallError, invocation: &Invocation) -> Self {
        let messages = invocation.rests().into_iter().map(|(message, _)| message).collect();
        let report = Self { error: Some(error), ..Self::new(function, None, Vec::new()) };
        report.with_failed_messages(invocation, messages)
    }

    /// The report with the messages that are to come again.
    pub fn with_failed_messages(mut self, invocation: &Invocation, messages: Vec<String>) -> Self {
        self.correlation = Some(invocation.correlation.clone());
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

    /// One sentence on what failed, with the first cause; `None` if nothing failed.
    pub fn failure(&self) -> Option<String> {
        if let Some(error) = &self.error {
            return Some(format!("Nothing was done: {error}."));
        }
        let Totals { done, held, failed, failed_regions, .. } = self.totals;
        let first = self.regions.iter().find_map(|report| {
            let region = &report.region;
            let of_account = report.accounts.iter().find_map(|account| match &account.outcome {
                Outcome::Failed(error) => Some(format!("account {} in {region}: {error}", account.account_id)),
                _ => None,
            });
            report.error.as_ref().map(|error| format!("{region}: {error}")).or(of_account)
        })?;
        let regions = match failed_regions {
            0 => String::new(),
            count => format!(", {count} of {} Regions failed", self.regions.len()),
        };
        Some(format!("{failed} accounts failed, {held} held, {done} done{regions}; the first failure: {first}."))
    }

    /// Logs what happened: an account at a time, but for those that needed nothing.
    pub fn log(&self) {
        if let Some(error) = &self.error {
            tracing::error!(aws.operation = error.operation, aws.code = error.code, "run failed: {}", error.message);
        }
        for region in &self.regions {
            if let Some(error) = &region.error {
                tracing::error!(region = %region.region, aws.operation = error.operation, aws.code = error.code,
                    "Region failed: {}", error.message);
            }
            if region.graph_created {
                tracing::warn!(region = %region.region, "a behavior graph was created");
            }
            for drift in &region.drift {
                tracing::warn!(region = %region.region, kind = ?drift.kind, corrected = drift.corrected, "drift: {}", drift.message);
            }
            if region.no_graph {
                tracing::warn!(region = %region.region, "the Region has no behavior graph");
            }
            if region.continued {
                tracing::info!(region = %region.region, "time is up: another invocation goes on");
            }
            for account in &region.accounts {
                account.log(&region.region);
            }
            for id in &region.stuck {
                tracing::error!(account.id = %id, region = %region.region, "account stuck: Detective has accepted it and not \
                    monitored it for too long; what holds it is said with the account");
            }
            if let Some(coverage) = &region.coverage {
                coverage.log(&region.region);
            }
        }
        let Totals { done, planned, held, failed, failed_regions } = self.totals;
        tracing::info!(done, planned, held, failed, failed_regions, "run finished");
    }
}

impl Coverage {
    fn log(&self, region: &Region) {
        let Self { in_scope, enabled, percent, out_of_scope, members, member_limit } = self;
        tracing::info!(%region, in_scope, enabled, percent, out_of_scope, members, member_limit, "coverage");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::held::Held;

    #[test]
    fn a_report_with_a_failure_says_so_in_one_sentence() {
        let error =
            CallError { operation: "CreateMembers", code: "AccessDeniedException".into(), message: "no".into() };
        let region = RegionReport::new(
            "eu-west-1".parse().unwrap(),
            None,
            vec![AccountReport::new("111122223333".parse().unwrap(), Outcome::Failed(error))],
        );
        assert_eq!(
            Report::new("account-onboarder", None, vec![region]).failure().unwrap(),
            "1 accounts failed, 0 held, 0 done; the first failure: account 111122223333 in eu-west-1: CreateMembers failed: \
             AccessDeniedException: no."
        );
    }

    #[test]
    fn a_report_is_one_json_object_with_every_account() {
        let region = RegionReport::new(
            "eu-west-1".parse().unwrap(),
            None,
            vec![
                AccountReport::new("111122223333".parse().unwrap(), Outcome::Held(Held::administrator())),
                AccountReport::new(
                    "444455556666".parse().unwrap(),
                    Outcome::Done { action: Action::Created, status: MemberStatus::Enabled },
                ),
            ],
        );
        let json = serde_json::to_value(Report::new("account-onboarder", None, vec![region])).unwrap();
        assert_eq!(
            json["totals"],
            serde_json::json!({"done": 1, "planned": 0, "held": 1, "failed": 0, "failedRegions": 0})
        );
        assert_eq!(json["regions"][0]["accounts"][0]["reason"], "administrator-account");
        assert_eq!(
            json["regions"][0]["accounts"][1],
            serde_json::json!({"accountId": "444455556666", "outcome": "done", "action": "created", "status": "ENABLED"})
        );
    }
}
