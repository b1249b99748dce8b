//! Members that should not be members: who they are, and how many of them a run may remove.

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

impl Removals {
    /// Whether so many of a graph's members may be removed in one run.
    pub fn permit(self, count: usize, members: usize) -> bool {
        self.allowed && count <= self.most_of(members)
    }

    /// The share is rounded up, so that a small graph can lose a member.
    fn most_of(self, members: usize) -> usize {
        self.most.min((members * self.most_percent).div_ceil(100))
    }
}

/// The members that should not be members, each with its reason. That follows from Organizations' lists, and a list can be incomplete.
///
/// Invited accounts outside the organization belong to whoever invited them. A membership that changed after `begun`, when
/// the run began, may be of an account that joined after the organization was listed: it is held.
pub fn unwanted(
    administrator: AccountId,
    organization: &Organization,
    members: &BTreeMap<AccountId, Member>,
    begun: DateTime,
) -> Plan {
    let step = |(id, member): (&AccountId, &Member)| {
        let step = match organization.get(id) {
            _ if *id == administrator => return None,
            None if !member.of_organization => return None,
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

/// Holds the removals of a plan that may not be made, after so many in the last day. Gives how many were stopped because they were too many: so many at
/// once are more likely to come from a mistake than from the organization, and then none is made.
pub fn limit(plan: &mut Plan, members: usize, removed_lately: usize, removals: Removals) -> usize {
    let count = plan.values().filter(|step| matches!(step, Step::Remove(_))).count();
    let members = members + removed_lately;
    if count == 0 || removals.permit(count + removed_lately, members) {
        return 0;
    }
    let (reason, why, stopped) = if removals.allowed {
        let most = removals.most_of(members);
        let why = format!(
            "{count} members would be removed in this run, {removed_lately} were in the last day, and at most {most} may be"
        );
        (HeldReason::TooManyRemovals, why, count)
    } else {
        (HeldReason::RemovalNotAllowed, "removing members is not allowed (REMOVE_MEMBERS)".to_owned(), 0)
    };
    for step in plan.values_mut() {
        if let Step::Remove(cause) = step {
            let message = format!("{cause}; it stays a member, because {why}").into();
            *step = Step::Hold(Held { reason, message });
        }
    }
    stopped
}

#[cfg(test)]
mod tests {
    use aws_sdk_detective::types::MemberStatus;

    use super::*;
    use crate::model::account::{AccountState, Email, OrganizationAccount};

    const ALLOWED: Removals = Removals { allowed: true, most: 10, most_percent: 50 };

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
        let member = Member {
            id: id(number),
            status,
            disabled_reason: None,
            invited: None,
            updated,
            email: None,
            of_organization: true,
        };
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
            let found =
                unwanted(id(9), &Organization::from([account(1, state)]), &[member(1)].into(), DateTime::from_secs(0));
            assert_eq!(!found.is_empty(), is_unwanted, "{state}");
        }
    }

    #[test]
    fn an_invited_account_outside_the_organization_is_left_alone() {
        let (outsider, mut invited) = member(9);
        invited.of_organization = false;
        let members = BTreeMap::from([(outsider, invited)]);
        assert!(unwanted(id(1), &Organization::new(), &members, DateTime::from_secs(0)).is_empty());
    }

    #[test]
    fn a_membership_that_is_newer_than_the_run_is_not_removed() {
        let (now, later) = (DateTime::from_secs(60), DateTime::from_secs(61));
        for (updated, held) in [(now, None), (later, Some(HeldReason::RemovalUnconfirmed))] {
            let mut members = BTreeMap::from([member(2)]);
            members.get_mut(&id(2)).unwrap().updated = Some(updated);
            let found = unwanted(id(1), &Organization::new(), &members, now);
            assert_eq!(reason(&found[&id(2)]), held);
        }
    }

    #[test]
    fn nothing_is_removed_where_that_is_not_allowed_and_none_of_too_many() {
        let plan: Plan = (0..10).map(|number| (id(number), Step::Remove(RemovalCause::NotInOrganization))).collect();
        for (removals, stopped, expected) in [
            (Removals { allowed: false, ..ALLOWED }, 0, Some(HeldReason::RemovalNotAllowed)),
            (Removals { most: 9, ..ALLOWED }, 10, Some(HeldReason::TooManyRemovals)),
            (Removals { most_percent: 45, ..ALLOWED }, 10, Some(HeldReason::TooManyRemovals)),
            (ALLOWED, 0, None),
        ] {
            let mut plan = plan.clone();
            assert_eq!(limit(&mut plan, 20, 0, removals), stopped, "{removals:?}");
            assert!(plan.values().all(|step| reason(step) == expected), "{removals:?}");
        }
    }
}
