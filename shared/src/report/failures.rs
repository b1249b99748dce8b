//! The accounts of a Region that failed.

use std::collections::BTreeMap;

use crate::model::account::AccountId;
use crate::report::outcome::{AccountReport, Outcome};

/// The accounts that failed, by the way in which they did, whether they are listed or not.
pub(super) type Failures = BTreeMap<String, Vec<AccountId>>;

pub(super) fn failures(accounts: &[AccountReport]) -> Failures {
    let mut failures = Failures::new();
    for account in accounts {
        if let Outcome::Failed { failure, .. } = &account.outcome {
            failures.entry(failure.way()).or_default().push(account.account_id);
        }
    }
    failures
}
