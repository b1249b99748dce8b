//! Members that should not be members: who they are, and when they are removed.

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;

use crate::error::Failure;
use crate::model::account::AccountId;
use crate::model::history::History;
use crate::model::member::Member;
use crate::model::organization::Organization;
use crate::model::policy::Scope;
use crate::plan::held::{Held, HeldReason};
use crate::plan::step::{Plan, RemovalCause, Step};

/// The members that should not be members, each with its reason. That follows from Organizations' lists, and a list can be incomplete.
///
/// Invited accounts outside the organization belong to whoever invited them, unless an earlier run saw them in it. A membership that changed after `begun`, when
/// the run began, may be of an account that joined after the organization was listed: it is held.
pub fn unwanted(
    administrator: AccountId,
    organization: &Organization,
    members: &BTreeMap<AccountId, Member>,
    history: Option<&History>,
    begun: DateTime,
) -> Plan {
    let was_in =
        |member: &Member| member.of_organization || history.is_some_and(|history| history.was_in_organization(member));
    let step = |(id, member): (&AccountId, &Member)| {
        let step = match organization.get(id) {
            _ if *id == administrator => return None,
            None if !was_in(member) => return None,
            None if member.updated.is_some_and(|updated| updated > begun) => {
                let message = "Organizations did not list it, and its membership changed while the list was read: it \
                               stays a member until the next run";
                Step::Hold(Held { reason: HeldReason::RemovalUnconfirmed, message: message.into() })
            }
            None => Step::Remove(RemovalCause::NotInOrganization),
            Some((_, scope @ (Scope::Excluded | Scope::NotIncluded))) => Step::Remove(RemovalCause::OutOfScope(*scope)),
            Some((account, Scope::In { .. })) if account.state.is_gone() => {
                Step::Remove(RemovalCause::NotActive(account.state.clone()))
            }
            Some(_) => return None,
        };
        Some((*id, step))
    };
    members.iter().filter_map(step).collect()
}

/// Holds all removals of a plan, because Organizations did not confirm that these accounts should not be members.
pub fn hold_unconfirmed(plan: &mut Plan, failure: &Failure) {
    for step in plan.values_mut().filter(|step| matches!(step, Step::Remove(_))) {
        let message =
            format!("Organizations does not confirm that it should not be a member: it stays one ({failure})");
        *step = Step::Hold(Held { reason: HeldReason::RemovalUnconfirmed, message: message.into() });
    }
}

