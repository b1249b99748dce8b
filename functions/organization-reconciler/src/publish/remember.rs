//! What a run leaves to remember.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_detective::types::MemberStatus;
use aws_smithy_types::DateTime;
use detective_onboarding::aws::history_store::Remembered;
use detective_onboarding::error::Failure;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::graph::GraphArn;
use detective_onboarding::model::history::{History, Invitations, Published};
use detective_onboarding::model::member::Member;
use detective_onboarding::model::organization::Organization;
use detective_onboarding::model::policy::Scope;
use detective_onboarding::report::coverage::{in_scope, memberships, uncovered_since};
use detective_onboarding::report::outcome::{Action, Outcome};

use super::findings::{Findings, GraphRun};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// A member that Detective states to have been invited so soon after an invitation that is known was invited by that one.
const SAME_INVITATION: i64 = 12 * HOUR;

/// The invitations of an account that is covered are forgotten after this time: if it leaves before, it is invited again at the
/// pace that it had.
const INVITATIONS_KEPT: i64 = 14 * DAY;

impl Findings<'_> {
    /// What the run leaves. `published` is what alerts are compared with from now on.
    pub(super) fn remember(
        &self,
        graph_run: &GraphRun<'_>,
        before: Option<&History>,
        published: Option<Published>,
    ) -> History {
        let now = self.now.secs();
        let uncovered = in_scope(self.administrator, self.organization).chain(self.waiting.keys().copied());
        let uncovered = uncovered.filter(|id| !self.covered.contains(id));
        let since = |id| uncovered_since(id, self.members.get(&id), before, self.now);
        History {
            time: now,
            run: graph_run.time.secs(),
            graph: graph_run.graph.clone(),
            uncovered: uncovered.map(|id| (id, since(id))).collect(),
            invitations: self.invitations(before),
            out_of_scope: self.out_of_scope(before),
            of_organization: self.of_organization(before),
            removals_begun: self.removals_begun,
            removed: self.removed_lately(before),
            published,
        }
    }

    /// The members that this run and earlier ones have removed in the last day.
    fn removed_lately(&self, before: Option<&History>) -> BTreeMap<AccountId, i64> {
        let now = self.now.secs();
        let earlier = before.into_iter().flat_map(|history| &history.removed).filter(|(_, time)| **time > now - DAY);
        earlier.map(|(id, time)| (*id, *time)).chain(self.removed().into_iter().map(|id| (id, now))).collect()
    }

    /// The members that the policy leaves out after the run, each with when that was first so.
    fn out_of_scope(&self, before: Option<&History>) -> BTreeMap<AccountId, i64> {
        let is_removed = |id| self.outcomes.get(&id) == Some(&Outcome::Removed);
        let out = members_out_of_scope(self.organization, self.members).filter(|id| !is_removed(*id));
        let since = |id| before.and_then(|history| history.out_of_scope.get(&id).copied()).unwrap_or(self.now.secs());
        out.map(|id| (id, since(id))).collect()
    }

    /// The members by an invitation after the run that are or were accounts of the organization. There are no more than a graph has
    /// members.
    fn of_organization(&self, before: Option<&History>) -> BTreeSet<AccountId> {
        let was = |member: &Member| before.is_some_and(|history| history.was_in_organization(member));
        let is_kept = |id: &AccountId| {
            let member = self.members.get(id);
            let is_invited = member.is_none_or(|member| !member.of_organization);
            is_invited && (self.organization.contains_key(id) || member.is_some_and(was))
        };
        memberships(self.members, self.outcomes).into_keys().filter(is_kept).collect()
    }

    fn invitations(&self, before: Option<&History>) -> BTreeMap<AccountId, Invitations> {
        let now = self.now.secs();
        let before = |id| before.and_then(|history| history.invitations.get(&id)).copied();
        let accounts: BTreeSet<AccountId> =
            in_scope(self.administrator, self.organization).chain(self.members.keys().copied()).collect();
        let mut invitations = BTreeMap::new();
        for id in accounts {
            let mut of_account = before(id);
            if let Some(at) = self.members.get(&id).and_then(invited) {
                let at = at.secs().min(now);
                match &mut of_account {
                    Some(known) if at <= known.last + SAME_INVITATION => {}
                    known => *known = Some(next(*known, at)),
                }
            }
            if self.outcomes.get(&id).is_some_and(is_invitation) {
                of_account = Some(next(of_account, now));
            }
            if let Some(kept) =
                of_account.filter(|known| !self.covered.contains(&id) || known.last > now - INVITATIONS_KEPT)
            {
                invitations.insert(id, kept);
            }
        }
        invitations
    }

    /// What alerts are compared with after this run.
    pub(super) fn published(&self, alerted: Option<i64>) -> Published {
        Published {
            time: self.now.secs(),
            in_scope: self.coverage.in_scope,
            enabled: self.coverage.enabled,
            covered: self.covered.clone(),
            stuck: self.stuck.iter().copied().collect(),
            alerted,
        }
    }
}

