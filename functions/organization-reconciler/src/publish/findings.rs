//! What a run observed in a Region, and what it did.

use std::collections::{BTreeMap, BTreeSet};

use aws_smithy_types::DateTime;
use detective_onboarding::aws::history_store::{Remembered, StoredHistory};
use detective_onboarding::lambda::failure_memory::FailureMemory;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::graph::GraphArn;
use detective_onboarding::model::member::Member;
use detective_onboarding::model::organization::Organization;
use detective_onboarding::model::region::Region;
use detective_onboarding::report::coverage::Coverage;
use detective_onboarding::report::outcome::Outcome;

/// How many accounts of each kind have a reason in an alert, and are named in its text.
pub(super) const NAMED: usize = 20;

/// What earlier runs left cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unread {
    /// When people were last told, in seconds since 1970.
    pub(crate) told: Option<i64>,
}

impl Unread {
    pub(crate) fn of(stored: &StoredHistory) -> Option<Self> {
        matches!(stored.remembered, Remembered::Unread(_)).then_some(Self { told: stored.told })
    }
}

/// What a run observed in a Region, and what it did.
#[derive(Debug)]
pub(crate) struct Findings<'a> {
    pub(crate) organization: &'a Organization,
    pub(crate) administrator: AccountId,
    /// The members before anything was done.
    pub(crate) members: &'a BTreeMap<AccountId, Member>,
    pub(crate) outcomes: &'a BTreeMap<AccountId, Outcome>,
    pub(crate) coverage: &'a Coverage,
    /// Every member that is covered after the run, in scope or not.
    pub(crate) covered: &'a BTreeSet<AccountId>,
    /// Why what earlier runs left is not to be relied upon, as a sentence.
    pub(crate) warning: Option<&'a str>,
    /// Where it is that it cannot be read.
    pub(crate) unread: Option<Unread>,
    /// The accounts that are on the way to be monitored, each with the seconds for which it has not been covered.
    pub(crate) waiting: &'a BTreeMap<AccountId, i64>,
    /// Those of them that have been so for too long, ascending.
    pub(crate) stuck: &'a [AccountId],
    /// The accounts that were covered after the last run, and are not any more.
    pub(crate) no_longer_covered: &'a [AccountId],
    /// Which failures earlier runs have told, if that is remembered.
    pub(crate) failures: Option<&'a FailureMemory>,
    /// Whether the record of removals is begun.
    pub(crate) removals_begun: bool,
    /// Whether a part of the organization was listed, or nobody is in scope: the coverage is of nothing then.
    pub(crate) is_partial: bool,
    pub(crate) now: DateTime,
}

impl Findings<'_> {
    /// The members that were removed.
    pub(super) fn removed(&self) -> Vec<AccountId> {
        self.outcomes.iter().filter(|(_, outcome)| **outcome == Outcome::Removed).map(|(id, _)| *id).collect()
    }
}

/// A Region's graph, and the run that observed it.
pub(crate) struct GraphRun<'a> {
    pub(crate) region: &'a Region,
    pub(crate) graph: &'a GraphArn,
    pub(crate) correlation: &'a str,
    /// The time that the run is named by.
    pub(crate) time: DateTime,
}
