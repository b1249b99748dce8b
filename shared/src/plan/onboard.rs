//! What organization accounts need to become members.

use std::collections::BTreeMap;

use crate::model::account::{AccountId, AccountState, OrganizationAccount};
use crate::model::member::Member;
use crate::model::policy::Scope;
use crate::plan::held::Held;
use crate::plan::step::{self, Plan, Step};

/// Plans the membership of organization accounts.
///
/// `accounts` maps each account in question to its state and scope, `None` if Organizations does
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
        (Some((_, scope @ (Scope::Excluded | Scope::NotIncluded))), None) => Step::Hold(Held::out_of_scope(*scope)),
        // The event may be of its move out of scope. Who is removed, and how many, is decided for a whole graph at once.
        (Some((_, scope @ (Scope::Excluded | Scope::NotIncluded))), Some(_)) => {
            Step::Hold(Held::member_out_of_scope(*scope))
        }
        (Some((account, _)), None) => step::new(account),
        (Some(_), Some(member)) => step::existing(member),
    };
    accounts.iter().map(|(id, account)| (*id, step(id, account))).collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_detective::types::MemberStatus;

    use super::*;
    use crate::model::account::Email;

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
                    name: None,
                    email: Some(Email::new(format!("{text}@example.com"))),
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
            scoped("000000000012", AccountState::Active, Scope::NotIncluded),
        ]);
        let disabled = member("000000000003", MemberStatus::AcceptedButDisabled);
        let members = BTreeMap::from([
            disabled.clone(),
            member("000000000004", MemberStatus::Enabled),
            member("000000000005", MemberStatus::Invited),
            member("000000000006", MemberStatus::VerificationFailed),
            member("000000000007", MemberStatus::from("PAUSED")),
            member("000000000012", MemberStatus::Enabled),
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
                (id("000000000012"), Step::Hold(Held::member_out_of_scope(Scope::NotIncluded))),
            ])
        );
    }
}
