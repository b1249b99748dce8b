//! Whether the events about an account are done, or are retried, and when.

use detective_onboarding::error::Failure;
use detective_onboarding::plan::held::HeldReason;
use detective_onboarding::report::outcome::Outcome;

/// What is left to do for an account, in the order in which one Region's outweighs another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// Nothing: it is a member, or held until somebody acts.
    Settled,
    /// It is not ready, or its turn did not come.
    Waiting,
    /// A call failed that may succeed later as it is.
    Late,
    /// It fails until somebody acts.
    Failed,
}

/// After so many receipts, more than an hour, what should only be late is a failure.
const LATE_RECEIVES: u32 = 8;

impl Verdict {
    /// What an outcome leaves to do for an account, which `is_new` if it has just been created.
    pub(crate) fn of(outcome: &Outcome, is_new: bool) -> Self {
        match outcome {
            Outcome::Done { .. } | Outcome::Removed | Outcome::Planned { .. } => Self::Settled,
            Outcome::Held(held) => match held.reason {
                HeldReason::PendingActivation | HeldReason::OutOfTime => Self::Waiting,
                // Organizations may not know an account yet that it has just created.
                HeldReason::NotInOrganization if is_new => Self::Waiting,
                _ => Self::Settled,
            },
            Outcome::Failed { failure, .. } => Self::of_failure(failure),
        }
    }

    /// What a failure leaves to do.
    pub(crate) fn of_failure(failure: &Failure) -> Self {
        match failure {
            Failure::OutOfTime(_) => Self::Waiting,
            Failure::Call(error) if error.may_pass() => Self::Late,
            _ => Self::Failed,
        }
    }

    /// Whether somebody should know about it now, where its message was received so many times.
    pub(crate) fn is_alarming(self, receives: u32) -> bool {
        self == Self::Failed || self == Self::Late && receives > LATE_RECEIVES
    }
}

/// In how many seconds a message is retried that was received so many times: after 1, 2, 4, 8, and then 15 minutes.
pub(crate) fn delay(receives: u32) -> i32 {
    match receives {
        0..=1 => 60,
        2 => 120,
        3 => 240,
        4 => 480,
        _ => 900,
    }
}

#[cfg(test)]
mod tests {
    use detective_onboarding::error::{CallCause, CallError, OutOfTime};
    use detective_onboarding::model::account::AccountState;
    use detective_onboarding::model::region::Region;
    use detective_onboarding::plan::held::Held;

    use super::*;

    fn failed(code: &str, message: &str) -> Verdict {
        Verdict::of_failure(&CallError::answered("CreateMembers", code, message).into())
    }

    #[test]
    fn what_may_pass_by_itself_is_late_and_what_is_final_until_somebody_acts_is_a_failure() {
        for code in [
            "InternalServerException",
            "TooManyRequestsException",
            "ThrottlingException",
            "ServiceUnavailable",
            "ServiceUnavailableException",
            "ConcurrentModificationException",
            "ConflictException",
            "RequestTimeout",
        ] {
            assert_eq!(failed(code, "no"), Verdict::Late, "{code}");
        }
        for code in [
            "AccessDeniedException",
            "ResourceNotFoundException",
            "UnrecognizedClientException",
            "ValidationException",
            "InvalidInputException",
            "NewException",
        ] {
            assert_eq!(failed(code, "no"), Verdict::Failed, "{code}");
        }
        let joining = "The account 333333333333 is not a member of an organization.";
        assert_eq!(failed("ValidationException", joining), Verdict::Late);
        for cause in [CallCause::Timeout, CallCause::ConnectionFailure, CallCause::HttpStatus(503)] {
            assert_eq!(Verdict::of_failure(&CallError::new("GetMembers", cause, "no").into()), Verdict::Late);
        }
        let region: Region = "eu-west-1".parse().expect("a Region");
        assert_eq!(Verdict::of_failure(&Failure::NoBehaviorGraph(region)), Verdict::Failed);
        assert_eq!(Verdict::of_failure(&OutOfTime::Reading.into()), Verdict::Waiting);
    }

    #[test]
    fn an_account_that_is_not_ready_waits_and_one_that_is_held_for_good_is_done() {
        let held = |held: Held, is_new| Verdict::of(&Outcome::Held(held), is_new);
        assert_eq!(held(Held::not_active(&AccountState::PendingActivation), true), Verdict::Waiting);
        assert_eq!(held(Held::not_active(&AccountState::Suspended), true), Verdict::Settled);
        assert_eq!(held(Held::not_in_organization(), true), Verdict::Waiting);
        assert_eq!(held(Held::not_in_organization(), false), Verdict::Settled);
        assert_eq!(held(Held::out_of_time(), false), Verdict::Waiting);
    }

    #[test]
    fn what_is_late_alarms_when_it_lasts_for_more_than_an_hour() {
        let seconds: i32 = (1..=LATE_RECEIVES).map(delay).sum();
        assert!(seconds > 3600);
        assert!(!Verdict::Late.is_alarming(LATE_RECEIVES) && Verdict::Late.is_alarming(LATE_RECEIVES + 1));
        assert!(Verdict::Failed.is_alarming(1) && !Verdict::Waiting.is_alarming(100));
    }
}
