//! Members of a behavior graph.

use aws_sdk_detective::types::{InvitationType, MemberDetail, MemberDisabledReason, MemberStatus};
use aws_smithy_types::DateTime;

use crate::model::account::{AccountId, Email};

/// An account's membership in one behavior graph.
///
/// <https://docs.aws.amazon.com/detective/latest/APIReference/API_MemberDetail.html>
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The member account.
    pub id: AccountId,
    /// Where the membership stands.
    pub status: MemberStatus,
    /// Why Detective does not monitor a member that is `ACCEPTED_BUT_DISABLED`.
    pub disabled_reason: Option<MemberDisabledReason>,
    /// When it was invited, or enabled as an account of the organization.
    pub invited: Option<DateTime>,
    /// When the membership last changed.
    pub updated: Option<DateTime>,
    /// The email address that the account was invited with.
    pub email: Option<Email>,
    /// Whether it is a member as an account of the organization, and not by an invitation.
    pub of_organization: bool,
}

impl Member {
    /// Reads what GetMembers and ListMembers answer. `None` for an entry without a usable account id. One without a status has an
    /// unknown one: AWS's model allows both, and the service does not send them.
    pub fn from_detail(detail: &MemberDetail) -> Option<Self> {
        Some(Self {
            id: detail.account_id()?.parse().ok()?,
            status: detail.status().cloned().unwrap_or_else(|| MemberStatus::from("missing")),
            disabled_reason: detail.disabled_reason().cloned(),
            invited: detail.invited_time().copied(),
            updated: detail.updated_time().copied(),
            email: detail.email_address().map(Email::new),
            of_organization: detail.invitation_type() == Some(&InvitationType::Organization),
        })
    }

    /// Whether it is invited or about to be: Detective, or the account itself, has the next word.
    pub fn is_invited(&self) -> bool {
        matches!(self.status, MemberStatus::Invited | MemberStatus::VerificationInProgress)
    }

    /// Of two entries for one account the newer one. Where that is not known, the one that is worse for coverage: to overlook a
    /// member that is not monitored is worse than to look at one that is.
    #[must_use]
    pub fn newer_of(self, other: Self) -> Self {
        if let (Some(own), Some(others)) = (self.updated, other.updated)
            && own != others
        {
            return if others > own { other } else { self };
        }
        if other.distance_to_coverage() > self.distance_to_coverage() { other } else { self }
    }

    fn distance_to_coverage(&self) -> u8 {
        match self.status {
            MemberStatus::Enabled => 0,
            MemberStatus::AcceptedButDisabled => 1,
            MemberStatus::Invited => 2,
            MemberStatus::VerificationInProgress => 3,
            MemberStatus::VerificationFailed => 4,
            _ => 5,
        }
    }

    /// Whether it is on the way to be monitored and has not come there.
    pub fn waits(&self) -> bool {
        waits(&self.status)
    }
}

/// Whether a member of this status is on the way to be monitored and has not come there.
pub fn waits(status: &MemberStatus) -> bool {
    use MemberStatus::{AcceptedButDisabled, Invited, VerificationInProgress};
    matches!(status, AcceptedButDisabled | Invited | VerificationInProgress)
}

#[cfg(test)]
impl Member {
    /// A member by the organization, for tests: nothing is known of it but its status.
    pub(crate) fn with_status(id: AccountId, status: MemberStatus) -> Self {
        let (disabled_reason, invited, updated, email) = Default::default();
        Self { id, status, disabled_reason, invited, updated, email, of_organization: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(status: &str, updated: Option<i64>) -> Member {
        let detail = MemberDetail::builder().account_id("111122223333").status(MemberStatus::from(status));
        Member::from_detail(&detail.set_updated_time(updated.map(DateTime::from_secs)).build()).unwrap()
    }

    #[test]
    fn of_two_entries_for_one_account_the_newer_one_is_kept() {
        let (old, new) = (entry("VERIFICATION_FAILED", Some(1)), entry("ENABLED", Some(2)));
        assert_eq!(old.clone().newer_of(new.clone()).status, MemberStatus::Enabled);
        assert_eq!(new.newer_of(old).status, MemberStatus::Enabled);
    }

    #[test]
    fn of_two_entries_of_the_same_or_no_time_the_one_that_is_worse_for_coverage_is_kept() {
        let statuses =
            ["ENABLED", "ACCEPTED_BUT_DISABLED", "INVITED", "VERIFICATION_IN_PROGRESS", "VERIFICATION_FAILED", "NEW"];
        for (index, worse) in statuses.iter().enumerate() {
            for better in &statuses[..index] {
                for (one, other) in [(None, None), (Some(1), Some(1)), (Some(2), None)] {
                    let (better, worse) = (entry(better, one), entry(worse, other));
                    assert_eq!(worse.clone().newer_of(better.clone()).status, worse.status);
                    assert_eq!(better.newer_of(worse.clone()).status, worse.status);
                }
            }
        }
    }

    #[test]
    fn a_member_without_a_status_has_an_unknown_one() {
        let detail = MemberDetail::builder().account_id("111122223333").build();
        assert_eq!(Member::from_detail(&detail).unwrap().status.as_str(), "missing");
    }

    #[test]
    fn everything_that_detective_answers_of_a_member_is_read() {
        let detail = MemberDetail::builder()
            .account_id("111122223333")
            .status(MemberStatus::AcceptedButDisabled)
            .disabled_reason(MemberDisabledReason::VolumeTooHigh)
            .invited_time(DateTime::from_secs(1))
            .updated_time(DateTime::from_secs(2))
            .email_address("root@example.com");
        let member = Member {
            id: "111122223333".parse().unwrap(),
            status: MemberStatus::AcceptedButDisabled,
            disabled_reason: Some(MemberDisabledReason::VolumeTooHigh),
            invited: Some(DateTime::from_secs(1)),
            updated: Some(DateTime::from_secs(2)),
            email: Some(Email::new("root@example.com")),
            of_organization: false,
        };
        for (kind, of_organization) in
            [(None, false), (Some(InvitationType::Invitation), false), (Some(InvitationType::Organization), true)]
        {
            let read = Member::from_detail(&detail.clone().set_invitation_type(kind).build());
            assert_eq!(read, Some(Member { of_organization, ..member.clone() }));
        }
        assert_eq!(Member::from_detail(&MemberDetail::builder().account_id("1").build()), None);
    }

    #[test]
    fn a_status_decides_whether_a_member_waits_and_whether_it_is_invited() {
        for (status, waits, is_invited) in [
            ("ENABLED", false, false),
            ("ACCEPTED_BUT_DISABLED", true, false),
            ("INVITED", true, true),
            ("VERIFICATION_IN_PROGRESS", true, true),
            ("VERIFICATION_FAILED", false, false),
            ("NEW", false, false),
        ] {
            let member = entry(status, None);
            assert_eq!((member.waits(), member.is_invited()), (waits, is_invited), "{status}");
        }
    }

    #[test]
    fn of_two_entries_that_are_alike_the_first_is_kept() {
        let second = Member { email: Some(Email::new("root@example.com")), ..entry("ENABLED", None) };
        assert_eq!(entry("ENABLED", None).newer_of(second).email, None);
    }
}
