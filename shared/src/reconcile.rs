//! What a behavior graph needs so that it covers the organization as the policy says: decided from state alone.

use std::collections::BTreeMap;

use aws_sdk_detective::types::MemberStatus;

use crate::account::{AccountId, AccountState, OrganizationAccount};
use crate::held::{Held, HeldReason};
use crate::member::Member;
use crate::plan::{self, Plan, Step};
use crate::policy::Scope;

/// How many member accounts a behavior graph can have.
///
/// <https://docs.aws.amazon.com/detective/latest/userguide/regions-limitations.html>
pub const PLACES: usize = 1_200;

/// The organization's accounts, each with what the policy says of it.
pub type Organization = BTreeMap<AccountId, (OrganizationAccount, Scope)>;

/// Whether members are removed, and how many at most in one run and Region.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Removals {
    /// Whether any member is removed.
    pub allowed: bool,
    /// How many at most.
    pub most: usize,
    /// Which share of the members at most, in percent.
    pub most_percent: usize,
}

/// What one graph needs.
#[derive(Debug, Default, PartialEq)]
pub struct Reconciliation {
    /// The steps for accounts that are in scope, and for members that should not be.
    pub plan: Plan,
    /// Accounts of the organization that the policy leaves out, and that are no members.
    pub out_of_scope: usize,
    /// How many members the graph has after the plan, if nothing fails.
    pub members: usize,
    /// How many removals were planned and given up, because they were more than a run may make.
    pub removals_stopped: usize,
}

/// Plans one graph.
///
/// Members that are to be removed are held where removals are not allowed. If there are more of them than a run may
/// remove, none is removed: so many at once are more likely to come from a mistake than from the organization.
pub fn reconcile(
    administrator: AccountId,
    organization: &Organization,
    members: &BTreeMap<AccountId, Member>,
    removals: Removals,
) -> Reconciliation {
    let mut result = Reconciliation::default();
    let mut wanted = Vec::new();
    for (id, (account, scope)) in organization {
        let member = members.get(id);
        let step = match (scope, member) {
            _ if *id == administrator => continue,
            (Scope::In { rank }, None) if account.state == AccountState::Active => {
                wanted.push((*rank, *id));
                continue;
            }
            (Scope::In { .. }, Some(member)) if account.state == AccountState::Active => in_scope(account, member),
            (Scope::In { .. }, None) => Step::Hold(Held::not_active(&account.state)),
            (Scope::In { .. }, Some(_)) => Step::Remove(Held::not_active(&account.state)),
            (Scope::Excluded | Scope::NotIncluded, None) => {
                result.out_of_scope += 1;
                continue;
            }
            (Scope::Excluded | Scope::NotIncluded, Some(_)) => Step::Remove(Held::out_of_scope(*scope)),
        };
        result.plan.insert(*id, step);
    }
    // Members that Organizations does not know. Organization accounts have left. Invited ones may have left, too, or be there
    // on purpose: they belong to whoever invited them.
    for (id, member) in members.iter().filter(|(id, _)| !organization.contains_key(id)) {
        let step = match member.of_organization {
            true => Step::Remove(Held::not_in_organization()),
            false => Step::Hold(Held::outside_organization()),
        };
        result.plan.insert(*id, step);
    }
    result.removals_stopped = limit_removals(&mut result.plan, members.len(), removals);
    let removed = result.plan.values().filter(|step| matches!(step, Step::Remove(_))).count();
    let room = PLACES.saturating_sub(members.len() - removed);
    wanted.sort_unstable();
    let added = wanted.len().min(room);
    let ranks = ranks_of_those_that_stay(organization, members, &result.plan);
    for (place, (rank, id)) in wanted.into_iter().enumerate() {
        let step = match place < room {
            true => Step::Create(organization[&id].0.email.clone()),
            false => Step::Hold(Held::no_place(ranks.len() - ranks.partition_point(|other| *other <= rank))),
        };
        result.plan.insert(id, step);
    }
    result.members = members.len() - removed + added;
    result
}

