//! What becomes of members that were told to have left or to be closed: decided from state alone.

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;

use crate::error::CallError;
use crate::model::account::{AccountId, AccountState, OrganizationAccount};
use crate::model::member::Member;
use crate::plan::held::Held;
use crate::plan::removal::{self, Removals};
use crate::plan::step::{Plan, Step};

/// What Organizations and the clock say of an account that was told to be gone.
#[derive(Debug, Clone)]
pub enum Fate {
    /// Organizations confirms that it is gone or not in use.
    Gone {
        /// Which of these it is.
        cause: Held,
        /// When it was told, the last time.
        told: DateTime,
    },
    /// It stays: its grace period lasts, or it is active after all.
    Stays(Held),
    /// Organizations cannot be asked.
    Unknown(CallError),
}

impl Fate {
    /// What Organizations says of an account whose grace period is over, and whose departure was last told at a time.
    pub fn of(account: &Result<Option<OrganizationAccount>, CallError>, told: DateTime) -> Self {
        match account {
            Err(error) => Self::Unknown(error.clone()),
            Ok(None) => Self::Gone { cause: Held::not_in_organization(), told },
            Ok(Some(account)) => match &account.state {
                AccountState::Active => Self::Stays(Held::still_active()),
                state if state.is_gone() => Self::Gone { cause: Held::not_active(state), told },
                state => Self::Stays(Held::unsettled(state)),
            },
        }
    }

    /// The fate of an account whose grace period, in seconds, began at `since` and lasts.
    pub fn in_grace(since: DateTime, grace: i64) -> Self {
        let until = DateTime::from_secs(since.secs().saturating_add(grace));
        Self::Stays(Held::grace_period("it was told to have left, or to be closed", Some(until)))
    }
}

/// What is to be done about departures in one graph.
#[derive(Debug, Default)]
pub struct Departures {
    /// The steps for the accounts that were told to be gone.
    pub plan: Plan,
    /// Accounts of which Organizations could not be asked.
    pub unconfirmed: BTreeMap<AccountId, CallError>,
    /// Why nothing is removed, if there were more removals than a run may make.
    pub stopped: Option<CallError>,
}

/// Plans the departures in one graph. An account that is no member is left out: there is nothing to do.
pub fn plan(
    administrator: AccountId,
    fates: &BTreeMap<AccountId, Fate>,
    members: &BTreeMap<AccountId, Member>,
    removals: Removals,
) -> Departures {
    let mut departures = Departures::default();
    for (id, fate) in fates {
        if *id == administrator {
            departures.plan.insert(*id, Step::Hold(Held::administrator()));
            continue;
        }
        match (fate, members.get(id)) {
            // Whoever invited it knew that it was no account of the organization any more.
            (Fate::Gone { told, .. }, Some(member)) if is_invited_after(member, *told) => {
                departures.plan.insert(*id, Step::Hold(Held::invited_after(*told)));
            }
            (Fate::Gone { cause, .. }, Some(_)) => {
                departures.plan.insert(*id, Step::Remove(cause.clone()));
            }
            (Fate::Stays(held), _) => {
                departures.plan.insert(*id, Step::Hold(held.clone()));
            }
            (Fate::Unknown(error), Some(_)) => {
                departures.unconfirmed.insert(*id, error.clone());
            }
            (Fate::Gone { .. } | Fate::Unknown(_), None) => {}
        }
    }
    let stopped = removal::limit(&mut departures.plan, members.len(), removals);
    departures.stopped = (stopped > 0).then(|| CallError::removals_stopped(stopped));
    departures
}

/// Whether it is a member by an invitation that is younger than its departure. An account of the organization is enabled, not
/// invited: it came back, and left once more.
fn is_invited_after(member: &Member, departure: DateTime) -> bool {
    !member.of_organization && member.invited.is_some_and(|invited| invited > departure)
}

#[cfg(test)]
mod tests {
    use aws_sdk_detective::types::MemberStatus;

    use super::*;
    use crate::plan::held::HeldReason;

    const ALLOWED: Removals = Removals { allowed: true, most: 2, most_percent: 100 };

    fn id(number: u64) -> AccountId {
        format!("{number:012}").parse().expect("twelve digits")
    }

    fn members(count: u64) -> BTreeMap<AccountId, Member> {
        let member = |number| Member {
            id: id(number),
            status: MemberStatus::Enabled,
            disabled_reason: None,
            invited: Some(DateTime::from_secs(100)),
            updated: None,
            email: None,
            of_organization: true,
        };
        (1..=count).map(|number| (id(number), member(number))).collect()
    }

    fn gone(count: u64) -> BTreeMap<AccountId, Fate> {
        (1..=count).map(|number| (id(number), told(50))).collect()
    }

    fn told(seconds: i64) -> Fate {
        Fate::Gone { cause: Held::not_in_organization(), told: DateTime::from_secs(seconds) }
    }

    fn reason(step: &Step) -> Option<HeldReason> {
        match step {
            Step::Hold(held) => Some(held.reason),
            _ => None,
        }
    }

    #[test]
    fn members_that_are_gone_are_removed_and_accounts_that_are_no_members_need_nothing() {
        let departures = plan(id(9), &gone(2), &members(1), ALLOWED);
        assert_eq!(departures.plan, Plan::from([(id(1), Step::Remove(Held::not_in_organization()))]));
    }

    #[test]
    fn a_member_that_was_invited_after_it_left_stays_and_one_that_was_invited_before_does_not() {
        let mut invited = members(1);
        invited.values_mut().for_each(|member| member.of_organization = false);
        let stays = Step::Hold(Held::invited_after(DateTime::from_secs(50)));
        assert_eq!(plan(id(9), &gone(1), &invited, ALLOWED).plan, Plan::from([(id(1), stays)]));
        let before = BTreeMap::from([(id(1), told(150))]);
        let removed = Plan::from([(id(1), Step::Remove(Held::not_in_organization()))]);
        assert_eq!(plan(id(9), &before, &invited, ALLOWED).plan, removed);
        // Detective enabled it again when it came back: it left twice.
        assert_eq!(plan(id(9), &gone(1), &members(1), ALLOWED).plan, removed);
    }

    #[test]
    fn the_administrator_is_never_removed() {
        let departures = plan(id(1), &gone(1), &members(1), ALLOWED);
        assert_eq!(reason(&departures.plan[&id(1)]), Some(HeldReason::AdministratorAccount));
    }

    #[test]
    fn more_departures_than_a_run_may_remove_stop_all_of_them() {
        let departures = plan(id(9), &gone(3), &members(3), ALLOWED);
        assert!(departures.plan.values().all(|step| reason(step) == Some(HeldReason::TooManyRemovals)));
        assert!(departures.stopped.is_some());
        let share = Removals { most: 10, most_percent: 50, ..ALLOWED };
        assert!(plan(id(9), &gone(3), &members(4), share).stopped.is_some());
        assert!(plan(id(9), &gone(2), &members(4), share).stopped.is_none());
    }

    #[test]
    fn an_account_in_a_state_that_is_not_known_stays() {
        let account = |state: &str| OrganizationAccount {
            id: id(1),
            email: crate::model::account::Email::new("root@example.com"),
            state: AccountState::from(state),
            units: None,
        };
        for (state, gone) in
            [("SUSPENDED", true), ("PENDING_CLOSURE", true), ("CLOSED", true), ("ACTIVE", false), ("NEW", false)]
        {
            let fate = Fate::of(&Ok(Some(account(state))), DateTime::from_secs(0));
            assert_eq!(matches!(fate, Fate::Gone { .. }), gone, "{state}");
        }
    }
}
