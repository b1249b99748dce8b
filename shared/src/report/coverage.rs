//! Who the members of a graph are after a run, and how far they cover the organization.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::account::{AccountId, AccountState};
use crate::model::graph::MEMBER_LIMIT;
use crate::model::member::Member;
use crate::model::organization::Organization;
use crate::model::policy::Scope;
use crate::model::region::Region;
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

/// How far the graph covers the organization after the run.
pub fn coverage(
    administrator: AccountId,
    organization: &Organization,
    members: &BTreeMap<AccountId, Member>,
    outcomes: &BTreeMap<AccountId, Outcome>,
    out_of_scope: usize,
) -> Coverage {
    let wanted = organization.iter().filter(|(id, (account, scope))| {
        **id != administrator && account.state == AccountState::Active && matches!(scope, Scope::In { .. })
    });
    let (mut in_scope, mut enabled) = (0, 0);
    for (id, _) in wanted {
        in_scope += 1;
        let outcome = outcomes.get(id);
        enabled += usize::from(matches!(outcome, Some(Outcome::Done { status: MemberStatus::Enabled, .. })));
    }
    let percent = (enabled * 10_000).checked_div(in_scope).unwrap_or(10_000) as f64 / 100.0;
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

/// Members that were on the way to be monitored when the run began and are not monitored after it, each with the seconds
/// since its membership last changed.
pub fn waiting<'a>(
    members: &'a BTreeMap<AccountId, Member>,
    outcomes: &'a BTreeMap<AccountId, Outcome>,
    now: DateTime,
) -> impl Iterator<Item = (&'a Member, i64)> {
    let waits = |member: &&Member| {
        let before = Some(&member.status);
        let after = outcomes.get(&member.id).map_or_else(|| before.cloned(), |outcome| outcome.membership(before));
        member.waits() && after.is_some_and(|status| status != MemberStatus::Enabled)
    };
    let age = move |member: &Member| member.updated.map_or(0, |since| (now.secs() - since.secs()).max(0));
    members.values().filter(waits).map(move |member| (member, age(member)))
}

/// Members that have waited to be monitored for `stuck_after` seconds or longer, whatever keeps them: invited, in
/// verification, or accepted and not monitored.
pub fn stuck(
    members: &BTreeMap<AccountId, Member>,
    outcomes: &BTreeMap<AccountId, Outcome>,
    now: DateTime,
    stuck_after: i64,
) -> Vec<AccountId> {
    let waiting = waiting(members, outcomes, now);
    waiting.filter(|(_, age)| *age >= stuck_after).map(|(member, _)| member.id).collect()
}

#[cfg(test)]
mod tests {
    use crate::error::CallError;
    use crate::plan::held::{Held, HeldReason};

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
            let member = |status| Member {
                id,
                status,
                disabled_reason: None,
                invited: None,
                updated: None,
                email: None,
                of_organization: true,
            };
            let members = before.clone().map(|status| (id, member(status))).into_iter().collect();
            let found = memberships(&members, &BTreeMap::from([(id, outcome.clone())]));
            assert_eq!(found.get(&id), after.as_ref(), "{before:?} {outcome:?}");
        }
    }
}
