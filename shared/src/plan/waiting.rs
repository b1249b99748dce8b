//! Members that wait for something: what they wait for, since when, and what to do about it.

use aws_sdk_detective::types::{MemberDisabledReason, MemberStatus};
use aws_smithy_types::DateTime;

use crate::error::CallError;
use crate::model::member::Member;
use crate::model::time::format_time;
use crate::plan::held::{Held, HeldReason};

impl Held {
    /// A member whose data is too much for the graph, and that is not tried again before `until`: by the first run after it.
    pub fn cooling_off(member: &Member, now: DateTime, until: DateTime) -> Self {
        let message =
            format!("{}; it is started again from {} on", Self::disabled(member, now).message, format_time(until));
        Self { reason: HeldReason::CoolingOff, message: message.into() }
    }

    /// A member whose data is too much for the graph, and that was not started because another one was refused.
    pub fn not_started(member: &Member, now: DateTime, refusal: &CallError) -> Self {
        let Self { reason, message } = Self::disabled(member, now);
        let message = format!(
            "{message}; it was not started in this run, because the behavior graph had no capacity for another such member \
             ({refusal})"
        );
        Self { reason, message: message.into() }
    }

    /// A member that Detective refuses to start for a quota, but not because its data is too much for the graph.
    pub fn refused(member: &Member, now: DateTime, refusal: &CallError) -> Self {
        let Self { reason, message } = Self::disabled(member, now);
        Self { reason, message: format!("{message}; Detective does not start it yet ({refusal})").into() }
    }

    /// An account that Detective refuses for a quota, in a graph that has capacity.
    pub fn volume_unverified(refusal: &CallError) -> Self {
        let message = format!(
            "the behavior graph has capacity, and Detective refuses the account ({refusal}): either it cannot verify how much data \
             the account has, usually because it is not enrolled in GuardDuty, or that would be too much for the graph: enable \
             GuardDuty in it; it is tried again in the next run"
        );
        Self { reason: HeldReason::VolumeUnverified, message: message.into() }
    }

    /// An account that Detective refuses for a quota, in a graph whose capacity cannot be read, or was not in time.
    pub fn capacity_unread(refusal: &CallError, unread: Option<&CallError>) -> Self {
        let unread = unread.map_or_else(|| "in time".to_owned(), |error| format!("({error})"));
        let message = format!(
            "Detective refuses the account for a quota ({refusal}), and whether the behavior graph has capacity cannot be read \
             {unread}: it is tried again in the next run"
        );
        Self { reason: HeldReason::GraphQuota, message: message.into() }
    }

    /// An invited account that nobody has accepted for.
    pub fn not_accepted(member: &Member) -> Self {
        let message = format!(
            "INVITED{}: nobody has accepted the invitation for it: deploy the member role or invitation-acceptor in the \
             account, or accept the invitation there",
            since(member)
        );
        Self { reason: HeldReason::NotAccepted, message: message.into() }
    }

    /// An invited account for which Detective took the acceptance, and that is invited all the same.
    pub fn accepted_without_effect() -> Self {
        let message = "AcceptInvitation succeeded, and the account is still INVITED: it is accepted again in the next run; if that \
                       lasts, accept the invitation in the account";
        Self { reason: HeldReason::NotAccepted, message: message.into() }
    }

    /// An account that Detective has not verified.
    pub fn in_verification(member: &Member) -> Self {
        let message = format!(
            "VERIFICATION_IN_PROGRESS{}: Detective checks whether account id and root email address belong together, which \
             takes it some minutes: if it lasts, remove it from the graph, and it is invited again",
            since(member)
        );
        Self { reason: HeldReason::InVerification, message: message.into() }
    }

    /// A member that is on the way to be monitored and has not come there, as of `now`.
    pub fn waiting(member: &Member, now: DateTime) -> Self {
        match member.status {
            MemberStatus::Invited => Self::not_accepted(member),
            MemberStatus::VerificationInProgress => Self::in_verification(member),
            _ => Self::disabled(member, now),
        }
    }

