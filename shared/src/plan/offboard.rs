//! What becomes of members whose departure was recorded: that they left the organization or were closed.

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;

use crate::error::Failure;
use crate::model::account::{AccountId, AccountState, OrganizationAccount};
use crate::model::member::Member;
use crate::plan::held::Held;
use crate::plan::removal::{Removals, limit};
use crate::plan::step::{Plan, RemovalCause, Step};

/// For so many seconds after a departure, Organizations may still list the account as active.
const SETTLING: i64 = 900;

/// When departures of an account were recorded, by the clock of the queue that records them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// The first time: the grace period counts from here.
    pub first: DateTime,
    /// The last time.
    pub last: DateTime,
    /// When the account left, by the last of the events, and not later than they were recorded.
    pub left: DateTime,
}

impl Recorded {
    /// A departure that was recorded once, at a time, by an event that states when the account left. What an event states can
    /// keep a member, and never removes one earlier.
    pub fn at(time: DateTime, left: Option<DateTime>) -> Self {
        Self { first: time, last: time, left: left.filter(|left| *left < time).unwrap_or(time) }
    }

    /// The same with another record. A departure that is recorded again does not begin the grace period anew.
    pub fn and(self, other: Self) -> Self {
        let later = |one: DateTime, other: DateTime| if other > one { other } else { one };
        let first = if other.first < self.first { other.first } else { self.first };
        Self { first, last: later(self.last, other.last), left: later(self.left, other.left) }
    }

    /// The verdict that needs no question to Organizations: during the grace period, as long as Organizations may not yet
    /// know of the departure.
    pub fn verdict_without_asking(self, now: DateTime, grace: i64) -> Option<DepartureVerdict> {
        let is_settling = now.secs() < self.last.secs().saturating_add(SETTLING);
        (self.is_in_grace(now, grace) && is_settling).then(|| self.in_grace(grace))
    }

    /// The verdict after Organizations was asked. During the grace period only an account that is active again is
    /// treated differently: its departure is over, and a later one is another.
    pub fn verdict(
        self,
        account: &Result<Option<OrganizationAccount>, Failure>,
        now: DateTime,
        grace: i64,
    ) -> DepartureVerdict {
        let is_active = |account: &OrganizationAccount| account.state == AccountState::Active;
        match account {
            Ok(Some(account)) if is_active(account) => DepartureVerdict::Stays(Held::still_active()),
            _ if self.is_in_grace(now, grace) => self.in_grace(grace),
            Err(failure) => DepartureVerdict::Unknown(failure.clone()),
            Ok(None) => self.gone(RemovalCause::NotInOrganization),
            Ok(Some(account)) if account.state.is_gone() => self.gone(RemovalCause::NotActive(account.state.clone())),
            Ok(Some(account)) => DepartureVerdict::Stays(Held::unsettled(&account.state)),
        }
    }

    fn is_in_grace(self, now: DateTime, grace: i64) -> bool {
        now.secs() < self.first.secs().saturating_add(grace)
    }

    fn in_grace(self, grace: i64) -> DepartureVerdict {
        let until = DateTime::from_secs(self.first.secs().saturating_add(grace));
        DepartureVerdict::Stays(Held::grace_period("it was reported to have left, or to be closed", Some(until)))
    }

    fn gone(self, cause: RemovalCause) -> DepartureVerdict {
        DepartureVerdict::Gone { cause, left: self.left }
    }
}

/// What becomes of an account whose departure was recorded.
#[derive(Debug, Clone)]
pub enum DepartureVerdict {
    /// Organizations confirms that it is gone or not in use.
    Gone {
        /// Which of these it is.
        cause: RemovalCause,
        /// When it left, the last time.
        left: DateTime,
    },
    /// It stays: its grace period lasts, or it is active after all.
    Stays(Held),
    /// Organizations cannot be asked, or there was no time to.
    Unknown(Failure),
}

/// What is to be done about departures in one graph.
#[derive(Debug, Default)]
pub struct Departures {
    /// The steps for the accounts whose departure was recorded.
    pub plan: Plan,
    /// Accounts that Organizations could not be asked about.
    pub unconfirmed: BTreeMap<AccountId, Failure>,
    /// Why nothing is removed, if there were more removals than a run may make.
    pub stopped: Option<Failure>,
}

