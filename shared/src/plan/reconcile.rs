//! What a behavior graph needs so that it covers the organization as the policy defines it: decided from state alone.

use std::collections::BTreeMap;

use aws_sdk_detective::types::MemberStatus;
use aws_smithy_types::DateTime;

use crate::model::account::{AccountId, AccountState};
use crate::model::member::Member;
use crate::model::organization::Organization;
use crate::model::policy::Scope;
use crate::plan::held::Held;
use crate::plan::step::{self, Plan, Step};
use crate::plan::{capacity, verification};

/// What one graph needs.
#[derive(Debug, Default, PartialEq)]
pub struct Reconciliation {
    /// The steps for accounts that are in scope, and for members that should not be.
    pub plan: Plan,
    /// Accounts of the organization that the policy leaves out, and that are no members.
    pub out_of_scope: usize,
}

/// Plans one graph, as of `now`. `removals` are the steps for members that should not be members: those that are removed free capacity.
pub fn reconcile(
    administrator: AccountId,
    organization: &Organization,
    members: &BTreeMap<AccountId, Member>,
    removals: Plan,
    now: DateTime,
) -> Reconciliation {
    let mut result = Reconciliation { plan: removals, ..Reconciliation::default() };
    let mut wanted = Vec::new();
    for (id, (account, scope)) in organization {
        if *id == administrator || result.plan.contains_key(id) {
            continue;
        }
        let is_active = account.state == AccountState::Active;
        let step = match (scope, members.get(id)) {
            (Scope::In { rank }, None) if is_active => {
                wanted.push((*rank, *id));
                continue;
            }
            (Scope::In { .. }, Some(member)) if is_active => match member.status {
                MemberStatus::VerificationFailed => verification::failed(account, member, now),
                _ => step::existing(member),
            },
            (Scope::In { .. }, None) => Step::Hold(Held::not_active(&account.state)),
            (Scope::In { .. }, Some(_)) => Step::Hold(Held::unsettled(&account.state)),
            (Scope::Excluded | Scope::NotIncluded, None) => {
                result.out_of_scope += 1;
                continue;
            }
            (Scope::Excluded | Scope::NotIncluded, Some(_)) => Step::Hold(Held::out_of_scope(*scope)),
        };
        result.plan.insert(*id, step);
    }
    // Invited members outside the organization belong to whoever invited them. They may have been in it once.
    for (id, member) in members.iter().filter(|(id, _)| !organization.contains_key(id)) {
        if !member.of_organization && *id != administrator {
            result.plan.entry(*id).or_insert_with(|| Step::Hold(Held::outside_organization()));
        }
    }
    capacity::add_new_members(&mut result.plan, wanted, organization, members);
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::{Email, OrganizationAccount};
    use crate::plan::removal::unwanted;
    use crate::plan::step::RemovalCause;

    fn id(number: u64) -> AccountId {
        format!("{number:012}").parse().unwrap()
    }

    fn account(number: u64, state: AccountState, scope: Scope) -> (AccountId, (OrganizationAccount, Scope)) {
        let email = Some(Email::new(format!("{number}@example.com")));
        (id(number), (OrganizationAccount { id: id(number), name: None, email, state, units: None }, scope))
    }

    fn member(number: u64, status: MemberStatus) -> (AccountId, Member) {
        let email = Some(Email::new(format!("{number}@example.com")));
        let of_organization = true;
        let member = Member {
            id: id(number),
            status,
            disabled_reason: None,
            invited: None,
            updated: None,
            email,
            of_organization,
        };
        (id(number), member)
    }

    const IN: Scope = Scope::In { rank: 0 };

    #[test]
    fn every_account_gets_the_step_that_scope_and_membership_ask_for() {
        let organization = BTreeMap::from([
            account(1, AccountState::Active, IN),
            account(2, AccountState::Active, IN),
            account(3, AccountState::Active, IN),
            account(4, AccountState::Suspended, IN),
            account(5, AccountState::Active, Scope::Excluded),
            account(6, AccountState::Active, Scope::NotIncluded),
            account(7, AccountState::Suspended, IN),
            account(9, AccountState::PendingActivation, IN),
        ]);
        let members = BTreeMap::from([
            member(3, MemberStatus::AcceptedButDisabled),
            member(5, MemberStatus::Enabled),
            member(7, MemberStatus::Enabled),
            member(8, MemberStatus::Enabled),
            member(9, MemberStatus::Enabled),
        ]);
        let removals = unwanted(id(1), &organization, &members, None, DateTime::from_secs(0));
        let result = reconcile(id(1), &organization, &members, removals, DateTime::from_secs(0));
        assert_eq!(
            result.plan,
            BTreeMap::from([
                (id(2), Step::Create(Email::new("2@example.com"))),
                (id(3), Step::Start(members[&id(3)].clone())),
                (id(4), Step::Hold(Held::not_active(&AccountState::Suspended))),
                (id(5), Step::Remove(RemovalCause::OutOfScope(Scope::Excluded))),
                (id(7), Step::Remove(RemovalCause::NotActive(AccountState::Suspended))),
                (id(8), Step::Remove(RemovalCause::NotInOrganization)),
                (id(9), Step::Hold(Held::unsettled(&AccountState::PendingActivation))),
            ])
        );
        assert_eq!(result.out_of_scope, 1);
    }

    #[test]
    fn an_invited_account_outside_the_organization_is_held() {
        let (outsider, mut invited) = member(9, MemberStatus::Enabled);
        invited.of_organization = false;
        let members = BTreeMap::from([(outsider, invited)]);
        let result = reconcile(id(1), &Organization::new(), &members, Plan::new(), DateTime::from_secs(0));
        assert_eq!(result.plan, Plan::from([(id(9), Step::Hold(Held::outside_organization()))]));
    }

    #[test]
    fn a_failed_verification_is_repeated_at_once_with_another_address() {
        let organization = BTreeMap::from([account(2, AccountState::Active, IN), account(3, AccountState::Active, IN)]);
        let same = member(2, MemberStatus::VerificationFailed);
        let mut other = member(3, MemberStatus::VerificationFailed);
        other.1.email = Some(Email::new("old@example.com"));
        let members = BTreeMap::from([same, other]);
        let result = reconcile(id(1), &organization, &members, Plan::new(), DateTime::from_secs(0));
        assert!(matches!(result.plan[&id(2)], Step::Hold(_)), "{result:?}");
        assert_eq!(result.plan[&id(3)], Step::Reinvite(Email::new("3@example.com")));
    }

    #[test]
    fn a_member_with_another_address_is_left_alone_unless_its_verification_failed() {
        for status in ["ENABLED", "ACCEPTED_BUT_DISABLED", "INVITED", "VERIFICATION_IN_PROGRESS", "NEW"] {
            let organization = BTreeMap::from([account(3, AccountState::Active, IN)]);
            let (invited, mut old) = member(3, MemberStatus::from(status));
            old.email = Some(Email::new("old@example.com"));
            let members = BTreeMap::from([(invited, old.clone())]);
            let late = DateTime::from_secs(1 << 40);
            let result = reconcile(id(1), &organization, &members, Plan::new(), late);
            assert_eq!(result.plan[&invited], step::existing(&old), "{status}");
            assert!(!matches!(result.plan[&invited], Step::Reinvite(_) | Step::Remove(_)), "{status}");
        }
    }

    #[test]
    fn the_administrator_needs_no_step_and_an_account_that_is_removed_no_other_one() {
        let organization = BTreeMap::from([account(1, AccountState::Active, IN), account(2, AccountState::Active, IN)]);
        let (administrator, mut itself) = member(1, MemberStatus::Enabled);
        itself.of_organization = false;
        let members = BTreeMap::from([(administrator, itself), member(2, MemberStatus::Enabled)]);
        let removals = Plan::from([(id(2), Step::Remove(RemovalCause::OutOfScope(Scope::Excluded)))]);
        let result = reconcile(id(1), &organization, &members, removals.clone(), DateTime::from_secs(0));
        assert_eq!(result, Reconciliation { plan: removals, out_of_scope: 0 });
        // As a member outside of the organization it is none to be held either.
        let result = reconcile(id(1), &Organization::new(), &members, Plan::new(), DateTime::from_secs(0));
        assert_eq!(result.plan, Plan::new());
    }
}