    /// A member that Detective accepted, but does not monitor, as of `now`.
    pub fn disabled(member: &Member, now: DateTime) -> Self {
        let (reason, cause) = match &member.disabled_reason {
            Some(MemberDisabledReason::VolumeTooHigh) => (
                HeldReason::VolumeTooHigh,
                "its data would exceed the volume that the behavior graph may take in: free capacity by removing members, or \
                 narrow the policy"
                    .to_owned(),
            ),
            Some(MemberDisabledReason::VolumeUnknown) => (
                HeldReason::VolumeUnknown,
                "Detective does not know its data volume, usually because it is not enrolled in GuardDuty: enable GuardDuty \
                 in it"
                    .to_owned(),
            ),
            Some(other) => (HeldReason::DisabledForUnknownReason, format!("Detective gives the reason {other}")),
            None => (HeldReason::DisabledForUnknownReason, "Detective gives no reason: if it lasts, ask AWS Support".to_owned()),
        };
        let age = |updated: DateTime| format!(" ({})", age(now.secs() - updated.secs()));
        let (since, age) = (since(member), member.updated.map_or_else(String::new, age));
        Self { reason, message: format!("ACCEPTED_BUT_DISABLED{since}{age}: {cause}").into() }
    }
}

/// Since when a member is as it is, where that is known.
fn since(member: &Member) -> String {
    member.updated.map_or_else(String::new, |updated| format!(" since {}", format_time(updated)))
}

/// A span of time in its largest unit, rounded down. A clock that runs behind AWS's gives no negative age.
fn age(seconds: i64) -> String {
    let (count, unit) = match seconds.max(0) {
        seconds if seconds < 3600 => (seconds / 60, "minute"),
        seconds if seconds < 48 * 3600 => (seconds / 3600, "hour"),
        seconds => (seconds / 86400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(reason: Option<MemberDisabledReason>, updated: i64) -> Member {
        Member {
            disabled_reason: reason,
            updated: Some(DateTime::from_secs(updated)),
            ..Member::with_status("111122223333".parse().unwrap(), MemberStatus::AcceptedButDisabled)
        }
    }

    #[test]
    fn a_disabled_member_is_held_with_its_reason_and_the_age_of_its_state() {
        let held = Held::disabled(&member(Some(MemberDisabledReason::VolumeUnknown), 0), DateTime::from_secs(3 * 3600));
        assert_eq!(held.reason, HeldReason::VolumeUnknown);
        assert!(held.message.starts_with("ACCEPTED_BUT_DISABLED since 1970-01-01T00:00:00Z (3 hours): "), "{held:?}");
    }

    #[test]
    fn a_state_from_the_future_has_no_age_below_zero() {
        let held = Held::disabled(&member(None, 100), DateTime::from_secs(0));
        assert!(held.message.contains("(0 minutes)"), "{held:?}");
    }

    #[test]
    fn an_age_is_in_its_largest_unit_rounded_down() {
        for (seconds, expected) in [
            (-1, "0 minutes"),
            (59, "0 minutes"),
            (60, "1 minute"),
            (3_599, "59 minutes"),
            (3_600, "1 hour"),
            (7_199, "1 hour"),
            (48 * 3_600 - 1, "47 hours"),
            (48 * 3_600, "2 days"),
            (9 * 86_400 - 1, "8 days"),
        ] {
            assert_eq!(age(seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn a_waiting_member_is_held_with_what_it_waits_for_and_since_when() {
        for (status, reason, begins) in [
            (MemberStatus::Invited, HeldReason::NotAccepted, "INVITED since 1970-01-01T00:01:00Z: nobody"),
            (MemberStatus::VerificationInProgress, HeldReason::InVerification, "VERIFICATION_IN_PROGRESS since 1970"),
            (
                MemberStatus::AcceptedButDisabled,
                HeldReason::DisabledForUnknownReason,
                "ACCEPTED_BUT_DISABLED since 1970-01-01T00:01:00Z (1 minute): Detective gives no reason",
            ),
        ] {
            let held = Held::waiting(&Member { status, ..member(None, 60) }, DateTime::from_secs(120));
            assert_eq!(held.reason, reason);
            assert!(held.message.starts_with(begins), "{held:?}");
        }
        let timeless = Member { updated: None, ..member(Some(MemberDisabledReason::VolumeTooHigh), 0) };
        let held = Held::waiting(&timeless, DateTime::from_secs(120));
        assert!(held.message.starts_with("ACCEPTED_BUT_DISABLED: its data"), "{held:?}");
        assert_eq!(held.reason, HeldReason::VolumeTooHigh);
    }
}