/// Plans the departures in one graph. An account that is no member is left out: there is nothing to do. A departure is a question
/// to Organizations, and no proof: an invited account that Organizations does not know may never have been in the organization.
pub fn plan(
    administrator: AccountId,
    verdicts: &BTreeMap<AccountId, DepartureVerdict>,
    members: &BTreeMap<AccountId, Member>,
    removals: Removals,
) -> Departures {
    let mut departures = Departures::default();
    for (id, verdict) in verdicts {
        if *id == administrator {
            departures.plan.insert(*id, Step::Hold(Held::administrator()));
            continue;
        }
        match (verdict, members.get(id)) {
            // Whoever invited it knew that it was no account of the organization any more.
            (DepartureVerdict::Gone { left, .. }, Some(member)) if is_invited_after(member, *left) => {
                departures.plan.insert(*id, Step::Hold(Held::invited_after(*left)));
            }
            (DepartureVerdict::Gone { cause: RemovalCause::NotInOrganization, .. }, Some(member))
                if !member.of_organization =>
            {
                departures.plan.insert(*id, Step::Hold(Held::never_in_organization()));
            }
            (DepartureVerdict::Gone { cause, .. }, Some(_)) => {
                departures.plan.insert(*id, Step::Remove(cause.clone()));
            }
            (DepartureVerdict::Stays(held), _) => {
                departures.plan.insert(*id, Step::Hold(held.clone()));
            }
            (DepartureVerdict::Unknown(error), Some(_)) => {
                departures.unconfirmed.insert(*id, error.clone());
            }
            (DepartureVerdict::Gone { .. } | DepartureVerdict::Unknown(_), None) => {}
        }
    }
    let stopped = limit(&mut departures.plan, members.len(), removals);
    departures.stopped = (stopped > 0).then_some(Failure::RemovalsStopped(stopped));
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

    fn gone(count: u64) -> BTreeMap<AccountId, DepartureVerdict> {
        (1..=count).map(|number| (id(number), recorded(50))).collect()
    }

    fn recorded(seconds: i64) -> DepartureVerdict {
        let cause = RemovalCause::NotActive(AccountState::Closed);
        DepartureVerdict::Gone { cause, left: DateTime::from_secs(seconds) }
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
        assert_eq!(departures.plan, Plan::from([(id(1), Step::Remove(RemovalCause::NotActive(AccountState::Closed)))]));
    }

    #[test]
    fn a_member_that_was_invited_after_it_left_stays_and_one_that_was_invited_before_does_not() {
        let mut invited = members(1);
        invited.values_mut().for_each(|member| member.of_organization = false);
        let stays = Step::Hold(Held::invited_after(DateTime::from_secs(50)));
        assert_eq!(plan(id(9), &gone(1), &invited, ALLOWED).plan, Plan::from([(id(1), stays)]));
        let before = BTreeMap::from([(id(1), recorded(150))]);
        let removed = Plan::from([(id(1), Step::Remove(RemovalCause::NotActive(AccountState::Closed)))]);
        assert_eq!(plan(id(9), &before, &invited, ALLOWED).plan, removed);
        // Detective enabled it again when it came back: it left twice.
        assert_eq!(plan(id(9), &gone(1), &members(1), ALLOWED).plan, removed);
    }

    #[test]
    fn an_account_that_organizations_does_not_know_is_removed_only_if_it_was_a_member_by_organization() {
        let cause = RemovalCause::NotInOrganization;
        let gone =
            BTreeMap::from([(id(1), DepartureVerdict::Gone { cause: cause.clone(), left: DateTime::from_secs(150) })]);
        assert_eq!(plan(id(9), &gone, &members(1), ALLOWED).plan, Plan::from([(id(1), Step::Remove(cause))]));
        let mut invited = members(1);
        invited.values_mut().for_each(|member| member.of_organization = false);
        let stays = Plan::from([(id(1), Step::Hold(Held::never_in_organization()))]);
        assert_eq!(plan(id(9), &gone, &invited, ALLOWED).plan, stays);
    }

    #[test]
    fn what_an_event_states_neither_begins_the_grace_period_earlier_nor_is_later_than_its_record() {
        let recorded = Recorded::at(DateTime::from_secs(100), Some(DateTime::from_secs(10)));
        let later = Recorded::at(DateTime::from_secs(200), Some(DateTime::from_secs(900)));
        let both = recorded.and(later);
        assert_eq!((both.first, both.last, both.left), (recorded.first, later.last, DateTime::from_secs(200)));
        assert_eq!((recorded.first.secs(), recorded.left.secs()), (100, 10));
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
        let account =
            |state: &str| OrganizationAccount { id: id(1), email: None, state: AccountState::from(state), units: None };
        for (state, gone) in
            [("SUSPENDED", true), ("PENDING_CLOSURE", true), ("CLOSED", true), ("ACTIVE", false), ("NEW", false)]
        {
            let recorded = Recorded::at(DateTime::from_secs(0), None);
            let verdict = recorded.verdict(&Ok(Some(account(state))), DateTime::from_secs(0), 0);
            assert_eq!(matches!(verdict, DepartureVerdict::Gone { .. }), gone, "{state}");
        }
    }
}
