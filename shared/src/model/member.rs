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

    /// Whether it is on the way to be monitored and has not come there.
    pub fn waits(&self) -> bool {
        self.status == MemberStatus::AcceptedButDisabled || self.is_invited()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_without_a_status_has_an_unknown_one() {
        let detail = MemberDetail::builder().account_id("111122223333").build();
        assert_eq!(Member::from_detail(&detail).unwrap().status.as_str(), "missing");
    }
}
