//! Account outcomes, counted.

use serde::Serialize;

use crate::plan::needs::Needs;
use crate::report::lists::is_zero;
use crate::report::outcome::{AccountReport, Outcome};

/// Account outcomes, counted over all Regions, and Regions that failed as a whole.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Accounts that are as they should be, or on their way there.
    pub done: usize,
    /// Accounts that would be changed, in a dry run.
    pub planned: usize,
    /// Accounts left alone on purpose, for a reason that needs nobody.
    pub excluded: usize,
    /// The same for a reason that needs time.
    pub waiting: usize,
    /// The same for a reason that needs a person.
    pub blocked: usize,
    /// Accounts for which a call failed.
    pub failed: usize,
    /// Those of them that fail as they did in an earlier run, which told it.
    #[serde(skip_serializing_if = "is_zero")]
    pub known_failures: usize,
    /// Regions in which something failed as a whole.
    pub failed_regions: usize,
}

impl Totals {
    pub(crate) fn of(accounts: &[AccountReport]) -> Self {
        let mut totals = Self::default();
        for account in accounts {
            *match account.outcome {
                Outcome::Done { .. } | Outcome::Removed => &mut totals.done,
                Outcome::Planned { .. } => &mut totals.planned,
                Outcome::Held(ref held) => match held.reason.needs() {
                    Needs::Nobody => &mut totals.excluded,
                    Needs::Time => &mut totals.waiting,
                    Needs::Person => &mut totals.blocked,
                },
                Outcome::Failed { .. } => &mut totals.failed,
            } += 1;
        }
        totals
    }

    pub(super) fn add(&mut self, other: Self) {
        self.done += other.done;
        self.planned += other.planned;
        self.excluded += other.excluded;
        self.waiting += other.waiting;
        self.blocked += other.blocked;
        self.failed += other.failed;
        self.known_failures += other.known_failures;
        self.failed_regions += other.failed_regions;
    }
}
