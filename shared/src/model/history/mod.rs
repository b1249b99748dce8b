//! What is remembered of a Region from one run to the next: what Detective and Organizations do not show.
//!
//! Where it is lost, nothing is removed that depends on it, and it begins anew with the next run.

mod document;

use std::collections::{BTreeMap, BTreeSet};

use aws_smithy_types::DateTime;
use serde::{Deserialize, Serialize};

use crate::model::account::AccountId;
use crate::model::graph::GraphArn;
use crate::model::member::Member;

const DAY: i64 = 86_400;

/// How long the invocation takes at most that invites members, after the time that it leaves, in seconds.
const LONGEST_RUN: i64 = 900;

/// What the last run left. Times are in seconds since 1970, by AWS's clocks.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// When it was written.
    pub time: i64,
    /// The time that the run which wrote it is named by: an older run does not replace it.
    pub run: i64,
    /// The Region's behavior graph.
    pub graph: GraphArn,
    /// The accounts that should be covered or that are on the way to it, and are not, each with when that was first so.
    pub uncovered: BTreeMap<AccountId, i64>,
    /// The accounts that were invited and are not covered, each with its invitations.
    pub invitations: BTreeMap<AccountId, Invitations>,
    /// The members that the policy leaves out, each with when that was first so.
    pub out_of_scope: BTreeMap<AccountId, i64>,
    /// The members by an invitation that are or were accounts of the organization: that they leave is no matter of whoever
    /// invited them.
    pub of_organization: BTreeSet<AccountId>,
    /// Whether the record of removals was begun: one that is missing is lost.
    pub removals_begun: bool,
    /// The members that runs have removed in the last day, and when: the record of removals has them as well.
    pub removed: BTreeMap<AccountId, i64>,
    /// What was last published, alerts among it: the next alert is about what is worse. `None` if no run could do so yet.
    pub published: Option<Published>,
}

/// The invitations of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invitations {
    /// How many there were.
    pub count: u32,
    /// When the last one was.
    pub last: i64,
}

/// Coverage as it was last published.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Published {
    /// When.
    pub time: i64,
    /// How many accounts were in scope.
    pub in_scope: usize,
    /// How many of them were covered.
    pub enabled: usize,
    /// Every member that was covered, in scope or not.
    pub covered: BTreeSet<AccountId>,
    /// The accounts that were stuck.
    pub stuck: BTreeSet<AccountId>,
    /// When the last alert was sent, while what it was about lasts.
    pub alerted: Option<i64>,
}

impl History {
    /// The members that runs have removed in the last day, but for those who may just be older than that.
    pub fn removed_lately(&self, now: DateTime) -> impl Iterator<Item = AccountId> {
        let from = now.secs() - DAY + LONGEST_RUN;
        self.removed.iter().filter(move |(_, time)| **time > from).map(|(id, _)| *id)
    }

    /// One in which nothing is known yet, of a graph and as of a time.
    pub fn begun(graph: GraphArn, time: i64) -> Self {
        let (uncovered, invitations, out_of_scope, of_organization) = Default::default();
        let (run, removals_begun, removed, published) = (time, false, BTreeMap::new(), None);
        Self {
            time,
            run,
            graph,
            uncovered,
            invitations,
            out_of_scope,
            of_organization,
            removals_begun,
            removed,
            published,
        }
    }

    /// Lets every grace period begin anew: what is remembered is no ground to remove anybody now.
    pub fn postpone_removals(&mut self, now: DateTime) {
        self.out_of_scope.values_mut().for_each(|since| *since = now.secs());
        self.of_organization.clear();
    }

    /// Whether a member that Organizations does not know was in the organization, by this membership: one that was invited after
    /// the last run is another.
    pub fn was_in_organization(&self, member: &Member) -> bool {
        let is_another = member.invited.is_some_and(|invited| invited.secs() > self.time.saturating_add(LONGEST_RUN));
        self.of_organization.contains(&member.id) && !is_another
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_767_603_600;

    fn id(number: u64) -> AccountId {
        format!("{number:012}").parse().unwrap()
    }

    fn history() -> History {
        let graph = "arn:aws:detective:eu-west-1:222222222222:graph:0123456789abcdef0123456789abcdef".parse().unwrap();
        History::begun(graph, NOW)
    }

    #[test]
    fn a_removal_counts_for_a_day_but_for_the_time_that_its_run_may_have_taken() {
        let from = NOW - DAY + LONGEST_RUN;
        let removed = BTreeMap::from([(id(1), from), (id(2), from + 1), (id(3), NOW)]);
        let history = History { removed, ..history() };
        let lately: Vec<AccountId> = history.removed_lately(DateTime::from_secs(NOW)).collect();
        assert_eq!(lately, [id(2), id(3)]);
    }

    #[test]
    fn removals_that_are_postponed_have_their_whole_grace_period_again() {
        let out_of_scope = BTreeMap::from([(id(1), NOW - 30 * DAY), (id(2), NOW - DAY)]);
        let mut history = History { out_of_scope, of_organization: BTreeSet::from([id(3)]), ..history() };
        history.postpone_removals(DateTime::from_secs(NOW));
        assert_eq!(history.out_of_scope, BTreeMap::from([(id(1), NOW), (id(2), NOW)]));
        assert_eq!(history.of_organization, BTreeSet::new());
    }
}