/// The ranks of the members that keep their places, in order. One that is not in scope comes after all that are.
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
    if failed && member.email.as_ref().is_some_and(|email| !email.same_as(&account.email)) {
        return Step::Reinvite(account.email.clone());
    }
    plan::existing(member)
}

/// Holds the removals of a plan that may not be made. Gives how many were stopped because they were too many.
///
/// The share is rounded up, so that a small graph can lose a member.
pub(crate) fn limit_removals(plan: &mut Plan, members: usize, removals: Removals) -> usize {
    let count = plan.values().filter(|step| matches!(step, Step::Remove(_))).count();
    let most = removals.most.min((members * removals.most_percent).div_ceil(100));
    let keep = if !removals.allowed {
        Some((HeldReason::RemovalNotAllowed, "removing members is not allowed (REMOVE_MEMBERS)".to_owned()))
    } else if count > most {
        let message = format!("{count} members would be removed in this run, and at most {most} may be");
        Some((HeldReason::TooManyRemovals, message))
    } else {
        None
    };
    let stopped = if removals.allowed && keep.is_some() { count } else { 0 };
    let Some((reason, why)) = keep else { return 0 };
    for step in plan.values_mut() {
        if let Step::Remove(cause) = step {
            let message = format!("{}; it stays a member, because {why}", cause.message).into();
            *step = Step::Hold(Held { reason, message });
        }
    }
    stopped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Email;

    const ALLOWED: Removals = Removals { allowed: true, most: 10, most_percent: 50 };
    const FORBIDDEN: Removals = Removals { allowed: false, ..ALLOWED };

    fn id(number: u64) -> AccountId {
        format!("{number:012}").parse().unwrap()
    }

    fn account(number: u64, state: AccountState, scope: Scope) -> (AccountId, (OrganizationAccount, Scope)) {
        let email = Email::new(format!("{number}@example.com"));
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

    fn reasons(plan: &Plan) -> BTreeMap<AccountId, HeldReason> {
        let held = plan.iter().filter_map(|(id, step)| match step {
            Step::Hold(held) => Some((*id, held.reason)),
            _ => None,
        });
        held.collect()
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
        ]);
        let members = BTreeMap::from([
            member(3, MemberStatus::AcceptedButDisabled),
            member(5, MemberStatus::Enabled),
            member(7, MemberStatus::Enabled),
            member(8, MemberStatus::Enabled),
        ]);
        let result = reconcile(id(1), &organization, &members, Removals { most_percent: 100, ..ALLOWED });
        assert_eq!(
            result.plan,
            BTreeMap::from([
                (id(2), Step::Create(Email::new("2@example.com"))),
                (id(3), Step::Start(members[&id(3)].clone())),
                (id(4), Step::Hold(Held::not_active(&AccountState::Suspended))),
                (id(5), Step::Remove(Held::out_of_scope(Scope::Excluded))),
                (id(7), Step::Remove(Held::not_active(&AccountState::Suspended))),
                (id(8), Step::Remove(Held::not_in_organization())),
            ])
        );
        assert_eq!((result.out_of_scope, result.members), (1, 2));
    }

    #[test]
    fn nothing_is_removed_where_that_is_not_allowed() {
        let organization = BTreeMap::from([account(5, AccountState::Active, Scope::Excluded)]);
        let members = BTreeMap::from([member(5, MemberStatus::Enabled), member(8, MemberStatus::Enabled)]);
        let result = reconcile(id(1), &organization, &members, FORBIDDEN);
        let held = BTreeMap::from([(id(5), HeldReason::RemovalNotAllowed), (id(8), HeldReason::RemovalNotAllowed)]);
        assert_eq!(reasons(&result.plan), held);
        assert_eq!((result.members, result.removals_stopped), (2, 0));
    }

    #[test]
    fn more_removals_than_a_run_may_make_are_all_given_up() {
        let members: BTreeMap<_, _> = (10..30).map(|number| member(number, MemberStatus::Enabled)).collect();
        let half: Organization = (10..20).map(|number| account(number, AccountState::Active, IN)).collect();
        for (organization, most) in [(Organization::new(), 100), (half.clone(), 9), (half.clone(), 100)] {
            let removals = Removals { allowed: true, most, most_percent: if most == 9 { 100 } else { 40 } };
            let result = reconcile(id(1), &organization, &members, removals);
            assert!(!result.plan.values().any(|step| matches!(step, Step::Remove(_))));
            assert_eq!(result.removals_stopped, 20 - organization.len());
        }
        let result = reconcile(id(1), &half, &members, Removals { allowed: true, most: 10, most_percent: 50 });
        assert_eq!(result.removals_stopped, 0);
    }

    #[test]
    fn an_invited_account_outside_the_organization_is_held() {
        let (outsider, mut invited) = member(9, MemberStatus::Enabled);
        invited.of_organization = false;
        let result = reconcile(id(1), &Organization::new(), &BTreeMap::from([(outsider, invited)]), ALLOWED);
        assert_eq!(result.plan, Plan::from([(id(9), Step::Hold(Held::outside_organization()))]));
    }

    #[test]
    fn places_go_by_rank_and_then_by_account_id() {
        let members: BTreeMap<_, _> = (1000..2198).map(|number| member(number, MemberStatus::Enabled)).collect();
        let mut organization: Organization =
            (1000..2198).map(|number| account(number, AccountState::Active, IN)).collect();
        organization.extend([
            account(3, AccountState::Active, Scope::In { rank: 1 }),
            account(4, AccountState::Active, Scope::In { rank: 0 }),
            account(2, AccountState::Active, Scope::In { rank: 1 }),
        ]);
        let result = reconcile(id(1), &organization, &members, ALLOWED);
        assert_eq!(result.plan[&id(4)], Step::Create(Email::new("4@example.com")));
        assert_eq!(result.plan[&id(2)], Step::Create(Email::new("2@example.com")));
        assert_eq!(result.plan[&id(3)], Step::Hold(Held::no_place(0)));
        assert_eq!(result.members, PLACES);
    }

    #[test]
    fn an_account_without_a_place_is_told_how_many_members_come_after_it_and_stay() {
        let rank = |number: u64| if number < 1100 { 1 } else { 2 };
        let members: BTreeMap<_, _> = (1000..2200).map(|number| member(number, MemberStatus::Enabled)).collect();
        let mut organization: Organization = (1000..2190)
            .map(|number| account(number, AccountState::Active, Scope::In { rank: rank(number) }))
            .chain((2190..2200).map(|number| account(number, AccountState::Active, Scope::Excluded)))
            .collect();
        organization.extend((0..3).map(|n| account(n + 1, AccountState::Active, Scope::In { rank: n as usize })));
        let result = reconcile(id(9), &organization, &members, FORBIDDEN);
        for (number, behind) in [(1, 1200), (2, 1100), (3, 10)] {
            assert_eq!(result.plan[&id(number)], Step::Hold(Held::no_place(behind)));
        }
        assert_eq!(result.members, PLACES);
    }

    #[test]
    fn a_failed_verification_is_repeated_only_with_another_address() {
        let organization = BTreeMap::from([account(2, AccountState::Active, IN), account(3, AccountState::Active, IN)]);
        let same = member(2, MemberStatus::VerificationFailed);
        let mut other = member(3, MemberStatus::VerificationFailed);
        other.1.email = Some(Email::new("old@example.com"));
        let result = reconcile(id(1), &organization, &BTreeMap::from([same, other]), ALLOWED);
        assert_eq!(result.plan[&id(2)], Step::Hold(Held::verification_failed()));
        assert_eq!(result.plan[&id(3)], Step::Reinvite(Email::new("3@example.com")));
    }
}
