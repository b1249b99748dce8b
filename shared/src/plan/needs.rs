//! Whom it needs that an account becomes covered, or that what is left of it is settled.

use serde::{Deserialize, Serialize};

use crate::plan::held_reason::HeldReason;

/// Whom an account waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Needs {
    /// Somebody has to do something, or it stays as it is.
    Person,
    /// It settles by itself: Detective, Organizations or a later run go on with it.
    Time,
    /// It is as it should be, or is left out on purpose.
    Nobody,
}

impl Needs {
    /// As reports have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Time => "time",
            Self::Nobody => "nobody",
        }
    }

    /// The outcome of an account that is held and needs this.
    pub fn held_outcome(self) -> &'static str {
        match self {
            Self::Person => "blocked",
            Self::Time => "waiting",
            Self::Nobody => "excluded",
        }
    }
}

impl HeldReason {
    /// The outcome of an account that is held for this reason: `blocked`, `waiting` or `excluded`.
    pub fn outcome(self) -> &'static str {
        self.needs().held_outcome()
    }

    /// Whom an account needs that is held for this reason.
    pub fn needs(self) -> Needs {
        match self {
            Self::AdministratorAccount
            | Self::NotActive
            | Self::NotInOrganization
            | Self::OutOfScope
            | Self::StillActive
            | Self::UntrustedAdministrator => Needs::Nobody,
            Self::CoolingOff
            | Self::DisabledForUnknownReason
            | Self::GracePeriod
            | Self::InVerification
            | Self::InvitationDeclined
            | Self::NoLongerMember
            | Self::NotAccepted
            | Self::OutOfTime
            | Self::PendingActivation
            | Self::RemovalUnconfirmed
            | Self::VolumeUnknown
            | Self::VolumeUnverified => Needs::Time,
            Self::GraphQuota
            | Self::InvalidEmail
            | Self::MemberRoleUnavailable
            | Self::MissingEmail
            | Self::OutsideOrganization
            | Self::RegionNotEnabled
            | Self::RemovalNotAllowed
            | Self::TooManyRemovals
            | Self::UnknownStatus
            | Self::UntrustedGraph
            | Self::VerificationFailed
            | Self::VolumeTooHigh => Needs::Person,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_an_account_needs_decides_how_it_counts() {
        for (needs, name, outcome) in [
            (Needs::Person, "person", "blocked"),
            (Needs::Time, "time", "waiting"),
            (Needs::Nobody, "nobody", "excluded"),
        ] {
            assert_eq!((needs.as_str(), needs.held_outcome()), (name, outcome));
            assert_eq!(serde_json::to_value(needs).unwrap(), name);
        }
        let reasons = [HeldReason::VolumeTooHigh, HeldReason::CoolingOff, HeldReason::OutOfScope];
        assert_eq!(reasons.map(HeldReason::needs), [Needs::Person, Needs::Time, Needs::Nobody]);
        assert_eq!(reasons.map(HeldReason::outcome), ["blocked", "waiting", "excluded"]);
        assert_eq!(reasons.map(|reason| reason.to_string()), ["volume-too-high", "cooling-off", "out-of-scope"]);
    }
}
