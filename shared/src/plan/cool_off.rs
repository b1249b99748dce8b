//! How often a member with too much data is tried again: decided from its age and the function's schedule, without a
//! record of what was tried.

use aws_sdk_detective::types::MemberDisabledReason;
use aws_smithy_types::DateTime;

use crate::model::member::Member;
use crate::plan::held::Held;
use crate::plan::step::{Plan, Step};

/// A volume that is too high changes slowly: such a member is tried once in each cool-off period.
///
/// Its age is counted in whole periods, from when its membership last changed. A run tries it if that number has grown
/// since the run before, so the first try comes after one whole period. It makes no difference whether Detective counts a
/// try as a change of the membership, which is not documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoolOff {
    /// The period, in seconds.
    pub period: i64,
    /// How far runs are apart, in seconds.
    pub interval: i64,
}

impl CoolOff {
    /// Holds the members of a plan that would be started and whose turn has not come.
    pub fn delay(self, plan: &mut Plan, now: DateTime) {
        for step in plan.values_mut() {
            if let Step::Start(member) = step
                && let Some(until) = self.next_try(member, now)
            {
                *step = Step::Hold(Held::cooling_off(member, now, until));
            }
        }
    }

    /// When a member is tried again that is not to be tried now.
    fn next_try(self, member: &Member, now: DateTime) -> Option<DateTime> {
        let high = member.disabled_reason == Some(MemberDisabledReason::VolumeTooHigh);
        if !high || self.period == 0 {
            return None;
        }
        // AWS's model allows a member without a time: its periods are those of the calendar.
        let since = member.updated.map_or(0, |updated| updated.secs());
        let next = since.saturating_add((self.periods(since, now.secs()) + 1).saturating_mul(self.period));
        (!self.is_due(since, now)).then(|| DateTime::from_secs(next))
    }

    /// Whether a run is the first of a period, as periods count from `since`, in seconds since 1970. None is within the first one.
    pub fn is_due(self, since: i64, now: DateTime) -> bool {
        self.periods(since, now.secs()) > self.periods(since, now.secs().saturating_sub(self.interval))
    }

    /// How many whole periods have passed.
    fn periods(self, since: i64, now: i64) -> i64 {
        now.saturating_sub(since).max(0) / self.period
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use aws_sdk_detective::types::MemberStatus;

    use super::*;
    use crate::plan::held::HeldReason;

    fn member(reason: MemberDisabledReason, updated: Option<i64>) -> Member {
        Member {
            disabled_reason: Some(reason),
            updated: updated.map(DateTime::from_secs),
            ..Member::with_status("111122223333".parse().unwrap(), MemberStatus::AcceptedButDisabled)
        }
    }

    const HOUR: i64 = 3600;
    const DAY: i64 = 24 * HOUR;

    fn high(updated: i64) -> Member {
        member(MemberDisabledReason::VolumeTooHigh, Some(updated))
    }

    fn cool_off(hours: i64, interval: i64) -> CoolOff {
        CoolOff { period: hours * HOUR, interval }
    }

    fn is_tried(cool_off: CoolOff, member: &Member, now: i64) -> bool {
        let mut plan = BTreeMap::from([(member.id, Step::Start(member.clone()))]);
        cool_off.delay(&mut plan, DateTime::from_secs(now));
        match &plan[&member.id] {
            Step::Start(_) => true,
            Step::Hold(held) => {
                assert_eq!(held.reason, HeldReason::CoolingOff);
                false
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_member_is_tried_once_in_each_cool_off_however_runs_and_periods_lie_to_each_other() {
        for (hours, minutes, phase) in
            [(24, 60, 0), (24, 60, 1799), (24, 360, 5), (24, 420, 0), (24, 5, 100), (1, 60, 7), (5, 180, 0)]
        {
            let cool_off = cool_off(hours, minutes * 60);
            let runs = (0..).map(|run| phase + run * minutes * 60).take_while(|now| *now < 20 * hours * HOUR);
            let tries: Vec<i64> = runs.filter(|now| is_tried(cool_off, &high(0), *now)).collect();
            let periods: Vec<i64> = tries.iter().map(|now| now / (hours * HOUR)).collect();
            assert_eq!(periods, (1..20).collect::<Vec<_>>(), "{hours} hours, every {minutes} minutes, {phase}");
        }
    }

    #[test]
    fn a_try_that_counts_as_a_change_of_the_membership_puts_the_next_one_off_by_a_whole_cool_off() {
        let (mut updated, mut tries) = (0, Vec::new());
        for now in (0..10 * DAY).step_by(3600) {
            if is_tried(cool_off(24, HOUR), &high(updated), now) {
                tries.push(now / HOUR);
                updated = now + 5;
            }
        }
        assert_eq!(tries, [24, 49, 74, 99, 124, 149, 174, 199, 224]);
    }

    #[test]
    fn runs_rarer_than_the_cool_off_try_every_time_once_it_is_over() {
        let runs = [59 * 60, HOUR, DAY, 2 * DAY, 3 * DAY];
        assert_eq!(runs.map(|now| is_tried(cool_off(1, DAY), &high(0), now)), [false, true, true, true, true]);
    }

    #[test]
    fn the_next_try_is_at_the_end_of_the_period() {
        let next = |now| cool_off(24, HOUR).next_try(&high(100), DateTime::from_secs(now)).map(|next| next.secs());
        assert_eq!(
            [next(0), next(100), next(101 + DAY + HOUR)],
            [Some(100 + DAY), Some(100 + DAY), Some(100 + 2 * DAY)]
        );
        assert_eq!(next(100 + DAY), None);
    }

    #[test]
    fn without_a_time_a_member_is_tried_once_in_each_cool_off_as_well() {
        let timeless = member(MemberDisabledReason::VolumeTooHigh, None);
        let tries = (0..72).filter(|hour| is_tried(cool_off(24, HOUR), &timeless, 1_000_000 * DAY + hour * HOUR));
        assert_eq!(tries.count(), 3);
    }

    #[test]
    fn a_volume_that_is_unknown_and_a_cool_off_of_nothing_are_tried_in_every_run() {
        assert!(is_tried(cool_off(24, HOUR), &member(MemberDisabledReason::VolumeUnknown, Some(0)), 1));
        assert!(is_tried(cool_off(0, HOUR), &high(0), 1));
    }
}
