//! Who the members of a graph are after a run, and how far they cover the organization.

use std::collections::BTreeMap;

use aws_sdk_detective::types::MemberStatus;
use detective_onboarding::account::{AccountId, AccountState};
use detective_onboarding::member::Member;
use detective_onboarding::outcome::{Action, Outcome};
use detective_onboarding::policy::Scope;
use detective_onboarding::reconcile::{Organization, PLACES};
use detective_onboarding::region_report::Coverage;

/// The members after the run, each with its status: those before it, with what came of every account. In a dry run they
/// are the same.
pub(crate) fn memberships(
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
pub(crate) fn coverage(
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
    let members = memberships(members, outcomes).len() + planned(Action::Created) - planned(Action::Removed);
    Coverage { in_scope, enabled, percent, out_of_scope, members, member_limit: PLACES }
}

#[cfg(test)]
mod tests {
    use detective_onboarding::error::CallError;
    use detective_onboarding::held::{Held, HeldReason};

    use super::*;

    fn held(reason: HeldReason) -> Outcome {
        Outcome::Held(Held { reason, message: "".into() })
    }

    fn failed(operation: &'static str) -> Outcome {
        Outcome::Failed(CallError::new(operation, "AccessDeniedException", "no"))
    }

    #[test]
    fn who_is_a_member_after_a_run_is_what_came_of_each_account() {
        use MemberStatus::{AcceptedButDisabled, Enabled, VerificationFailed};
        let created = Outcome::Done { action: Action::Created, status: Enabled };
        for (before, outcome, after) in [
            (None, created.clone(), Some(Enabled)),
            (Some(AcceptedButDisabled), created, Some(Enabled)),
            (None, held(HeldReason::VolumeUnknown), Some(AcceptedButDisabled)),
            (None, held(HeldReason::GraphQuota), None),
            (None, failed("CreateMembers"), None),
            // It was removed, and could not be invited again.
            (Some(VerificationFailed), failed("CreateMembers"), None),
            (Some(Enabled), failed("DeleteMembers"), Some(Enabled)),
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
