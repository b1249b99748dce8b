//! What to do about each account: decided from state alone, without a client, a clock or the environment.

use std::collections::BTreeMap;

use aws_sdk_detective::types::MemberStatus;

use crate::model::account::{AccountId, Email};
use crate::model::member::Member;
use crate::plan::held::Held;

/// What to do about one account in one behavior graph.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// It is no member: CreateMembers, with its root email address.
    Create(Email),
    /// Detective accepted it and does not monitor it: StartMonitoringMember.
    Start(Member),
    /// It is as it should be.
    Keep(MemberStatus),
    /// Its verification failed with another email address: DeleteMembers, then CreateMembers with this one.
    Reinvite(Email),
    /// It should be no member, for this reason: DeleteMembers.
    Remove(Held),
    /// It is left alone on purpose.
    Hold(Held),
}

/// What to do in one behavior graph, by account and therefore in the order of account ids.
pub type Plan = BTreeMap<AccountId, Step>;

/// Plans what a member needs that is in the graph already.
pub fn existing(member: &Member) -> Step {
    match &member.status {
        MemberStatus::AcceptedButDisabled => Step::Start(member.clone()),
        MemberStatus::Enabled => Step::Keep(member.status.clone()),
        MemberStatus::Invited => Step::Hold(Held::not_accepted(member)),
        MemberStatus::VerificationInProgress => Step::Hold(Held::in_verification(member)),
        MemberStatus::VerificationFailed => Step::Hold(Held::verification_failed()),
        unknown => Step::Hold(Held::unknown_status(unknown)),
    }
}