/// Holds the removals of members that the policy leaves out, until they have been out of scope for the grace period. Where it is not
/// known since when they are, and how many were removed lately, none is.
pub fn delay_out_of_scope(plan: &mut Plan, history: Option<&History>, is_first_run: bool, now: DateTime, grace: i64) {
    for (id, step) in plan.iter_mut() {
        let Step::Remove(cause @ RemovalCause::OutOfScope(_)) = step else { continue };
        let until = match history {
            None if !is_first_run => {
                let message = format!("{cause}; it stays a member, because it is not remembered since when");
                *step = Step::Hold(Held { reason: HeldReason::RemovalUnconfirmed, message: message.into() });
                continue;
            }
            history => {
                let since = history.and_then(|history| history.out_of_scope.get(id).copied());
                since.unwrap_or(now.secs()).saturating_add(grace)
            }
        };
        if now.secs() < until {
            *step = Step::Hold(Held::grace_period(&cause.to_string(), Some(DateTime::from_secs(until))));
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_detective::types::MemberStatus;

    use super::*;
    use crate::model::account::{AccountState, Email, OrganizationAccount};

    fn id(number: u64) -> AccountId {
        format!("{number:012}").parse().unwrap()
    }

    fn account(number: u64, state: &str) -> (AccountId, (OrganizationAccount, Scope)) {
        let (email, state) = (Some(Email::new("root@example.com")), AccountState::from(state));
        (
            id(number),
            (OrganizationAccount { id: id(number), name: None, email, state, units: None }, Scope::In { rank: 0 }),
        )
    }

    fn member(number: u64) -> (AccountId, Member) {
        let (status, updated) = (MemberStatus::Enabled, Some(DateTime::from_secs(0)));
        let member = Member { updated, ..Member::with_status(id(number), status) };
        (id(number), member)
    }

    fn reason(step: &Step) -> Option<HeldReason> {
        match step {
            Step::Hold(held) => Some(held.reason),
            _ => None,
        }
    }

    #[test]
    fn a_member_in_a_state_that_is_neither_in_use_nor_gone_is_not_unwanted() {
        for (state, is_unwanted) in [
            ("ACTIVE", false),
            ("PENDING_ACTIVATION", false),
            ("SUSPENDED", true),
            ("PENDING_CLOSURE", true),
            ("CLOSED", true),
            ("NEW", false),
            ("missing", false),
        ] {
            let found = unwanted(
                id(9),
                &Organization::from([account(1, state)]),
                &[member(1)].into(),
                None,
                DateTime::from_secs(0),
            );
            assert_eq!(!found.is_empty(), is_unwanted, "{state}");
        }
    }

    #[test]
    fn an_invited_account_outside_the_organization_is_left_alone() {
        let (outsider, mut invited) = member(9);
        invited.of_organization = false;
        let members = BTreeMap::from([(outsider, invited)]);
        assert!(unwanted(id(1), &Organization::new(), &members, None, DateTime::from_secs(0)).is_empty());
    }

    #[test]
    fn a_membership_that_is_newer_than_the_run_is_not_removed() {
        let (now, later) = (DateTime::from_secs(60), DateTime::from_secs(61));
        for (updated, held) in [(now, None), (later, Some(HeldReason::RemovalUnconfirmed))] {
            let mut members = BTreeMap::from([member(2)]);
            members.get_mut(&id(2)).unwrap().updated = Some(updated);
            let found = unwanted(id(1), &Organization::new(), &members, None, now);
            assert_eq!(reason(&found[&id(2)]), held);
        }
    }

    #[test]
    fn the_administrator_and_whoever_was_never_in_the_organization_are_not_unwanted() {
        let (now, organization) = (DateTime::from_secs(0), Organization::new());
        let members = BTreeMap::from([member(1), member(2)]);
        let removed = Plan::from([(id(2), Step::Remove(RemovalCause::NotInOrganization))]);
        assert_eq!(unwanted(id(1), &organization, &members, None, now), removed);
        // By an invitation, and seen in the organization by an earlier run, or not.
        let mut invited = members;
        invited.values_mut().for_each(|member| member.of_organization = false);
        for (seen, expected) in [(vec![id(2)], removed), (vec![id(3)], Plan::new())] {
            let history = History { of_organization: seen.into_iter().collect(), ..history() };
            assert_eq!(unwanted(id(1), &organization, &invited, Some(&history), now), expected);
        }
        assert_eq!(unwanted(id(1), &organization, &invited, None, now), Plan::new());
    }

    fn history() -> History {
        History {
            time: 100,
            run: 100,
            graph: "arn:aws:detective:eu-west-1:111122223333:graph:0123456789abcdef0123456789abcdef".parse().unwrap(),
            uncovered: BTreeMap::new(),
            invitations: BTreeMap::new(),
            out_of_scope: BTreeMap::from([(id(2), 100)]),
            of_organization: [].into(),
            removals_begun: false,
            removed: BTreeMap::new(),
            published: None,
        }
    }

    #[test]
    fn without_confirmation_all_removals_are_held_and_nothing_else_is() {
        let kept = Step::Keep(MemberStatus::Enabled);
        let mut plan = Plan::from([(id(1), Step::Remove(RemovalCause::NotInOrganization)), (id(2), kept.clone())]);
        hold_unconfirmed(&mut plan, &Failure::NobodyInScope(3));
        assert_eq!((reason(&plan[&id(1)]), &plan[&id(2)]), (Some(HeldReason::RemovalUnconfirmed), &kept));
    }

    #[test]
    fn a_member_out_of_scope_is_removed_when_it_was_so_for_the_grace_period() {
        let (first, later) = (history(), History { out_of_scope: BTreeMap::new(), ..history() });
        let (grace, unconfirmed) = (Some(HeldReason::GracePeriod), Some(HeldReason::RemovalUnconfirmed));
        for (history, is_first_run, now, expected) in [
            (Some(&first), false, 149, grace),
            (Some(&first), false, 150, None),
            (Some(&first), false, 151, None),
            // It is out of scope since now.
            (Some(&later), false, 151, grace),
            (None, true, 151, grace),
            (None, false, 151, unconfirmed),
        ] {
            let mut plan = Plan::from([
                (id(2), Step::Remove(RemovalCause::OutOfScope(Scope::Excluded))),
                (id(3), Step::Remove(RemovalCause::NotInOrganization)),
            ]);
            delay_out_of_scope(&mut plan, history, is_first_run, DateTime::from_secs(now), 50);
            assert_eq!(reason(&plan[&id(2)]), expected, "{now}, {is_first_run}, {history:?}");
            assert_eq!(plan[&id(3)], Step::Remove(RemovalCause::NotInOrganization), "it is in no scope");
        }
        let mut plan = Plan::from([(id(2), Step::Remove(RemovalCause::OutOfScope(Scope::Excluded)))]);
        delay_out_of_scope(&mut plan, None, true, DateTime::from_secs(0), 0);
        assert_eq!(reason(&plan[&id(2)]), None, "without a grace period nothing waits");
    }
}
