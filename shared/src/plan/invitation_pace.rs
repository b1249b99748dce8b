//! How often an account is invited that does not become a member by it.

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;

use crate::model::account::AccountId;
use crate::model::history::{History, Invitations};
use crate::model::member::Member;
use crate::model::time::format_time;
use crate::plan::held::{Held, HeldReason};
use crate::plan::step::{Plan, Step};

const DAY: i64 = 86_400;

/// How long after its first, second and third invitation an account is invited again, in seconds; after more of them, as long as
/// after the last of these. Each may be an email to the root user.
const PACE: [i64; 4] = [DAY, 2 * DAY, 4 * DAY, 7 * DAY];

/// Holds the accounts of a plan that were invited before, are no members, and whose next invitation has not come. In the graph of
/// an organization nobody is invited, and nothing is held.
pub fn delay(plan: &mut Plan, members: &BTreeMap<AccountId, Member>, history: &History, now: DateTime) {
    if members.values().any(|member| member.of_organization) {
        return;
    }
    for (id, step) in plan.iter_mut() {
        if let (Step::Create(_) | Step::TryCreate(_), Some(invitations)) = (&step, history.invitations.get(id)) {
            let next = next(*invitations);
            if now.secs() < next {
                *step = Step::Hold(Held::declined(*invitations, DateTime::from_secs(next)));
            }
        }
    }
}

fn next(Invitations { count, last }: Invitations) -> i64 {
    let after = usize::try_from(count).unwrap_or(usize::MAX).clamp(1, PACE.len());
    last.saturating_add(PACE[after - 1])
}

impl Held {
    /// An account that was invited, is no member, and is invited again at a time.
    pub fn declined(invitations: Invitations, again: DateTime) -> Self {
        let Invitations { count, last } = invitations;
        let times = if count == 1 { "once".to_owned() } else { format!("{count} times, the last time") };
        let message = format!(
            "it was invited {times} on {}, and is no member: it declined, or left, or was removed; it is invited again from {} \
             on: ask its owner to accept, or exclude it in the policy",
            format_time(DateTime::from_secs(last)),
            format_time(again)
        );
        Self { reason: HeldReason::InvitationDeclined, message: message.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_invitation_is_longer_after_the_one_before_up_to_a_week() {
        let days = |count| next(Invitations { count, last: 0 }) / DAY;
        assert_eq!([0, 1, 2, 3, 4, 5, u32::MAX].map(days), [1, 1, 2, 4, 7, 7, 7]);
    }
}
