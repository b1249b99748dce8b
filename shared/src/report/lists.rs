//! Accounts of a Region that somebody should look into, by name.

use serde::Serialize;

use crate::model::account::AccountId;
use crate::model::region::Region;
use crate::report::group::listed;

/// How many accounts that failed a Region lists, and how many lines at level ERROR it has of them; and how many of each list here.
pub(super) const LISTED_FAILED: usize = 20;

/// Accounts of a Region that somebody should look into, in the order of their ids.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountLists {
    /// Accounts that have waited to be monitored for too long.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stuck: Vec<AccountId>,
    /// How many more of them are not listed.
    #[serde(skip_serializing_if = "is_zero")]
    pub stuck_not_listed: usize,
    /// Accounts that were covered after the last run, and are not any more, whatever became of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub no_longer_covered: Vec<AccountId>,
    /// How many more of them are not listed.
    #[serde(skip_serializing_if = "is_zero")]
    pub no_longer_covered_not_listed: usize,
}

impl AccountLists {
    /// Lists the first accounts alone, and counts the others. Returns whether there are others.
    pub(super) fn cut(&mut self) -> bool {
        let mut is_cut = false;
        let lists = [
            (&mut self.stuck, &mut self.stuck_not_listed),
            (&mut self.no_longer_covered, &mut self.no_longer_covered_not_listed),
        ];
        for (list, not_listed) in lists {
            let more = list.len().saturating_sub(LISTED_FAILED);
            list.truncate(LISTED_FAILED);
            *not_listed += more;
            is_cut |= more > 0;
        }
        is_cut
    }

    /// Logs the first accounts on a line each, and the others together.
    pub(super) fn log(&self, region: &Region) {
        const STUCK: &str = "account stuck: it has been on the way to be monitored for too long without coming there; its own log \
                             line has the reason";
        const NO_LONGER_COVERED: &str = "account no longer covered: it was monitored after the last run";
        log(region, &self.stuck, STUCK, "more accounts stuck");
        log(region, &self.no_longer_covered, NO_LONGER_COVERED, "more accounts no longer covered");
    }
}

fn log(region: &Region, ids: &[AccountId], one: &str, others: &str) {
    let (first, more) = ids.split_at(ids.len().min(LISTED_FAILED));
    for id in first {
        tracing::error!(account.id = %id, %region, "{one}");
    }
    if !more.is_empty() {
        tracing::error!(%region, accounts = more.len(), account.ids = listed(more), "{others}");
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
pub(super) fn is_zero(number: &usize) -> bool {
    *number == 0
}
