//! Who the members of a graph are after a run, and how far they cover the organization.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::account::{AccountId, AccountState, OrganizationAccount};
use crate::model::graph::MEMBER_LIMIT;
use crate::model::history::History;
use crate::model::member::{self, Member};
use crate::model::organization::Organization;
use crate::model::policy::Scope;
use crate::model::region::Region;
use crate::plan::held::HeldReason;
use crate::report::outcome::{Action, Outcome};
use aws_sdk_detective::types::MemberStatus;
use aws_smithy_types::DateTime;

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
    /// Members of the graph after the run, whatever their status; in a dry run, if all of the plan was done.
    pub members: usize,
    /// How many members are ENABLED after the run, in scope or not.
    pub enabled_members: usize,
    /// How many members are not, and may take up capacity all the same.
    pub not_enabled_members: usize,
    /// How many it can have.
    pub member_limit: usize,
    /// Whether accounts may be missing that should be in scope: an OU that the policy includes does not exist.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
}

impl Coverage {
    /// Warns if the graph has so large a share of the members that it can have, in percent.
    pub fn warn_if_nearly_full(&self, region: &Region, percent: usize) {
        if self.members * 100 >= self.member_limit * percent {
            tracing::warn!(%region, members = self.members, member_limit = self.member_limit,
                "the behavior graph is nearly full: narrow the policy, or set by priority who gets what is left");
        }
    }

    pub(super) fn log(&self, region: &Region) {
        let Self { in_scope, enabled, percent, out_of_scope, members, member_limit, .. } = self;
        let Self { enabled_members, not_enabled_members, incomplete, .. } = self;
        tracing::info!(%region, in_scope, enabled, percent, out_of_scope, members, enabled_members, not_enabled_members,
            member_limit, incomplete, "coverage");
    }
}

/// The members after the run, each with its status: those before it, changed by the outcomes. In a dry run they
/// are the same.
pub fn memberships(
    members: &BTreeMap<AccountId, Member>,
    outcomes: &BTreeMap<AccountId, Outcome>,
) -> BTreeMap<AccountId, MemberStatus> {
    let mut statuses: BTreeMap<AccountId, MemberStatus> =
        members.iter().map(|(id, member)| (*id, member.status.clone())).collect();
    for (id, outcome) in outcomes {
        match outcome.membership(statuses.get(id)) {
            Some(status) => statuses.insert(*id, status),
            None => statuses.remove(id),
        };
    }
    statuses
}

/// The accounts that the policy selects and that are ACTIVE, without the administrator.
pub fn in_scope(administrator: AccountId, organization: &Organization) -> impl Iterator<Item = AccountId> {
    let is_wanted = move |(id, (account, scope)): &(&AccountId, &(_, Scope))| {
        let account: &OrganizationAccount = account;
        **id != administrator && account.state == AccountState::Active && matches!(scope, Scope::In { .. })
    };
    organization.iter().filter(is_wanted).map(|(id, _)| *id)
}

/// How far the graph covers the organization after the run.
pub fn coverage(
    administrator: AccountId,
    organization: &Organization,
    members: &BTreeMap<AccountId, Member>,
    outcomes: &BTreeMap<AccountId, Outcome>,
    out_of_scope: usize,
) -> Coverage {
    let (mut in_scope, mut enabled) = (0, 0);
    for id in self::in_scope(administrator, organization) {
        in_scope += 1;
        let outcome = outcomes.get(&id);
        enabled += usize::from(matches!(outcome, Some(Outcome::Done { status: MemberStatus::Enabled, .. })));
    }
    // Without any account in scope: all are covered if there is none at all, and else nobody is.
    let nobody = if organization.keys().any(|id| *id != administrator) { 0.0 } else { 100.0 };
    let percent = share(enabled, in_scope).unwrap_or(nobody);
    let planned = |wanted| outcomes.values().filter(|found| **found == Outcome::Planned { action: wanted }).count();
    let statuses = memberships(members, outcomes);
    let enabled_members = statuses.values().filter(|status| **status == MemberStatus::Enabled).count();
    Coverage {
        in_scope,
        enabled,
        percent,
        out_of_scope,
        members: statuses.len() + planned(Action::Created) - planned(Action::Removed),
        enabled_members,
        not_enabled_members: statuses.len() - enabled_members,
        member_limit: MEMBER_LIMIT,
        incomplete: false,
    }
}

