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
    use aws_sdk_detective::types::MemberStatus;

    use super::*;
    use crate::model::account::Email;

    #[test]
    fn each_invitation_is_longer_after_the_one_before_up_to_a_week() {
        let days = |count| next(Invitations { count, last: 0 }) / DAY;
        assert_eq!([0, 1, 2, 3, 4, 5, u32::MAX].map(days), [1, 1, 2, 4, 7, 7, 7]);
    }

    #[test]
    fn who_was_invited_waits_for_the_next_invitation_and_nobody_else_does() {
        let id = |number: u64| -> AccountId { format!("{number:012}").parse().unwrap() };
        let history = History {
            time: 0,
            run: 0,
            graph: "arn:aws:detective:eu-west-1:111122223333:graph:0123456789abcdef0123456789abcdef".parse().unwrap(),
            uncovered: BTreeMap::new(),
            invitations: [1, 2, 3].map(|number| (id(number), Invitations { count: 1, last: 100 })).into(),
            out_of_scope: BTreeMap::new(),
            of_organization: [].into(),
            removals_begun: false,
            removed: BTreeMap::new(),
            published: None,
        };
        let email = Email::new("root@example.com");
        let plan = Plan::from([
            (id(1), Step::Create(email.clone())),
            (id(2), Step::TryCreate(email.clone())),
            (id(3), Step::Keep(MemberStatus::Enabled)),
            (id(4), Step::Create(email)),
        ]);
        let member = |of_organization| Member { of_organization, ..Member::with_status(id(3), MemberStatus::Enabled) };
        let delayed = |now: i64, of_organization: bool| {
            let mut delayed = plan.clone();
            let members = BTreeMap::from([(id(3), member(of_organization))]);
            delay(&mut delayed, &members, &history, DateTime::from_secs(now));
            let is_held =
                |step: &Step| matches!(step, Step::Hold(held) if held.reason == HeldReason::InvitationDeclined);
            delayed.values().map(is_held).collect::<Vec<_>>()
        };
        assert_eq!(delayed(100 + DAY - 1, false), [true, true, false, false]);
        assert_eq!(delayed(100 + DAY, false), [false; 4]);
        assert_eq!(delayed(100 + DAY + 1, false), [false; 4]);
        assert_eq!(delayed(100, true), [false; 4], "nobody is invited to an organization's graph");
    }

    #[test]
    fn how_often_it_was_invited_and_when_it_is_again_is_stated() {
        for (count, stated) in [(1, "invited once on"), (2, "invited 2 times, the last time on"), (3, "3 times")] {
            let held = Held::declined(Invitations { count, last: 0 }, DateTime::from_secs(60));
            assert!(held.message.contains(stated), "{held:?}");
            assert!(held.message.contains("invited again from 1970-01-01T00:01:00Z on"), "{held:?}");
        }
    }
}
