//! What to do about each account: decided from state alone, without a client, a clock or the environment.

use std::collections::BTreeMap;

use aws_sdk_detective::types::{InvitationType, MemberStatus};
use aws_smithy_types::DateTime;

use crate::account::{AccountId, AccountState, Email, OrganizationAccount};
use crate::config::AllowList;
use crate::cool_off::CoolOff;
use crate::held::{Held, HeldReason};
use crate::member::{Invitation, Member};
use crate::policy::Scope;

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

/// Plans the membership of organization accounts.
///
/// `accounts` maps each account in question to what Organizations and the policy say of it, `None` if Organizations does
/// not know the account;
/// `members` are those that are members already.
pub fn enroll(
    administrator: AccountId,
    accounts: &BTreeMap<AccountId, Option<(OrganizationAccount, Scope)>>,
    members: &BTreeMap<AccountId, Member>,
) -> Plan {
    let step = |id: &AccountId, account: &Option<(OrganizationAccount, Scope)>| match (account, members.get(id)) {
        // https://docs.aws.amazon.com/detective/latest/userguide/accounts.html: an administrator is no member of its graph.
        _ if *id == administrator => Step::Hold(Held::administrator()),
        (None, _) => Step::Hold(Held::not_in_organization()),
        (Some((account, _)), _) if account.state != AccountState::Active => {
            Step::Hold(Held::not_active(&account.state))
        }
        (Some((_, scope @ (Scope::Excluded | Scope::NotIncluded))), _) => Step::Hold(Held::out_of_scope(*scope)),
        (Some((account, _)), None) => Step::Create(account.email.clone()),
        (Some(_), Some(member)) => existing(member),
    };
    accounts.iter().map(|(id, account)| (*id, step(id, account))).collect()
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

/// What to do about one invitation.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// AcceptInvitation.
    Accept,
    /// It is accepted already, or is no invitation to answer.
    Keep,
    /// RejectInvitation: it is a stranger's, and those are to be rejected.
    Reject,
    /// It is left unanswered on purpose.
    Hold(Held),
}

