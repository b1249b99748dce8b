//! Who becomes a member of a behavior graph that has no capacity for all.

use std::collections::BTreeMap;

use aws_sdk_detective::types::MemberStatus;

use crate::model::account::{AccountId, AccountState};
use crate::model::graph::MEMBER_LIMIT;
use crate::model::member::Member;
use crate::model::organization::Organization;
use crate::model::policy::Scope;
use crate::plan::held::Held;
use crate::plan::step::{self, Plan, Step};

/// Adds to a graph's plan the steps for accounts that are to become members, each with its rank: in the order of their
/// ranks, up to the limit. Members that the plan removes free capacity.
///
/// Only ENABLED members make a graph full for certain. Where others reach the limit with them, CreateMembers decides, but for
/// the capacity that waiting members of a higher priority need: they are started later in the run, or enabled by Detective.
pub(crate) fn add_new_members(
    plan: &mut Plan,
    mut wanted: Vec<(usize, AccountId)>,
    organization: &Organization,
    members: &BTreeMap<AccountId, Member>,
) {
    let stays = |member: &&Member| !matches!(plan.get(&member.id), Some(Step::Remove(_)));
    let staying: Vec<&Member> = members.values().filter(stays).collect();
    let enabled = || staying.iter().filter(|member| member.status == MemberStatus::Enabled);
    let certain = MEMBER_LIMIT.saturating_sub(staying.len());
    let possible = MEMBER_LIMIT.saturating_sub(enabled().count());
    let mut ranks: Vec<usize> = enabled().map(|member| rank(organization, member.id)).collect();
    ranks.sort_unstable();
    let waiting = staying.iter().filter(|member| member.waits());
    let mut waiting: Vec<usize> = waiting.map(|member| rank(organization, member.id)).collect();
    waiting.sort_unstable();
    wanted.sort_unstable();
    let mut new = 0;
    for (rank, id) in wanted {
        let step = match step::new(&organization[&id].0) {
            Step::Create(email) => {
                new += 1;
                let reserved = waiting.partition_point(|other| *other < rank);
                if new <= certain {
                    Step::Create(email)
                } else if new + reserved <= possible {
                    Step::TryCreate(email)
                } else {
                    Step::Hold(Held::no_capacity(ranks.len() - ranks.partition_point(|other| *other <= rank)))
                }
            }
            // What is not sent takes no capacity.
            held => held,
        };
        plan.insert(id, step);
    }
}

