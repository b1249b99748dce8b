//! The reasons why accounts are left alone.

use std::fmt;

use serde::Serialize;

/// The reasons why an account is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeldReason {
    /// It is the graph's administrator, which cannot be its own member.
    AdministratorAccount,
    /// Organizations does not know it.
    NotInOrganization,
    /// It is a member by an invitation, and not an account of the organization.
    OutsideOrganization,
    /// Its state in Organizations is not ACTIVE.
    NotActive,
    /// Organizations has yet to activate it.
    PendingActivation,
    /// Organizations does not return its email address.
    MissingEmail,
    /// Its email address is one that Detective's API does not accept.
    InvalidEmail,
    /// Detective found that account id and email address do not belong together.
    VerificationFailed,
    /// It is invited, and nobody has accepted for it.
    NotAccepted,
    /// It was invited, is no member, and is to be invited again later.
    InvitationDeclined,
    /// Detective has yet to find out whether account id and email address belong together.
    InVerification,
    /// Detective accepted it, but its data would be too much for the graph.
    VolumeTooHigh,
    /// Detective accepted it, but does not know its data volume.
    VolumeUnknown,
    /// Detective accepted it and does not monitor it, for no reason that this version knows.
    DisabledForUnknownReason,
    /// Its membership has a status that this version does not know.
    UnknownStatus,
    /// The graph has no capacity, for members or for data.
    GraphQuota,
    /// Detective refuses it in a graph that has capacity: it cannot verify its data volume, or that would be too much.
    VolumeUnverified,
    /// It was a member when the run began, and is none any more.
    NoLongerMember,
    /// Its invitation is from an administrator that is not on the allow-list.
    UntrustedAdministrator,
    /// Its invitation is to a graph that is not on the allow-list.
    UntrustedGraph,
    /// The role for accepting its invitation cannot be assumed in it, or may not accept.
    MemberRoleUnavailable,
    /// It has not enabled the Region, in which its invitation is to be accepted.
    RegionNotEnabled,
    /// The policy leaves it out.
    OutOfScope,
    /// It should not be a member, and members are not removed.
    RemovalNotAllowed,
    /// It should not be a member, and so many should not be that none is removed.
    TooManyRemovals,
    /// It should not be a member by what Organizations listed, and Organizations does not confirm it.
    RemovalUnconfirmed,
    /// Time was up before it was its turn.
    OutOfTime,
    /// It left the organization or is suspended, and is removed when the grace period is over.
    GracePeriod,
    /// It was reported to have left or to be closed, and Organizations lists it as active.
    StillActive,
    /// Detective accepted it, but its data would be too much for the graph: it is started again later.
    CoolingOff,
}

impl fmt::Display for HeldReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(formatter)
    }
}