/// Decides on an invitation: only one of type INVITATION and status INVITED is to be answered, and only one whose
/// administrator is on the allow-list is accepted. Who the administrator is comes from the graph's ARN, because that is
/// what AcceptInvitation names; an answer that names another one beside it is not trusted.
pub fn answer(invitation: &Invitation, allowed: &AllowList) -> Answer {
    let administrator = invitation.graph.administrator();
    if invitation.status != MemberStatus::Invited || invitation.kind == Some(InvitationType::Organization) {
        return Answer::Keep;
    }
    if invitation.kind != Some(InvitationType::Invitation) {
        return Answer::Hold(Held {
            reason: HeldReason::UnknownStatus,
            message: "it is of a type that this version does not know".into(),
        });
    }
    if !allowed.administrators.contains(&administrator)
        || invitation.stated_administrator.is_some_and(|stated| stated != administrator)
    {
        if allowed.reject_others {
            return Answer::Reject;
        }
        return Answer::Hold(Held {
            reason: HeldReason::UntrustedAdministrator,
            message: format!(
                "account {administrator} invited it, and is no administrator that is trusted: reject the invitation if nobody \
                 there expected it"
            )
            .into(),
        });
    }
    if !allowed.graphs.is_empty() && !allowed.graphs.contains(&invitation.graph) {
        return Answer::Hold(Held {
            reason: HeldReason::UntrustedGraph,
            message: "the invitation is to a behavior graph that is not one of TRUSTED_GRAPH_ARNS".into(),
        });
    }
    Answer::Accept
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn id(text: &str) -> AccountId {
        text.parse().unwrap()
    }

    fn account(text: &str, state: AccountState) -> (AccountId, Option<(OrganizationAccount, Scope)>) {
        scoped(text, state, Scope::In { rank: 0 })
    }

    fn scoped(text: &str, state: AccountState, scope: Scope) -> (AccountId, Option<(OrganizationAccount, Scope)>) {
        (
            id(text),
            Some((
                OrganizationAccount {
                    id: id(text),
                    email: Email::new(format!("{text}@example.com")),
                    state,
                    units: None,
                },
                scope,
            )),
        )
    }

    fn member(text: &str, status: MemberStatus) -> (AccountId, Member) {
        (
            id(text),
            Member {
                id: id(text),
                status,
                disabled_reason: None,
                invited: None,
                updated: None,
                email: None,
                of_organization: false,
            },
        )
    }

    #[test]
    fn every_account_gets_the_step_that_its_state_asks_for() {
        let accounts = BTreeMap::from([
            account("000000000001", AccountState::Active),
            account("000000000002", AccountState::Active),
            account("000000000003", AccountState::Active),
            account("000000000004", AccountState::Active),
            account("000000000005", AccountState::Active),
            account("000000000006", AccountState::Active),
            account("000000000007", AccountState::Active),
            account("000000000008", AccountState::Suspended),
            (id("000000000009"), None),
            account("000000000010", AccountState::Unknown("NEW".into())),
            scoped("000000000011", AccountState::Active, Scope::Excluded),
        ]);
        let disabled = member("000000000003", MemberStatus::AcceptedButDisabled);
        let members = BTreeMap::from([
            disabled.clone(),
            member("000000000004", MemberStatus::Enabled),
            member("000000000005", MemberStatus::Invited),
            member("000000000006", MemberStatus::VerificationFailed),
            member("000000000007", MemberStatus::from("PAUSED")),
        ]);
        let plan = enroll(id("000000000001"), &accounts, &members);
        assert_eq!(
            plan,
            BTreeMap::from([
                (id("000000000001"), Step::Hold(Held::administrator())),
                (id("000000000002"), Step::Create(Email::new("000000000002@example.com"))),
                (id("000000000003"), Step::Start(disabled.1)),
                (id("000000000004"), Step::Keep(MemberStatus::Enabled)),
                (id("000000000005"), Step::Hold(Held::not_accepted(&members[&id("000000000005")]))),
                (id("000000000006"), Step::Hold(Held::verification_failed())),
                (id("000000000007"), Step::Hold(Held::unknown_status(&MemberStatus::from("PAUSED")))),
                (id("000000000008"), Step::Hold(Held::not_active(&AccountState::Suspended))),
                (id("000000000009"), Step::Hold(Held::not_in_organization())),
                (id("000000000010"), Step::Hold(Held::not_active(&AccountState::Unknown("NEW".into())))),
                (id("000000000011"), Step::Hold(Held::out_of_scope(Scope::Excluded))),
            ])
        );
    }

    const TRUSTED: &str = "arn:aws:detective:eu-west-1:111122223333:graph:0123456789abcdef0123456789abcdef";

    fn invitation() -> Invitation {
        Invitation {
            account: id("444455556666"),
            graph: TRUSTED.parse().unwrap(),
            stated_administrator: Some(id("111122223333")),
            kind: Some(InvitationType::Invitation),
            status: MemberStatus::Invited,
        }
    }

    fn allowed() -> AllowList {
        AllowList {
            administrators: BTreeSet::from([id("111122223333")]),
            graphs: BTreeSet::new(),
            reject_others: false,
        }
    }

    fn held(answer: Answer) -> HeldReason {
        match answer {
            Answer::Hold(held) => held.reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_open_invitation_of_a_trusted_administrator_is_accepted() {
        assert_eq!(answer(&invitation(), &allowed()), Answer::Accept);
    }

    #[test]
    fn what_is_accepted_already_or_of_the_organization_is_kept() {
        let accepted = Invitation { status: MemberStatus::Enabled, ..invitation() };
        let organization = Invitation { kind: Some(InvitationType::Organization), ..invitation() };
        assert_eq!(answer(&accepted, &allowed()), Answer::Keep);
        assert_eq!(answer(&organization, &allowed()), Answer::Keep);
    }

    #[test]
    fn an_invitation_of_a_stranger_is_held() {
        let stranger =
            Invitation { graph: TRUSTED.replace("111122223333", "999999999999").parse().unwrap(), ..invitation() };
        assert_eq!(held(answer(&stranger, &allowed())), HeldReason::UntrustedAdministrator);
        let contradiction = Invitation { stated_administrator: Some(id("999999999999")), ..invitation() };
        assert_eq!(held(answer(&contradiction, &allowed())), HeldReason::UntrustedAdministrator);
    }

    #[test]
    fn an_invitation_of_a_stranger_is_rejected_where_that_is_configured_and_no_other_is() {
        let stranger =
            Invitation { graph: TRUSTED.replace("111122223333", "999999999999").parse().unwrap(), ..invitation() };
        let rejecting = AllowList { reject_others: true, ..allowed() };
        assert_eq!(answer(&stranger, &rejecting), Answer::Reject);
        assert_eq!(answer(&invitation(), &rejecting), Answer::Accept);
        let accepted = Invitation { status: MemberStatus::Enabled, ..stranger };
        assert_eq!(answer(&accepted, &rejecting), Answer::Keep);
    }

    #[test]
    fn with_trusted_graphs_only_those_are_accepted() {
        let other = TRUSTED.replace("graph:0", "graph:1").parse().unwrap();
        let allowed = AllowList { graphs: BTreeSet::from([other]), ..allowed() };
        assert_eq!(held(answer(&invitation(), &allowed)), HeldReason::UntrustedGraph);
    }

    #[test]
    fn an_invitation_of_an_unknown_type_is_held() {
        let unknown = Invitation { kind: Some(InvitationType::from("SOMETHING")), ..invitation() };
        assert_eq!(held(answer(&unknown, &allowed())), HeldReason::UnknownStatus);
        let untyped = Invitation { kind: None, ..invitation() };
        assert_eq!(held(answer(&untyped, &allowed())), HeldReason::UnknownStatus);
    }
}
