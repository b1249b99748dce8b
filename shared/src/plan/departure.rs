//! What becomes of an account whose departure was recorded: by when that was, and by what Organizations answers.

use aws_smithy_types::DateTime;

use crate::error::Failure;
use crate::model::account::{AccountState, OrganizationAccount};
use crate::plan::held::Held;
use crate::plan::step::RemovalCause;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_event_states_neither_begins_the_grace_period_earlier_nor_is_later_than_its_record() {
        let recorded = Recorded::at(DateTime::from_secs(100), Some(DateTime::from_secs(10)));
        let later = Recorded::at(DateTime::from_secs(200), Some(DateTime::from_secs(900)));
        let both = recorded.and(later);
        assert_eq!((both.first, both.last, both.left), (recorded.first, later.last, DateTime::from_secs(200)));
        assert_eq!((recorded.first.secs(), recorded.left.secs()), (100, 10));
    }

    #[test]
    fn a_departure_without_a_time_of_its_own_is_as_old_as_its_record() {
        let recorded = Recorded::at(DateTime::from_secs(100), None);
        assert_eq!((recorded.first.secs(), recorded.last.secs(), recorded.left.secs()), (100, 100, 100));
        let grace = |now| recorded.verdict(&Ok(None), DateTime::from_secs(now), 50);
        assert!(matches!(grace(149), DepartureVerdict::Stays(_)));
        let DepartureVerdict::Gone { left, .. } = grace(150) else { panic!("its grace period is over") };
        assert_eq!(left.secs(), 100);
    }

    #[test]
    fn of_two_records_the_first_begins_the_grace_period_in_either_order() {
        let (early, late) = (DateTime::from_secs(100), DateTime::from_secs(200));
        let both =
            [(early, late), (late, early)].map(|(one, other)| Recorded::at(one, None).and(Recorded::at(other, None)));
        for recorded in both {
            assert_eq!((recorded.first, recorded.last, recorded.left), (early, late, late));
        }
    }

    #[test]
    fn organizations_is_not_asked_while_it_may_not_know_and_a_grace_period_lasts() {
        let recorded = Recorded::at(DateTime::from_secs(0), None);
        let asked = |now, grace| recorded.verdict_without_asking(DateTime::from_secs(now), grace).is_none();
        assert!(!asked(SETTLING - 1, SETTLING * 2) && asked(SETTLING, SETTLING * 2));
        assert!(asked(10, 10) && !asked(9, 10));
    }

    fn account(state: &str) -> OrganizationAccount {
        let id = "111122223333".parse().unwrap();
        OrganizationAccount { id, name: None, email: None, state: AccountState::from(state), units: None }
    }

    #[test]
    fn an_account_in_a_state_that_is_not_known_stays() {
        for (state, gone) in
            [("SUSPENDED", true), ("PENDING_CLOSURE", true), ("CLOSED", true), ("ACTIVE", false), ("NEW", false)]
        {
            let recorded = Recorded::at(DateTime::from_secs(0), None);
            let verdict = recorded.verdict(&Ok(Some(account(state))), DateTime::from_secs(0), 0);
            assert_eq!(matches!(verdict, DepartureVerdict::Gone { .. }), gone, "{state}");
        }
    }

    #[test]
    fn an_account_that_is_active_again_stays_at_any_time_and_any_other_is_in_its_grace_period_until_it_is_over() {
        let recorded = Recorded::at(DateTime::from_secs(100), None);
        let reason = |answer: Result<Option<OrganizationAccount>, Failure>, now| match recorded.verdict(
            &answer,
            DateTime::from_secs(now),
            50,
        ) {
            DepartureVerdict::Stays(held) => held.reason.to_string(),
            DepartureVerdict::Gone { cause, .. } => format!("gone: {cause}"),
            DepartureVerdict::Unknown(failure) => failure.to_string(),
        };
        for now in [149, 150] {
            assert_eq!(reason(Ok(Some(account("ACTIVE"))), now), "still-active");
        }
        let failure = || Failure::NobodyInScope(3);
        for answer in [Ok(None), Ok(Some(account("CLOSED"))), Ok(Some(account("NEW"))), Err(failure())] {
            assert_eq!(reason(answer, 149), "grace-period");
        }
        assert!(reason(Ok(None), 150).starts_with("gone: Organizations does not know it"));
        assert!(reason(Ok(Some(account("CLOSED"))), 150).starts_with("gone: its state in Organizations is CLOSED"));
        assert_eq!(reason(Ok(Some(account("NEW"))), 150), "not-active");
        assert_eq!(reason(Err(failure()), 150), failure().to_string());
    }
}