/// A share in percent, rounded down to hundredths, so that 100 are all; `None` of nobody.
pub fn share(enabled: usize, in_scope: usize) -> Option<f64> {
    Some((enabled * 10_000).checked_div(in_scope)? as f64 / 100.0)
}

/// Since when an account is not covered, in seconds since 1970: since it was first seen so, or since its membership last
/// changed if that is longer ago. Whether Detective counts a try to start a member as a change is not documented.
pub fn uncovered_since(id: AccountId, member: Option<&Member>, history: Option<&History>, now: DateTime) -> i64 {
    let changed = member.and_then(|member| member.updated).map(|updated| updated.secs().min(now.secs()));
    let Some(history) = history else { return changed.unwrap_or(now.secs()) };
    match history.uncovered.get(&id) {
        Some(first) => changed.map_or(*first, |changed| changed.min(*first)),
        // At the end of the last run it was covered, or need not be.
        None => changed.map_or(now.secs(), |changed| changed.max(history.time.min(now.secs()))),
    }
}

/// The accounts that are on the way to be monitored after the run and have not come there, each with the seconds for which it
/// has not been covered: members, and accounts that declined and are to be invited again.
pub fn waiting(
    members: &BTreeMap<AccountId, Member>,
    outcomes: &BTreeMap<AccountId, Outcome>,
    history: Option<&History>,
    now: DateTime,
) -> BTreeMap<AccountId, i64> {
    let statuses = memberships(members, outcomes);
    let waiting = statuses.iter().filter(|(_, status)| member::waits(status)).map(|(id, _)| *id);
    let declined = outcomes.iter().filter_map(|(id, outcome)| match outcome {
        Outcome::Held(held) if held.reason == HeldReason::InvitationDeclined => Some(*id),
        _ => None,
    });
    let age = |id: AccountId| (id, now.secs() - uncovered_since(id, members.get(&id), history, now));
    waiting.chain(declined).map(age).collect()
}

/// The accounts that have been [`waiting`] for `stuck_after` seconds or longer, whatever keeps them.
pub fn stuck(waiting: &BTreeMap<AccountId, i64>, stuck_after: i64) -> Vec<AccountId> {
    waiting.iter().filter(|(_, age)| **age >= stuck_after).map(|(id, _)| *id).collect()
}

#[cfg(test)]
mod tests {
    use crate::error::CallError;
    use crate::plan::held::Held;

    use super::*;

    fn held(reason: HeldReason) -> Outcome {
        Outcome::Held(Held { reason, message: "".into() })
    }

    fn failed(attempted: Action) -> Outcome {
        Outcome::failed(Some(attempted), CallError::answered("An operation", "AccessDeniedException", "no"))
    }

    #[test]
    fn who_is_a_member_after_a_run_follows_from_each_accounts_outcome() {
        use MemberStatus::{AcceptedButDisabled, Enabled, VerificationFailed};
        let created = Outcome::Done { action: Action::Created, status: Enabled };
        for (before, outcome, after) in [
            (None, created.clone(), Some(Enabled)),
            (Some(AcceptedButDisabled), created, Some(Enabled)),
            (None, held(HeldReason::VolumeUnknown), Some(AcceptedButDisabled)),
            (None, held(HeldReason::GraphQuota), None),
            (None, failed(Action::Created), None),
            // It was removed, and could not be invited again.
            (Some(VerificationFailed), failed(Action::Created), None),
            (Some(Enabled), failed(Action::Removed), Some(Enabled)),
            (Some(Enabled), held(HeldReason::RemovalNotAllowed), Some(Enabled)),
            (Some(Enabled), Outcome::Removed, None),
            (Some(Enabled), Outcome::Planned { action: Action::Removed }, Some(Enabled)),
        ] {
            let id: AccountId = "333333333333".parse().unwrap();
            let member = |status| Member::with_status(id, status);
            let members = before.clone().map(|status| (id, member(status))).into_iter().collect();
            let found = memberships(&members, &BTreeMap::from([(id, outcome.clone())]));
            assert_eq!(found.get(&id), after.as_ref(), "{before:?} {outcome:?}");
        }
    }
}
