//! Which accounts of a Region fail as an earlier run has told.

use aws_smithy_types::DateTime;

use crate::model::account::AccountId;
use crate::model::time::format_time;
use crate::report::outcome::Outcome;
use crate::report::region::RegionReport;

impl RegionReport {
    /// The accounts that failed, each with the way in which it did.
    pub fn failures(&self) -> impl Iterator<Item = (AccountId, &str)> {
        self.failures.iter().flat_map(|(way, ids)| ids.iter().map(move |id| (*id, way.as_str())))
    }

    /// Whether the Region failed, or an account in it in another way than an earlier run has told.
    pub fn has_failed(&self) -> bool {
        self.totals.failed + self.totals.failed_regions > self.totals.known_failures
    }

    /// Marks the failures that an earlier run has told, which `since` gives the beginning of: they do not make the run fail, and are
    /// listed after those that are new.
    pub fn mark_known(&mut self, since: impl Fn(AccountId, &str) -> Option<DateTime>) {
        for account in &mut self.accounts {
            if let Outcome::Failed { failure, .. } = &account.outcome {
                account.known_since = since(account.account_id, &failure.way()).map(format_time);
            }
        }
        self.totals.known_failures = self.accounts.iter().filter(|account| account.known_since.is_some()).count();
        self.accounts.sort_by_key(|account| (account.outcome.needs(false), account.known_since.is_some()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::CallError;
    use crate::report::Report;
    use crate::report::outcome::{AccountReport, Action};

    fn id(number: u64) -> AccountId {
        format!("{number:012}").parse().unwrap()
    }

    fn region(failed: u64) -> RegionReport {
        let denied = |number| {
            let error = CallError::answered("CreateMembers", "AccessDeniedException", "no");
            AccountReport::new(id(number), Outcome::failed(Some(Action::Created), error))
        };
        RegionReport::new("eu-west-1".parse().unwrap(), None, (1..=failed).map(denied).collect())
    }

    /// Marks all failures but that of the last account.
    fn marked(failed: u64) -> RegionReport {
        let mut region = region(failed);
        region.mark_known(|of, way| {
            assert_eq!(way, "CreateMembers AccessDeniedException");
            (of != id(failed)).then(|| DateTime::from_secs(60))
        });
        region
    }

    #[test]
    fn what_is_known_fails_no_run_and_no_message_and_what_is_not_does() {
        let mut known = region(2);
        assert!(known.has_failed());
        known.mark_known(|_, _| Some(DateTime::from_secs(60)));
        assert!(!known.has_failed());
        let json = serde_json::to_value(&known).unwrap();
        assert_eq!(json["accounts"][0]["knownSince"], "1970-01-01T00:01:00Z");
        let report = Report::new("f", None, vec![known]);
        assert_eq!((report.failure(), report.totals.failed, report.totals.known_failures), (None, 2, 2));
        assert!(marked(2).has_failed());
        let failing = Report::new("f", None, vec![marked(3)]).failure().unwrap();
        let expected = "1 accounts failed, 2 fail as in earlier runs, 0 blocked, 0 waiting, 0 excluded, 0 done; the first failure: account \
                        000000000003 in eu-west-1: ";
        assert!(failing.starts_with(expected), "{failing}");
    }

    #[test]
    fn a_region_that_failed_fails_although_each_account_is_known() {
        let mut region = region(1);
        region.mark_known(|_, _| Some(DateTime::from_secs(60)));
        region.fail(CallError::answered("ListMembers", "AccessDeniedException", "no"));
        assert!(region.has_failed());
        let failing = Report::new("f", None, vec![region]).failure().unwrap();
        assert!(failing.contains("the first failure: eu-west-1: ListMembers failed"), "{failing}");
    }

    #[test]
    fn what_is_new_is_listed_first_however_many_are_known() {
        let mut region = marked(100).shortened();
        region.free_memory();
        assert_eq!(region.accounts.len(), 20);
        assert_eq!(region.accounts[0].account_id, id(100));
        assert_eq!(region.failures().count(), 100, "all of them are remembered");
    }
}
