//! Accounts that are left alone on purpose, and why.

use std::borrow::Cow;

use aws_sdk_detective::types::MemberStatus;
use aws_smithy_types::DateTime;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::error::CallError;
use crate::model::account::{AccountId, AccountState};
use crate::model::policy::Scope;
use crate::model::region::Region;
use crate::model::time::format_time;
pub use crate::plan::held_reason::HeldReason;

/// Why an account is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The reason, to count and to filter by.
    pub reason: HeldReason,
    /// The reason as a sentence, with what to do about it.
    pub message: Cow<'static, str>,
}

/// With its outcome, which states whom it needs.
impl Serialize for Held {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Held", 3)?;
        fields.serialize_field("outcome", self.reason.outcome())?;
        fields.serialize_field("reason", &self.reason)?;
        fields.serialize_field("message", &self.message)?;
        fields.end()
    }
}

impl Held {
    /// The graph's own administrator.
    pub fn administrator() -> Self {
        Self {
            reason: HeldReason::AdministratorAccount,
            message: "it is the administrator of the behavior graph, which is covered without being a member".into(),
        }
    }

    /// An account that Organizations does not know.
    pub fn not_in_organization() -> Self {
        Self {
            reason: HeldReason::NotInOrganization,
            message: "Organizations does not know it: it has left, or the event named an account of somebody else"
                .into(),
        }
    }

    /// A member by an invitation that Organizations does not know.
    pub fn outside_organization() -> Self {
        let message = "it is not an account of the organization, and no run saw it there: it was invited on purpose, or it left \
                       soon after it joined; remove it yourself if it is not wanted";
        Self { reason: HeldReason::OutsideOrganization, message: message.into() }
    }

    /// A member by an invitation whose departure was reported, and that nothing shows to have been in the organization.
    pub fn never_in_organization() -> Self {
        let message = "it was reported to have left the organization, and nothing shows that it was ever in it: it was invited \
                       on purpose, or the report was wrong; remove it yourself if it is not wanted";
        Self { reason: HeldReason::OutsideOrganization, message: message.into() }
    }

    /// The same where it cannot be read which accounts were in it.
    pub fn not_remembered(problem: &str) -> Self {
        let message = format!(
            "it was reported to have left the organization, and what organization-reconciler remembers of it cannot be read \
             ({problem}): it stays a member until that can be read"
        );
        Self { reason: HeldReason::RemovalUnconfirmed, message: message.into() }
    }

    /// A member whose departure was recorded at a time, and that was invited after it.
    pub fn invited_after(departure: DateTime) -> Self {
        let message = format!(
            "it was reported to have left the organization on {}, and was invited after that: remove it yourself if it is not \
             wanted",
            format_time(departure)
        );
        Self { reason: HeldReason::OutsideOrganization, message: message.into() }
    }

    /// An account that is not in use.
    pub fn not_active(state: &AccountState) -> Self {
        let (reason, message) = match state {
            AccountState::PendingActivation => {
                let message = "its state in Organizations is PENDING_ACTIVATION: it becomes a member when it is ACTIVE";
                (HeldReason::PendingActivation, Cow::Borrowed(message))
            }
            state => {
                let message = format!("its state in Organizations is {state}, and only ACTIVE accounts can be members");
                (HeldReason::NotActive, message.into())
            }
        };
        Self { reason, message }
    }

    /// A member that is not in use, and not known to be gone either.
    pub fn unsettled(state: &AccountState) -> Self {
        let message = format!("its state in Organizations is {state}, neither ACTIVE nor closed: it stays a member");
        Self { reason: HeldReason::NotActive, message: message.into() }
    }

    /// An account whose address Organizations does not return.
    pub fn missing_email() -> Self {
        let message = "Organizations does not return its root email address, which Detective needs: if that lasts, ask AWS Support";
        Self { reason: HeldReason::MissingEmail, message: message.into() }
    }

    /// An account that CreateMembers would refuse, and all others of the call with it.
    pub fn invalid_email() -> Self {
        let message = "Detective does not accept its root email address: at most 64 characters, and a domain of letters, digits \
                       and hyphens that ends with letters alone, such as .com; change the address of the root user";
        Self { reason: HeldReason::InvalidEmail, message: message.into() }
    }

    /// A member whose verification failed.
    pub fn verification_failed() -> Self {
        let message = "Detective found that account id and root email address do not belong together: organization-reconciler invites \
                       it again, at once if Organizations has another address, and else after 7 days; if it is not an account of the \
                       organization, remove it, and invite it with its current address";
        Self { reason: HeldReason::VerificationFailed, message: message.into() }
    }