/// What a history states that Detective contradicts: that a member which has not changed since was neither covered nor on the way
/// to it.
pub(crate) fn contradiction(history: &History, members: &BTreeMap<AccountId, Member>) -> Option<String> {
    let published = history.published.as_ref().filter(|published| published.time == history.time)?;
    let is_missing = |member: &&Member| {
        member.status == MemberStatus::Enabled
            && member.updated.is_some_and(|updated| updated.secs() < history.time - HOUR)
            && !published.covered.contains(&member.id)
            && !history.uncovered.contains_key(&member.id)
    };
    match members.values().filter(is_missing).count() {
        0 => None,
        count => {
            Some(format!("it leaves out {count} accounts that Detective has monitored since before it was written"))
        }
    }
}

/// What people should know before they rely on a Region's figures, the worst of it: that the administrator is none for long, that
/// what is remembered is not to be relied upon, or that the last run worked on another graph.
pub(crate) fn warning(
    unusable: Option<&Failure>,
    remembered: &Remembered,
    graph: Option<&GraphArn>,
    now: DateTime,
) -> Option<String> {
    let unusable = unusable.map(|failure| failure.message().into_owned());
    unusable.or_else(|| remembered.warning(now)).or_else(|| other_graph(remembered.history()?, graph?))
}

/// What people should know where the last run worked on another graph.
fn other_graph(history: &History, graph: &GraphArn) -> Option<String> {
    (history.graph != *graph)
        .then(|| format!("the behavior graph is another one than in the last run, which worked on {}", history.graph))
}

/// The members that the policy leaves out.
pub(super) fn members_out_of_scope(
    organization: &Organization,
    members: &BTreeMap<AccountId, Member>,
) -> impl Iterator<Item = AccountId> {
    let is_out = |id: &&AccountId| organization.get(*id).is_some_and(|(_, scope)| !matches!(scope, Scope::In { .. }));
    members.keys().filter(is_out).copied()
}

/// Every member that is covered after the run, in scope or not.
pub(crate) fn covered(
    members: &BTreeMap<AccountId, Member>,
    outcomes: &BTreeMap<AccountId, Outcome>,
) -> BTreeSet<AccountId> {
    let statuses = memberships(members, outcomes);
    statuses.into_iter().filter(|(_, status)| *status == MemberStatus::Enabled).map(|(id, _)| id).collect()
}

/// When a member was invited that has not accepted.
fn invited(member: &Member) -> Option<DateTime> {
    member.invited.or(member.updated).filter(|_| member.is_invited())
}

/// Whether an account was invited in the run, and has yet to accept.
fn is_invitation(outcome: &Outcome) -> bool {
    use MemberStatus::{Invited, VerificationInProgress};
    matches!(
        outcome,
        Outcome::Done { action: Action::Created | Action::Reinvited, status: Invited | VerificationInProgress }
    )
}

fn next(before: Option<Invitations>, at: i64) -> Invitations {
    Invitations { count: before.map_or(0, |known| known.count).saturating_add(1), last: at }
}