/// The rank of a member. One that is not in scope comes after all that are.
fn rank(organization: &Organization, id: AccountId) -> usize {
    match organization.get(&id) {
        Some((account, Scope::In { rank })) if account.state == AccountState::Active => *rank,
        _ => usize::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::{Email, OrganizationAccount};
    use crate::plan::step::RemovalCause;

    fn id(number: u64) -> AccountId {
        format!("{number:012}").parse().unwrap()
    }

    fn account(number: u64, scope: Scope) -> (AccountId, (OrganizationAccount, Scope)) {
        let email = Email::new(format!("{number}@example.com"));
        (
            id(number),
            (
                OrganizationAccount {
                    id: id(number),
                    name: None,
                    email: Some(email),
                    state: AccountState::Active,
                    units: None,
                },
                scope,
            ),
        )
    }

    fn member(number: u64, status: MemberStatus) -> (AccountId, Member) {
        let member = Member::with_status(id(number), status);
        (id(number), member)
    }

    /// The steps for new members with their ranks, in a graph with these members.
    fn steps<const N: usize>(
        new: [(usize, u64); N],
        members: impl IntoIterator<Item = (AccountId, Member)>,
        rank_of_members: fn(u64) -> Scope,
    ) -> [Step; N] {
        let members: BTreeMap<_, _> = members.into_iter().collect();
        let mut organization: Organization =
            (1000..2200).map(|number| account(number, rank_of_members(number))).collect();
        organization.extend(new.map(|(rank, number)| account(number, Scope::In { rank })));
        let mut plan = Plan::from([(id(1000), Step::Remove(RemovalCause::NotInOrganization))]);
        add_new_members(&mut plan, new.map(|(rank, number)| (rank, id(number))).to_vec(), &organization, &members);
        new.map(|(_, number)| plan[&id(number)].clone())
    }

    fn in_scope(_: u64) -> Scope {
        Scope::In { rank: 0 }
    }

    #[test]
    fn capacity_goes_by_rank_and_then_by_account_id() {
        // 1000 is removed.
        let members = (1000..2199).map(|number| member(number, MemberStatus::Enabled));
        let [third, first, second] = steps([(1, 3), (0, 4), (1, 2)], members, in_scope);
        assert_eq!(first, Step::Create(Email::new("4@example.com")));
        assert_eq!(second, Step::Create(Email::new("2@example.com")));
        assert_eq!(third, Step::Hold(Held::no_capacity(0)));
    }

    #[test]
    fn an_account_without_capacity_is_held_with_how_many_members_come_after_it_and_stay() {
        let scope = |number| match number {
            2191.. => Scope::Excluded,
            1101.. => Scope::In { rank: 2 },
            _ => Scope::In { rank: 1 },
        };
        let members = (1001..2201).map(|number| member(number, MemberStatus::Enabled));
        let held = steps([(0, 1), (1, 2), (2, 3)], members, scope);
        assert_eq!(held, [1200, 1100, 10].map(|behind| Step::Hold(Held::no_capacity(behind))));
        assert!(Held::no_capacity(0).message.contains("none of them comes after it"));
        assert!(Held::no_capacity(10).message.contains("; 10 of them have a lower priority"));
    }

    #[test]
    fn where_members_that_are_not_enabled_fill_the_graph_detective_decides() {
        let status = |number| if number < 2198 { MemberStatus::Enabled } else { MemberStatus::VerificationFailed };
        let members = (1000..2200).map(|number| member(number, status(number)));
        let [first, second, third, fourth] = steps([(0, 1), (1, 2), (1, 3), (2, 4)], members, in_scope);
        assert_eq!(first, Step::Create(Email::new("1@example.com")));
        assert_eq!(second, Step::TryCreate(Email::new("2@example.com")));
        assert_eq!(third, Step::TryCreate(Email::new("3@example.com")));
        assert_eq!(fourth, Step::Hold(Held::no_capacity(0)));
    }

    #[test]
    fn the_last_capacity_is_kept_for_a_waiting_member_of_higher_priority_and_for_no_other() {
        let scope = |number| Scope::In { rank: if number == 2199 { 1 } else { 5 } };
        for (waiting, expected) in [
            (MemberStatus::AcceptedButDisabled, [true, true, false]),
            (MemberStatus::Invited, [true, true, false]),
            (MemberStatus::VerificationFailed, [true, true, true]),
        ] {
            // 1000 is removed: 1,197 are enabled, and three could be.
            let enabled = (1000..2198).map(|number| member(number, MemberStatus::Enabled));
            let others = [member(2198, MemberStatus::VerificationFailed), member(2199, waiting.clone())];
            let filled = [member(2200, MemberStatus::VerificationFailed)];
            let found = steps([(0, 1), (1, 2), (2, 3)], enabled.chain(others).chain(filled), scope);
            assert_eq!(found.map(|step| matches!(step, Step::TryCreate(_))), expected, "{waiting}");
        }
    }

    #[test]
    fn a_waiting_member_of_the_same_priority_or_of_an_account_that_is_not_in_use_keeps_no_capacity() {
        let enabled = || (1000..2198).map(|number| member(number, MemberStatus::Enabled));
        let others = [member(2198, MemberStatus::Invited), member(2199, MemberStatus::Invited)];
        let filled = [member(2200, MemberStatus::VerificationFailed)];
        let members = || enabled().chain(others.clone()).chain(filled.clone());
        let same = |number| Scope::In { rank: if number >= 2198 { 1 } else { 5 } };
        for step in steps([(1, 1), (1, 2), (1, 3)], members(), same) {
            assert!(matches!(step, Step::TryCreate(_)), "{step:?}");
        }
        let organization = Organization::from([account(1, in_scope(1))]);
        assert_eq!((rank(&organization, id(1)), rank(&organization, id(2))), (0, usize::MAX));
        for state in [AccountState::Suspended, AccountState::PendingActivation] {
            let mut organization = organization.clone();
            organization.get_mut(&id(1)).unwrap().0.state = state;
            assert_eq!(rank(&organization, id(1)), usize::MAX);
        }
    }
}
