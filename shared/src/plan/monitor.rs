//! What the members of a graph need to be monitored.

use aws_smithy_types::DateTime;

use crate::model::member::Member;
use crate::plan::cool_off::CoolOff;
use crate::plan::step::{Plan, Step, existing};

/// Plans what the members of a graph need, leaving out those that are as they should be.
///
/// A volume that was not known can be known at any time, so such a member is started in every run. A member whose volume
/// was too high waits for its turn.
pub fn restart<'a>(members: impl IntoIterator<Item = &'a Member>, now: DateTime, cool_off: CoolOff) -> Plan {
    let steps = members.into_iter().map(|member| (member.id, existing(member)));
    let mut plan: Plan = steps.filter(|(_, step)| !matches!(step, Step::Keep(_))).collect();
    cool_off.delay(&mut plan, now);
    plan
}

#[cfg(test)]
mod tests {
    use aws_sdk_detective::types::{MemberDisabledReason, MemberStatus};

    use super::*;

    #[test]
    fn members_that_are_as_they_should_be_need_nothing_and_the_others_are_started_or_held() {
        let member = |number: u64, status, reason| Member {
            disabled_reason: reason,
            updated: Some(DateTime::from_secs(0)),
            ..Member::with_status(format!("{number:012}").parse().unwrap(), status)
        };
        let members = [
            member(1, MemberStatus::Enabled, None),
            member(2, MemberStatus::AcceptedButDisabled, Some(MemberDisabledReason::VolumeUnknown)),
            member(3, MemberStatus::AcceptedButDisabled, Some(MemberDisabledReason::VolumeTooHigh)),
            member(4, MemberStatus::Invited, None),
        ];
        let cool_off = CoolOff { period: 3600, interval: 60 };
        let plan = restart(&members, DateTime::from_secs(60), cool_off);
        let is_started: Vec<bool> = plan.values().map(|step| matches!(step, Step::Start(_))).collect();
        assert!(plan.keys().eq(members[1..].iter().map(|member| &member.id)), "{plan:?}");
        assert_eq!(is_started, [true, false, false]);
    }
}
