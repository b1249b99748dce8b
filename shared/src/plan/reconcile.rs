//! What a behavior graph needs so that it covers the organization as the policy defines it: decided from state alone.

use std::collections::BTreeMap;

use aws_sdk_detective::types::MemberStatus;

use crate::model::account::{AccountId, AccountState, OrganizationAccount};
use crate::model::member::Member;
use crate::model::organization::Organization;
use crate::model::policy::Scope;
use crate::plan::held::Held;
use crate::plan::step::{self, Plan, Step};

/// How many member accounts a behavior graph can have.
///
/// <https://docs.aws.amazon.com/detective/latest/userguide/regions-limitations.html>
pub const MEMBER_LIMIT: usize = 1_200;

/// What one graph needs.
#[derive(Debug, Default, PartialEq)]
pub struct Reconciliation {
    /// The steps for accounts that are in scope, and for members that should not be.
    pub plan: Plan,
    /// Accounts of the organization that the policy leaves out, and that are no members.
    pub out_of_scope: usize,
}

/// Plans one graph. `removals` are the steps for members that should not be members: those that are removed free capacity.
pub fn reconcile(
    administrator: AccountId,
    organization: &Organization,
    members: &BTreeMap<AccountId, Member>,
    removals: Plan,
) -> Reconciliation {
    let mut result = Reconciliation { plan: removals, ..Reconciliation::default() };
    let mut wanted = Vec::new();
    for (id, (account, scope)) in organization {
        if *id == administrator || result.plan.contains_key(id) {
            continue;
        }
        let is_active = account.state == AccountState::Active;
        let step = match (scope, members.get(id)) {
            (Scope::In { rank }, None) if is_active => match step::new(account) {
                Step::Create(_) => {
                    wanted.push((*rank, *id));
                    continue;
                }
                held => held,
            },
            (Scope::In { .. }, Some(member)) if is_active => in_scope(account, member),
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
            result.plan.insert(*id, Step::Hold(Held::outside_organization()));
        }
    }
    let removed = result.plan.values().filter(|step| matches!(step, Step::Remove(_))).count();
    let capacity = MEMBER_LIMIT.saturating_sub(members.len() - removed);
    wanted.sort_unstable();
    let ranks = ranks_of_those_that_stay(organization, members, &result.plan);
    for (index, (rank, id)) in wanted.into_iter().enumerate() {
        let step = match index < capacity {
            true => step::new(&organization[&id].0),
            false => Step::Hold(Held::no_capacity(ranks.len() - ranks.partition_point(|other| *other <= rank))),
        };
        result.plan.insert(id, step);
    }
    result
}

/// The ranks of the members that stay, in order. One that is not in scope comes after all that are.
fn ranks_of_those_that_stay(
    organization: &Organization,
    members: &BTreeMap<AccountId, Member>,
    plan: &Plan,
) -> Vec<usize> {
    let stay = members.keys().filter(|id| !matches!(plan.get(id), Some(Step::Remove(_))));
    let mut ranks: Vec<usize> = stay
        .map(|id| match organization.get(id) {
            Some((account, Scope::In { rank })) if account.state == AccountState::Active => *rank,
            _ => usize::MAX,
        })
        .collect();
    ranks.sort_unstable();
    ranks
}

/// What a member needs that is in scope and active.
fn in_scope(account: &OrganizationAccount, member: &Member) -> Step {
    // The address was wrong when it was invited, and is another one now.
    let failed = member.status == MemberStatus::VerificationFailed;
    if failed
        && let Step::Create(email) = step::new(account)
        && member.email.as_ref().is_some_and(|invited| !invited.same_as(&email))
    {
        return Step::Reinvite(email);
    }
    step::existing(member)
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;

    use super::*;
    use crate::model::account::Email;
    use crate::plan::removal::unwanted;
    use crate::plan::step::RemovalCause;

    fn id(number: u64) -> AccountId {
        format!("{number:012}").parse().unwrap()
    }

    fn account(number: u64, state: AccountState, scope: Scope) -> (AccountId, (OrganizationAccount, Scope)) {
        let email = Some(Email::new(format!("{number}@example.com")));
        (id(number), (OrganizationAccount { id: id(number), email, state, units: None }, scope))
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
        let removals = unwanted(id(1), &organization, &members, DateTime::from_secs(0));
        let result = reconcile(id(1), &organization, &members, removals);
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
        let result = reconcile(id(1), &Organization::new(), &BTreeMap::from([(outsider, invited)]), Plan::new());
        assert_eq!(result.plan, Plan::from([(id(9), Step::Hold(Held::outside_organization()))]));
    }

    #[test]
    fn capacity_goes_by_rank_and_then_by_account_id() {
        let members: BTreeMap<_, _> = (1000..2198).map(|number| member(number, MemberStatus::Enabled)).collect();
        let mut organization: Organization =
            (1000..2198).map(|number| account(number, AccountState::Active, IN)).collect();
        organization.extend([
            account(3, AccountState::Active, Scope::In { rank: 1 }),
            account(4, AccountState::Active, Scope::In { rank: 0 }),
            account(2, AccountState::Active, Scope::In { rank: 1 }),
        ]);
        let result = reconcile(id(1), &organization, &members, Plan::new());
        assert_eq!(result.plan[&id(4)], Step::Create(Email::new("4@example.com")));
        assert_eq!(result.plan[&id(2)], Step::Create(Email::new("2@example.com")));
        assert_eq!(result.plan[&id(3)], Step::Hold(Held::no_capacity(0)));
        let created = result.plan.values().filter(|step| matches!(step, Step::Create(_))).count();
        assert_eq!(members.len() + created, MEMBER_LIMIT);
    }

    #[test]
    fn an_account_without_capacity_is_held_with_how_many_members_come_after_it_and_stay() {
        let rank = |number: u64| if number < 1100 { 1 } else { 2 };
        let members: BTreeMap<_, _> = (1000..2200).map(|number| member(number, MemberStatus::Enabled)).collect();
        let mut organization: Organization = (1000..2190)
            .map(|number| account(number, AccountState::Active, Scope::In { rank: rank(number) }))
            .chain((2190..2200).map(|number| account(number, AccountState::Active, Scope::Excluded)))
            .collect();
        organization.extend((0..3).map(|n| account(n + 1, AccountState::Active, Scope::In { rank: n as usize })));
        let result = reconcile(id(9), &organization, &members, Plan::new());
        for (number, behind) in [(1, 1200), (2, 1100), (3, 10)] {
            assert_eq!(result.plan[&id(number)], Step::Hold(Held::no_capacity(behind)));
        }
    }

    #[test]
    fn a_failed_verification_is_repeated_only_with_another_address() {
        let organization = BTreeMap::from([account(2, AccountState::Active, IN), account(3, AccountState::Active, IN)]);
        let same = member(2, MemberStatus::VerificationFailed);
        let mut other = member(3, MemberStatus::VerificationFailed);
        other.1.email = Some(Email::new("old@example.com"));
        let result = reconcile(id(1), &organization, &BTreeMap::from([same, other]), Plan::new());
        assert_eq!(result.plan[&id(2)], Step::Hold(Held::verification_failed()));
        assert_eq!(result.plan[&id(3)], Step::Reinvite(Email::new("3@example.com")));
    }
}
