//! How many members are removed in a day.

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;

use crate::model::account::AccountId;
use crate::model::member::Member;
use crate::model::recent_removals::RecentRemovals;
use crate::plan::held::{Held, HeldReason};
use crate::plan::step::{Plan, Step};

/// Whether members are removed, and how many at most in one Region in a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Removals {
    /// Whether any member is removed.
    pub allowed: bool,
    /// How many at most.
    pub most: usize,
    /// Which share of the members at most, in percent.
    pub most_percent: usize,
}

impl Removals {
    /// Whether so many of a graph's members may be removed in a day.
    pub fn permit(self, count: usize, members: usize) -> bool {
        self.allowed && count <= self.most_of(members)
    }

    /// The share is rounded up, so that a small graph can lose a member.
    fn most_of(self, members: usize) -> usize {
        self.most.min((members * self.most_percent).div_ceil(100))
    }
}

/// Holds all removals of a plan, because it cannot be kept how many are made in a day; `why` ends the sentence.
pub fn hold_unknown(plan: &mut Plan, why: &str) {
    hold(plan, HeldReason::RemovalUnconfirmed, why);
}

fn hold(plan: &mut Plan, reason: HeldReason, why: &str) {
    for step in plan.values_mut() {
        if let Step::Remove(cause) = step {
            let message = format!("{cause}; it stays a member, because {why}").into();
            *step = Step::Hold(Held { reason, message });
        }
    }
}

/// Holds the removals of a plan that may not be made, as of `now` and after those of the last day. Gives how many were stopped because
/// they were too many: so many at once are more likely to come from a mistake than from the organization, and then none is made.
pub fn limit(
    plan: &mut Plan,
    members: &BTreeMap<AccountId, Member>,
    recent: &RecentRemovals,
    now: DateTime,
    removals: Removals,
) -> usize {
    let removed = removed(plan);
    let count = removed.len();
    let is_new = |id: &AccountId| members.get(id).is_none_or(|member| !recent.has(member, now));
    let (new, lately) = (removed.iter().filter(|id| is_new(id)).count(), recent.count(now));
    let all = members.len() + recent.count_of_former(members, now);
    if count == 0 || removals.permit(new + lately, all) {
        return 0;
    }
    let (reason, why, stopped) = if removals.allowed {
        let most = removals.most_of(all);
        let why = format!(
            "{count} members would be removed in this run, {lately} were in the last day, and at most {most} may be"
        );
        (HeldReason::TooManyRemovals, why, count)
    } else {
        (HeldReason::RemovalNotAllowed, "removing members is not allowed (REMOVE_MEMBERS)".to_owned(), 0)
    };
    hold(plan, reason, &why);
    stopped
}

/// The accounts that a plan removes.
pub fn removed(plan: &Plan) -> Vec<AccountId> {
    plan.iter().filter(|(_, step)| matches!(step, Step::Remove(_))).map(|(id, _)| *id).collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_detective::types::MemberStatus;

    use super::*;
    use crate::plan::step::RemovalCause;

    const ALLOWED: Removals = Removals { allowed: true, most: 10, most_percent: 50 };

    fn id(number: u64) -> AccountId {
        format!("{number:012}").parse().unwrap()
    }

    fn member(number: u64) -> (AccountId, Member) {
        let (status, updated) = (MemberStatus::Enabled, Some(DateTime::from_secs(0)));
        let member = Member { updated, ..Member::with_status(id(number), status) };
        (id(number), member)
    }

    fn reason(step: &Step) -> Option<HeldReason> {
        match step {
            Step::Hold(held) => Some(held.reason),
            _ => None,
        }
    }

    #[test]
    fn nothing_is_removed_where_that_is_not_allowed_and_none_of_too_many() {
        let members: BTreeMap<AccountId, Member> = (0..20).map(member).collect();
        let plan: Plan = (0..10).map(|number| (id(number), Step::Remove(RemovalCause::NotInOrganization))).collect();
        for (removals, stopped, expected) in [
            (Removals { allowed: false, ..ALLOWED }, 0, Some(HeldReason::RemovalNotAllowed)),
            (Removals { most: 9, ..ALLOWED }, 10, Some(HeldReason::TooManyRemovals)),
            (Removals { most_percent: 45, ..ALLOWED }, 10, Some(HeldReason::TooManyRemovals)),
            (ALLOWED, 0, None),
        ] {
            let mut plan = plan.clone();
            assert_eq!(
                limit(&mut plan, &members, &RecentRemovals::default(), DateTime::from_secs(0), removals),
                stopped,
                "{removals:?}"
            );
            assert!(plan.values().all(|step| reason(step) == expected), "{removals:?}");
        }
    }

    #[test]
    fn removals_of_the_last_day_count_and_one_that_is_repeated_does_not() {
        let members: BTreeMap<AccountId, Member> = (0..20).map(member).collect();
        let plan: Plan = (0..3).map(|number| (id(number), Step::Remove(RemovalCause::NotInOrganization))).collect();
        let recent = |ids: std::ops::Range<u64>| {
            let removed: Vec<Member> = ids.map(|number| member(number).1).collect();
            RecentRemovals::default().with(&removed, DateTime::from_secs(0))
        };
        for (recent, stopped) in [(recent(10..17), 0), (recent(10..18), 3), (recent(0..10), 0), (recent(1..11), 3)] {
            assert_eq!(
                limit(&mut plan.clone(), &members, &recent, DateTime::from_secs(0), ALLOWED),
                stopped,
                "{recent:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_counted_is_not_removed() {
        let kept = Step::Keep(MemberStatus::Enabled);
        let mut plan = Plan::from([(id(1), Step::Remove(RemovalCause::NotInOrganization)), (id(2), kept.clone())]);
        hold_unknown(&mut plan, "the record is lost");
        let Step::Hold(held) = &plan[&id(1)] else { panic!("{plan:?}") };
        assert!(held.message.ends_with("; it stays a member, because the record is lost"), "{held:?}");
        assert_eq!((held.reason, &plan[&id(2)]), (HeldReason::RemovalUnconfirmed, &kept));
        assert!(removed(&plan).is_empty());
    }

    #[test]
    fn the_share_is_of_the_members_that_there_were_a_day_ago() {
        // Of twenty members five were removed, and half of twenty may be.
        let members: BTreeMap<AccountId, Member> = (5..20).map(member).collect();
        let gone: Vec<Member> = (0..5).map(|number| member(number).1).collect();
        let recent = RecentRemovals::default().with(&gone, DateTime::from_secs(0));
        for (count, stopped) in [(0, 0), (5, 0), (6, 6)] {
            let remove = |number| (id(number), Step::Remove(RemovalCause::NotInOrganization));
            let mut plan: Plan = (5..5 + count).map(remove).collect();
            let removals = Removals { most: 1_000, ..ALLOWED };
            assert_eq!(limit(&mut plan, &members, &recent, DateTime::from_secs(0), removals), stopped, "{count}");
        }
        assert!(Removals { most_percent: 1, ..ALLOWED }.permit(1, 1), "a small graph can lose a member");
        assert!(
            !Removals { most_percent: 1, ..ALLOWED }.permit(2, 100)
                && !Removals { allowed: false, ..ALLOWED }.permit(0, 9)
        );
    }
}
