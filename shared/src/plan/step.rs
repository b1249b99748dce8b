//! What to do about each account: decided from state alone, without a client, a clock or the environment.

use std::collections::BTreeMap;
use std::fmt;

use aws_sdk_detective::types::MemberStatus;

use crate::model::account::{AccountId, AccountState, Email, OrganizationAccount};
use crate::model::member::Member;
use crate::model::policy::Scope;
use crate::plan::held::Held;

/// What to do about one account in one behavior graph.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// It is no member: CreateMembers, with its root email address.
    Create(Email),
    /// The same, if Detective takes it: with members that are not ENABLED, the graph has as many as it can have. Whether those
    /// count, CreateMembers decides.
    TryCreate(Email),
    /// Detective accepted it and does not monitor it: StartMonitoringMember.
    Start(Member),
    /// It is as it should be.
    Keep(MemberStatus),
    /// Its verification failed with another email address: DeleteMembers, then CreateMembers with this one.
    Reinvite(Email),
    /// It should not be a member, for this reason: DeleteMembers.
    Remove(RemovalCause),
    /// It is left alone on purpose.
    Hold(Held),
}

/// Why a member should not be one. Whether it is removed is decided apart from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemovalCause {
    /// Organizations does not know it.
    NotInOrganization,
    /// It is closed, being closed or suspended.
    NotActive(AccountState),
    /// The policy leaves it out.
    OutOfScope(Scope),
}

impl fmt::Display for RemovalCause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInOrganization => formatter.write_str("Organizations does not know it: it has left"),
            Self::NotActive(state) => formatter.write_str(&Held::not_active(state).message),
            Self::OutOfScope(scope) => formatter.write_str(&Held::out_of_scope(*scope).message),
        }
    }
}

/// What to do in one behavior graph, by account and therefore in the order of account ids.
pub type Plan = BTreeMap<AccountId, Step>;

/// Plans what an account needs that is no member: what Detective would refuse is not sent, because the refusal would be of
/// all accounts in the call.
pub fn new(account: &OrganizationAccount) -> Step {
    match &account.email {
        Some(email) if email.is_accepted_by_detective() => Step::Create(email.clone()),
        Some(_) => Step::Hold(Held::invalid_email()),
        None => Step::Hold(Held::missing_email()),
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_a_member_should_not_be_one_is_stated() {
        for (cause, stated) in [
            (RemovalCause::NotInOrganization, "Organizations does not know it: it has left"),
            (RemovalCause::NotActive(AccountState::Closed), "its state in Organizations is CLOSED"),
            (RemovalCause::OutOfScope(Scope::Excluded), "the policy excludes it"),
            (RemovalCause::OutOfScope(Scope::NotIncluded), "the policy does not include it"),
        ] {
            assert!(cause.to_string().starts_with(stated), "{cause}");
        }
    }

    #[test]
    fn an_account_without_an_address_that_detective_takes_is_held() {
        let account = |email: Option<&str>| OrganizationAccount {
            id: "111122223333".parse().unwrap(),
            name: None,
            email: email.map(Email::new),
            state: AccountState::Active,
            units: None,
        };
        assert_eq!(new(&account(Some("a@example.com"))), Step::Create(Email::new("a@example.com")));
        assert_eq!(new(&account(Some("a@example"))), Step::Hold(Held::invalid_email()));
        assert_eq!(new(&account(None)), Step::Hold(Held::missing_email()));
    }
}
