//! What becomes of members that were told to have left or to be closed: decided from state alone.

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;

use crate::account::{AccountId, AccountState, OrganizationAccount};
use crate::error::CallError;
use crate::held::Held;
use crate::member::Member;
use crate::plan::{Plan, Step};
use crate::removals::{self, Removals};

/// What Organizations and the clock say of an account that was told to be gone.
#[derive(Debug, Clone)]
pub enum Fate {
    /// Organizations confirms that it is gone or not in use, for this reason.
    Gone(Held),
    /// It stays: its grace period lasts, or it is active after all.
    Stays(Held),
    /// Organizations cannot be asked.
    Unknown(CallError),
}

impl Fate {
    /// What Organizations says of an account whose grace period is over.
    pub fn of(account: &Result<Option<OrganizationAccount>, CallError>) -> Self {
        match account {
            Err(error) => Self::Unknown(error.clone()),
            Ok(None) => Self::Gone(Held::not_in_organization()),
            Ok(Some(account)) => match &account.state {
                AccountState::Active => Self::Stays(Held::still_active()),
                state if state.is_gone() => Self::Gone(Held::not_active(state)),
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
        let is_member = members.contains_key(id);
        match fate {
            Fate::Gone(cause) if is_member => {
                departures.plan.insert(*id, Step::Remove(cause.clone()));
            }
            Fate::Stays(held) => {
                departures.plan.insert(*id, Step::Hold(held.clone()));
            }
            Fate::Unknown(error) if is_member => {
                departures.unconfirmed.insert(*id, error.clone());
            }
            Fate::Gone(_) | Fate::Unknown(_) => {}
        }
    }
    let stopped = removals::limit(&mut departures.plan, members.len(), removals);
    departures.stopped = (stopped > 0).then(|| CallError::removals_stopped(stopped));
    departures
}

#[cfg(test)]
mod tests {
    use aws_sdk_detective::types::MemberStatus;

    use super::*;
    use crate::held::HeldReason;

    const ALLOWED: Removals = Removals { allowed: true, most: 2, most_percent: 100 };

    fn id(number: u64) -> AccountId {
        format!("{number:012}").parse().expect("twelve digits")
    }

    fn members(count: u64) -> BTreeMap<AccountId, Member> {
        let member = |number| Member {
            id: id(number),
            status: MemberStatus::Enabled,
            disabled_reason: None,
            updated: None,
            email: None,
            of_organization: true,
        };
        (1..=count).map(|number| (id(number), member(number))).collect()
    }

    fn gone(count: u64) -> BTreeMap<AccountId, Fate> {
        (1..=count).map(|number| (id(number), Fate::Gone(Held::not_in_organization()))).collect()
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
            email: crate::account::Email::new("root@example.com"),
            state: AccountState::from(state),
            units: None,
        };
        for (state, gone) in
            [("SUSPENDED", true), ("PENDING_CLOSURE", true), ("CLOSED", true), ("ACTIVE", false), ("NEW", false)]
        {
            assert_eq!(matches!(Fate::of(&Ok(Some(account(state)))), Fate::Gone(_)), gone, "{state}");
        }
    }
}
