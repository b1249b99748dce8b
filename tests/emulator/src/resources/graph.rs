//! Behavior graphs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use chrono::{DateTime, Utc};

use crate::resources::id::hex;
use crate::resources::investigation::Investigation;
use crate::resources::member::{Member, Past};
use crate::resources::members::Members;
use crate::resources::packages::{self, Packages};
use crate::resources::region::partition;

/// A graph takes in at most 10 TB a day.
///
/// <https://docs.aws.amazon.com/detective/latest/userguide/regions-limitations.html>
pub(crate) const MAXIMUM_VOLUME: u64 = 10_000_000_000_000;

/// A behavior graph.
#[derive(Debug)]
pub(crate) struct Graph {
    pub(crate) arn: String,
    pub(crate) region: String,
    pub(crate) administrator: String,
    pub(crate) created: DateTime<Utc>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) members: Members,
    /// The past of accounts that were members.
    former: BTreeMap<String, Vec<Past>>,
    /// What reads still show of accounts that were written to not long ago, and until when.
    stale: BTreeMap<String, (Option<Member>, DateTime<Utc>)>,
    /// Whether accounts that join the organization are enabled automatically.
    pub(crate) auto_enable: bool,
    pub(crate) packages: Packages,
    /// Newest last.
    pub(crate) investigations: Vec<Investigation>,
}

impl Graph {
    /// A graph without members.
    pub(crate) fn new(arn: &str, region: &str, administrator: &str, now: DateTime<Utc>) -> Self {
        Self {
            arn: arn.to_owned(),
            region: region.to_owned(),
            administrator: administrator.to_owned(),
            created: now,
            tags: BTreeMap::new(),
            members: Members::default(),
            former: BTreeMap::new(),
            stale: BTreeMap::new(),
            auto_enable: false,
            packages: packages::initial(now),
            investigations: Vec::new(),
        }
    }

    /// Adds a member, which has the past of its account.
    pub(crate) fn add_member(&mut self, mut member: Member) {
        member.past = self.former.remove(&member.account).unwrap_or_default();
        self.members.insert(member);
    }

    /// Removes a member, if the account is one.
    pub(crate) fn remove_member(&mut self, account: &str, now: DateTime<Utc>) -> bool {
        let Some(member) = self.members.remove(account) else { return false };
        self.former.insert(account.to_owned(), member.removed(now));
        true
    }

    /// What an account has been in it, oldest first.
    pub(crate) fn history(&self, account: &str) -> Vec<Past> {
        match self.members.get(account) {
            Some(member) => member.past.iter().cloned().chain([member.present()]).collect(),
            None => self.former.get(account).cloned().unwrap_or_default(),
        }
    }

    /// The member as a read shows it.
    pub(crate) fn seen(&self, account: &str, now: DateTime<Utc>) -> Option<&Member> {
        match self.stale.get(account) {
            Some((before, until)) if now < *until => before.as_ref(),
            _ => self.members.get(account),
        }
    }

    /// The members as a list shows them, from an account on.
    pub(crate) fn seen_after(
        &self,
        start: Bound<String>,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = (&String, &Member)> {
        let range = (start, Bound::Unbounded);
        // Members that were removed, and are still shown, are among the others.
        let removed = self.stale.range(range.clone()).map(|(id, _)| id).filter(|id| !self.members.contains_key(*id));
        let mut removed = removed.peekable();
        let mut present = self.members.range(range).map(|(id, _)| id).peekable();
        let next = move || match (removed.peek(), present.peek()) {
            (Some(left), Some(right)) if left < right => removed.next(),
            (_, Some(_)) => present.next(),
            _ => removed.next(),
        };
        std::iter::from_fn(next).filter_map(move |id| Some((id, self.seen(id, now)?)))
    }

    /// Makes reads show the members that have changed as they were before, until a time.
    pub(crate) fn hide_changes(&mut self, before: &BTreeMap<String, Member>, until: DateTime<Utc>) {
        let accounts: BTreeSet<&String> = before.keys().chain(self.members.keys()).collect();
        let changed = accounts.into_iter().filter(|id| before.get(*id) != self.members.get(*id));
        let stale: Vec<_> = changed.map(|id| (id.clone(), (before.get(id).cloned(), until))).collect();
        self.stale.extend(stale);
    }
}

/// The ARN of an account's graph in a Region, after so many others that were deleted. It depends on nothing else but the
/// seed, so that a scenario's graphs have the same ARNs whenever they are made.
pub(crate) fn arn(seed: u64, account: &str, region: &str, deleted: u32) -> String {
    let again = if deleted == 0 { String::new() } else { format!("/{deleted}") };
    let id = hex(&format!("graph/{seed}/{account}/{region}{again}"), 32);
    format!("arn:{}:detective:{region}:{account}:graph:{id}", partition(region))
}

/// The organization's Detective administrator in one Region.
#[derive(Debug)]
pub(crate) struct Administrator {
    pub(crate) account: String,
    /// The ARN of its graph, which is the organization's.
    pub(crate) graph: String,
    pub(crate) since: DateTime<Utc>,
}
