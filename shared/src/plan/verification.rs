//! Invited accounts that Detective could not verify: when they are invited again.

use aws_smithy_types::DateTime;

use crate::model::account::OrganizationAccount;
use crate::model::member::Member;
use crate::model::time::format_time;
use crate::plan::held::{Held, HeldReason};
use crate::plan::step::{self, Plan, Step};

/// How long a verification that failed with the current address rests before it is tried again, in seconds: a week. An address that
/// was changed lately may take Detective some time to know, and each invitation may be an email.
const PACE: i64 = 7 * 86_400;

/// Plans what a member of the organization needs whose verification failed, as of `now`: with another address than the one that
/// Organizations has, it is invited again at once, and else a week after it failed.
pub(crate) fn failed(account: &OrganizationAccount, member: &Member, now: DateTime) -> Step {
    let email = match step::new(account) {
        Step::Create(email) => email,
        held => return held,
    };
    if member.email.as_ref().is_some_and(|invited| !invited.same_as(&email)) {
        return Step::Reinvite(email);
    }
    // AWS's model allows a member without a time: when it failed is not known, and it is left to people.
    let until = member.updated.or(member.invited).map(|since| DateTime::from_secs(since.secs().saturating_add(PACE)));
    match until {
        Some(until) if now >= until => Step::Reinvite(email),
        until => Step::Hold(Held::verification_failed_again(until)),
    }
}

/// Holds all accounts of a plan that would be removed and invited again, unless that is permitted.
pub fn permit_reinvitations(plan: &mut Plan, is_permitted: bool) {
    if is_permitted {
        return;
    }
    let message = "Detective found that account id and root email address do not belong together, and it is not invited again \
                   (REINVITE_UNVERIFIED): remove it from the graph, and organization-reconciler invites it with the address that \
                   Organizations has";
    for step in plan.values_mut().filter(|step| matches!(step, Step::Reinvite(_))) {
        *step = Step::Hold(Held { reason: HeldReason::VerificationFailed, message: message.into() });
    }
}

impl Held {
    /// An account whose verification failed with the address that Organizations has, and that is invited again at a time.
    fn verification_failed_again(until: Option<DateTime>) -> Self {
        let next = match until {
            Some(until) => format!("it is invited again every 7 days, next from {} on", format_time(until)),
            None => "Detective does not state when, so it is not invited again: remove it from the graph, and it is"
                .to_owned(),
        };
        let message = format!(
            "Detective found that account id and root email address do not belong together, though the address is the one that \
             Organizations has: {next}; if it lasts, ask AWS Support"
        );
        Self { reason: HeldReason::VerificationFailed, message: message.into() }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_detective::types::MemberStatus;

    use super::*;
    use crate::model::account::{AccountState, Email};

    fn planned(organizations: &str, invited: Option<&str>, updated: Option<i64>, now: i64) -> Step {
        let id = "111122223333".parse().unwrap();
        let email = Some(Email::new(organizations));
        let account = OrganizationAccount { id, name: None, email, state: AccountState::Active, units: None };
        let member = Member {
            id,
            status: MemberStatus::VerificationFailed,
            disabled_reason: None,
            invited: None,
            updated: updated.map(DateTime::from_secs),
            email: invited.map(Email::new),
            of_organization: false,
        };
        failed(&account, &member, DateTime::from_secs(now))
    }

    #[test]
    fn an_address_that_was_corrected_is_used_at_once_and_the_same_address_a_week_later() {
        let again = Step::Reinvite(Email::new("a@example.com"));
        assert_eq!(planned("a@example.com", Some("b@example.com"), Some(0), 0), again);
        for invited in [Some("a@example.com"), Some("A@Example.COM"), None] {
            assert!(matches!(planned("a@example.com", invited, Some(0), 604_799), Step::Hold(_)), "{invited:?}");
            assert_eq!(planned("a@example.com", invited, Some(0), 604_800), again, "{invited:?}");
        }
    }

    #[test]
    fn without_a_time_or_a_usable_address_it_is_held() {
        let held = |step| match step {
            Step::Hold(Held { reason, .. }) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(held(planned("a@example.com", None, None, i64::MAX)), HeldReason::VerificationFailed);
        assert_eq!(held(planned("a@b", Some("c@example.com"), Some(0), PACE)), HeldReason::InvalidEmail);
    }

    #[test]
    fn who_may_not_be_invited_again_is_held_and_no_other_step_is_touched() {
        let id = |text: &str| text.parse().unwrap();
        let kept = Step::Keep(MemberStatus::Enabled);
        let again = Step::Reinvite(Email::new("a@example.com"));
        let plan = Plan::from([(id("000000000001"), again), (id("000000000002"), kept.clone())]);
        let mut permitted = plan.clone();
        permit_reinvitations(&mut permitted, true);
        assert_eq!(permitted, plan);
        let mut forbidden = plan;
        permit_reinvitations(&mut forbidden, false);
        let held = |step: &Step| matches!(step, Step::Hold(held) if held.reason == HeldReason::VerificationFailed);
        assert!(held(&forbidden[&id("000000000001")]), "{forbidden:?}");
        assert_eq!(forbidden[&id("000000000002")], kept);
    }
}