    /// A membership whose status this version does not know.
    pub fn unknown_status(status: &MemberStatus) -> Self {
        Self {
            reason: HeldReason::UnknownStatus,
            message: format!("its membership has the status {status}, which this version does not know").into(),
        }
    }

    /// A graph without capacity.
    pub fn graph_quota(error: &CallError) -> Self {
        Self {
            reason: HeldReason::GraphQuota,
            message: format!(
                "the behavior graph has no capacity for it ({error}): remove members, or narrow the policy"
            )
            .into(),
        }
    }

    /// An account in which the role for accepting its invitation cannot be assumed.
    pub fn member_role_unavailable(role: &str, error: &CallError) -> Self {
        let message = format!(
            "the role {role} cannot be assumed in it ({error}): deploy the role there, with the right external id, or \
             accept the invitation there"
        );
        Self { reason: HeldReason::MemberRoleUnavailable, message: message.into() }
    }

    /// An account in which the role for accepting its invitation may not do so.
    pub fn member_role_denied(role: &str, error: &CallError) -> Self {
        let message = format!(
            "the role {role} may not accept in it ({error}): deploy the role there again, check which policy denies it, \
             or accept the invitation there"
        );
        Self { reason: HeldReason::MemberRoleUnavailable, message: message.into() }
    }

    /// An invitation of a stranger that there was no time to reject.
    pub fn rejected_later(administrator: AccountId) -> Self {
        let message = format!(
            "account {administrator} invited it, and is not a trusted administrator: time was up before the invitation was \
             rejected, and the next run rejects it"
        );
        Self { reason: HeldReason::UntrustedAdministrator, message: message.into() }
    }

    /// An invited account in which nothing can be called in the graph's Region.
    pub fn region_not_enabled(region: &Region) -> Self {
        let message = format!(
            "the Region {region} is not enabled in it, so that its invitation cannot be accepted: enable it there (aws account \
             enable-region --region-name {region}), or exclude the account in the policy"
        );
        Self { reason: HeldReason::RegionNotEnabled, message: message.into() }
    }

    /// An account that the policy leaves out.
    pub fn out_of_scope(scope: Scope) -> Self {
        let message = match scope {
            Scope::Excluded => "the policy excludes it",
            Scope::NotIncluded | Scope::In { .. } => "the policy does not include it",
        };
        Self { reason: HeldReason::OutOfScope, message: message.into() }
    }

    /// A member that the policy leaves out.
    pub fn member_out_of_scope(scope: Scope) -> Self {
        let cause = Self::out_of_scope(scope).message;
        let message = format!(
            "{cause}; it is still a member, and is removed by organization-reconciler where REMOVE_MEMBERS is on"
        );
        Self { reason: HeldReason::OutOfScope, message: message.into() }
    }

    /// An account for which the graph has no capacity. So many of its members, `behind`, come after the account or are not in
    /// scope: they stay all the same, because a removal cannot be undone.
    pub fn no_capacity(behind: usize) -> Self {
        // Thousands of accounts can be held so at once, in every Region: the usual text takes no memory for each.
        let message = match behind {
            0 => Cow::Borrowed(
                "the behavior graph is full with 1,200 member accounts, the most that it can have, and none of them comes \
                 after it: narrow the policy, or remove members",
            ),
            _ => Cow::Owned(format!(
                "the behavior graph is full with 1,200 member accounts, the most that it can have; {behind} of them have a \
                 lower priority or are out of scope, and no member is evicted for another account: remove them, or narrow the \
                 policy, and it gets the capacity that is free"
            )),
        };
        Self { reason: HeldReason::GraphQuota, message }
    }

    /// An account that was removed from the graph meanwhile.
    pub fn no_longer_member() -> Self {
        Self {
            reason: HeldReason::NoLongerMember,
            message: "it was removed from the behavior graph during the run".into(),
        }
    }

    /// An account whose turn had not come when time was up.
    pub fn out_of_time() -> Self {
        Self { reason: HeldReason::OutOfTime, message: "time was up before it was its turn".into() }
    }

    /// An account that left or is suspended, and that is removed after `until` at the earliest.
    pub fn grace_period(cause: &str, until: Option<DateTime>) -> Self {
        let until = until.map_or_else(String::new, |until| format!(", on {} at the earliest", format_time(until)));
        let message = format!("{cause}; it is removed when the grace period is over{until}");
        Self { reason: HeldReason::GracePeriod, message: message.into() }
    }

    /// An account that an event reported to be gone, and that is not.
    pub fn still_active() -> Self {
        let message = "Organizations lists it as active: it came back, or the event was wrong";
        Self { reason: HeldReason::StillActive, message: message.into() }
    }
}
