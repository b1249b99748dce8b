//! What an invocation did in one Region.

use aws_sdk_detective::types::MemberStatus;
use serde::Serialize;

use crate::error::Failure;
use crate::model::account::AccountId;
use crate::model::graph::GraphArn;
use crate::model::region::Region;
use crate::plan::held::HeldReason;
use crate::report::coverage::Coverage;
use crate::report::drift::Drift;
use crate::report::failures::{Failures, failures};
use crate::report::group::Groups;
use crate::report::lists::{AccountLists, LISTED_FAILED, is_zero};
use crate::report::outcome::{AccountReport, Action, Outcome};
use crate::report::totals::Totals;

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
    pub error: Option<Failure>,
    /// How far the graph covers the organization, where the function read all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Coverage>,
    /// Accounts that somebody should look into.
    #[serde(flatten)]
    pub lists: AccountLists,
    /// Settings of Detective that are not as they should be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<Drift>,
    /// What could not be read of the organization, while the rest could: a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The behavior graph's state, where it is not simply there.
    #[serde(skip_serializing_if = "GraphState::is_existing")]
    pub graph: GraphState,
    /// The correlation id of the run, where the invocation works on several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation: Option<String>,
    /// Whether another invocation continues with what is left.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub continued: bool,
    /// The accounts that were touched, those first that need a person, and then those that need time; else in the order of their ids.
    pub accounts: Vec<AccountReport>,
    /// The accounts that are held or failed, by reason, or by operation and code.
    #[serde(flatten)]
    pub(super) groups: Groups,
    /// The accounts that failed, whether they are listed or not.
    #[serde(skip)]
    pub(super) failures: Failures,
    /// Accounts that are counted and not listed: those that needed nothing, and those that are too many.
    #[serde(skip_serializing_if = "is_zero")]
    pub not_listed: usize,
    /// Whether time was up before all was done.
    #[serde(skip)]
    unfinished: bool,
    /// Whether there may be thousands of accounts, so that memory is needed for other Regions.
    #[serde(skip)]
    is_long: bool,
    /// Whether something is not listed that did not end as it was.
    #[serde(skip)]
    pub(super) is_cut: bool,
    /// How many accounts ended in which way.
    #[serde(skip)]
    pub(crate) totals: Totals,
}

/// What became of a Region's behavior graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GraphState {
    /// It was there, or the function did not need it.
    Existing,
    /// It was created in this run.
    Created,
    /// In a dry run: it would be created; the accounts are those that would become members of it.
    WouldBeCreated,
    /// There is none, and there need not be one.
    Missing,
}

impl GraphState {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
    fn is_existing(&self) -> bool {
        *self == Self::Existing
    }
}

/// How many held accounts a Region lists, and how many lines at level WARN it has of them.
pub(super) const LISTED_HELD: usize = 200;

impl RegionReport {
    /// A Region's report, with every account.
    pub fn new(region: Region, graph_arn: Option<GraphArn>, mut accounts: Vec<AccountReport>) -> Self {
        accounts.iter_mut().for_each(|account| account.outcome.set_region(&region));
        accounts.sort_by_key(|account| account.outcome.needs(false));
        let totals = Totals::of(&accounts);
        Self {
            region,
            graph_arn,
            error: None,
            coverage: None,
            lists: AccountLists::default(),
            drift: Vec::new(),
            warnings: Vec::new(),
            graph: GraphState::Existing,
            correlation: None,
            continued: false,
            unfinished: accounts.iter().any(|account| account.outcome.is_out_of_time()),
            groups: Groups::of(&accounts),
            failures: failures(&accounts),
            is_long: false,
            is_cut: false,
            accounts,
            not_listed: 0,
            totals,
        }
    }

    /// The report of a Region in which the whole organization was read, [shortened](Self::shortened). Without `coverage`, what was read
    /// was not the whole.
    pub fn of_organization(
        region: Region,
        graph_arn: Option<GraphArn>,
        coverage: Option<Coverage>,
        accounts: Vec<AccountReport>,
    ) -> Self {
        let mut report = Self::new(region, graph_arn, accounts).shortened();
        report.coverage = coverage;
        report
    }

    /// The report with what changed, what failed and what is held; of the latter two the first are listed in the end, and the rest is
    /// counted.
    pub fn shortened(mut self) -> Self {
        let before = self.accounts.len();
        self.accounts.retain(|account| !matches!(account.outcome, Outcome::Done { action: Action::None, .. }));
        self.not_listed += before - self.accounts.len();
        self.is_long = true;
        self
    }

    /// Lists no more than the first accounts of a report that may be long: the other Regions need the memory.
    pub(crate) fn free_memory(&mut self) {
        if self.is_long {
            self.list_first();
            self.accounts.shrink_to_fit();
        }
    }

    /// Lists no more than the first accounts that failed, and the first held ones. The rest is counted, and logged together.
    pub(crate) fn list_first(&mut self) {
        let (mut failed, mut held) = (0, 0);
        self.list_only(|account| match account.outcome {
            Outcome::Failed { .. } => {
                failed += 1;
                failed <= LISTED_FAILED
            }
            Outcome::Held(_) => {
                held += 1;
                held <= LISTED_HELD
            }
            Outcome::Done { .. } | Outcome::Removed | Outcome::Planned { .. } => true,
        });
    }

    /// Counts the accounts that are not to be listed.
    pub(super) fn list_only(&mut self, mut is_listed: impl FnMut(&AccountReport) -> bool) {
        let (groups, before) = (&mut self.groups, self.accounts.len());
        self.accounts.retain(|account| {
            let keeps = is_listed(account);
            if !keeps {
                groups.unlist(account);
            }
            keeps
        });
        let cut = before - self.accounts.len();
        self.not_listed += cut;
        self.is_cut |= cut > 0;
    }

    /// A Region in which nothing could be done.
    pub fn failed(region: Region, failure: impl Into<Failure>) -> Self {
        Self::new(region, None, Vec::new()).with_failure(failure)
    }

    /// The report with an error of the Region as a whole.
    pub fn with_failure(mut self, failure: impl Into<Failure>) -> Self {
        self.fail(failure);
        self
    }

    /// Adds an error of the Region as a whole, if it has none.
    pub fn fail(&mut self, failure: impl Into<Failure>) {
        self.totals.failed_regions = 1;
        self.error.get_or_insert(failure.into().in_region(&self.region));
    }

    /// A Region of which not all was read when time was up: nothing was done.
    pub fn out_of_time(region: Region) -> Self {
        Self { unfinished: true, ..Self::new(region, None, Vec::new()) }
    }

    /// A Region that has no behavior graph, and need not have one.
    pub fn without_graph(region: Region) -> Self {
        Self { graph: GraphState::Missing, ..Self::new(region, None, Vec::new()) }
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
            Outcome::Planned { .. } | Outcome::Failed { .. } => true,
            Outcome::Held(held) => !matches!(
                held.reason,
                HeldReason::StillActive | HeldReason::AdministratorAccount | HeldReason::OutsideOrganization
            ),
        };
        self.error.is_some() || self.accounts.iter().any(|account| account.account_id == id && waits(&account.outcome))
    }

    /// Whether what Organizations listed was not the whole organization.
    pub fn is_of_incomplete_organization(&self) -> bool {
        matches!(self.error, Some(Failure::IncompleteOrganization(_)))
    }
}
