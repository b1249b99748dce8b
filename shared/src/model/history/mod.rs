//! What is remembered of a Region from one run to the next: what Detective and Organizations do not show.
//!
//! Where it is lost, nothing is removed that depends on it, and it begins anew with the next run.

mod document;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::account::AccountId;
use crate::model::graph::GraphArn;

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
    /// The members that were removed lately.
    pub removals: Vec<Removals>,
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

/// Members that were removed at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removals {
    /// When.
    pub time: i64,
    /// How many.
    pub count: usize,
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
    /// How many members were removed since a time, in seconds since 1970.
    pub fn removed_since(&self, time: i64) -> usize {
        self.removals.iter().filter(|removals| removals.time > time).map(|removals| removals.count).sum()
    }
}
