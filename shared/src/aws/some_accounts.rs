//! Reads some accounts of the organization by whichever costs fewer calls: one for each account, or pages of all.
//!
//! How many accounts the organization has, and where new ones are listed, is not known before. So pages are read as long as
//! the number of pages is not much larger than the number of accounts that they had. That costs at most half as many calls
//! again as one for each account, and for many accounts in an organization that is not much larger a twentieth.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::Client;
use futures_util::{StreamExt, stream};

use crate::aws::organizations::{Accounts, describe_account};
use crate::deadline::Deadline;
use crate::error::{Failure, OutOfTime};
use crate::model::account::{AccountId, OrganizationAccount};

/// DescribeAccount calls in flight at once; the service throttles early.
const CONCURRENT_READS: usize = 4;

/// For so many accounts a page is never worth its call.
const FEW: usize = 2;

/// Reads accounts. `None` for one that the organization does not have; an error for one that could not be read.
pub async fn some_accounts(
    client: &Client,
    ids: &BTreeSet<AccountId>,
    deadline: Deadline,
) -> BTreeMap<AccountId, Result<Option<OrganizationAccount>, Failure>> {
    let listed = if ids.len() > FEW { listed(client, ids, deadline).await } else { BTreeMap::new() };
    // An account that no page had may have joined while they were read.
    let left = ids.iter().filter(|id| !listed.contains_key(id)).copied();
    let read = async |id| {
        let account = deadline.call(describe_account(client, id)).await;
        (id, account.map_or_else(|| Err(OutOfTime::Reading.into()), |account| account.map_err(Failure::from)))
    };
    let described: BTreeMap<_, _> = stream::iter(left).map(read).buffer_unordered(CONCURRENT_READS).collect().await;
    listed.into_iter().map(|(id, account)| (id, Ok(Some(account)))).chain(described).collect()
}

/// The accounts that the pages have which are worth reading. A page that cannot be read is the last: each account that is
/// missing is read alone.
async fn listed(
    client: &Client,
    ids: &BTreeSet<AccountId>,
    deadline: Deadline,
) -> BTreeMap<AccountId, OrganizationAccount> {
    let (mut accounts, mut wanted, mut pages) = (Accounts::default(), BTreeMap::new(), 0_usize);
    while !accounts.is_finished && wanted.len() < ids.len() && is_worth_a_page(pages, wanted.len(), ids.len()) {
        match deadline.call(accounts.read_page(client)).await {
            Some(Ok(())) => {}
            Some(Err(error)) => {
                tracing::debug!("accounts are read one by one: {error}");
                break;
            }
            None => break,
        }
        pages += 1;
        let read = std::mem::take(&mut accounts.read).into_iter();
        wanted.extend(read.filter(|account| ids.contains(&account.id)).map(|account| (account.id, account)));
    }
    wanted
}

/// Whether another page is worth its call, after so many pages that had so many of the accounts.
fn is_worth_a_page(pages: usize, had: usize, accounts: usize) -> bool {
    2 * pages.saturating_sub(had) < accounts - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many calls it takes to read accounts of an organization, on each page of which so many of them are.
    fn calls(accounts: usize, pages: &[usize]) -> usize {
        let (mut read, mut had) = (0, 0);
        while read < pages.len() && had < accounts && is_worth_a_page(read, had, accounts) {
            had += pages[read];
            read += 1;
        }
        read + accounts - had
    }

    #[test]
    fn many_accounts_of_an_organization_that_is_not_much_larger_are_listed() {
        assert_eq!(calls(200, &[20, 20, 20, 20, 20, 20, 20, 20, 20, 20]), 10);
        // A thousand others come first.
        let mut last = vec![0; 50];
        last.extend([20; 10]);
        assert_eq!(calls(200, &last), 60);
    }

    #[test]
    fn it_costs_half_as_many_calls_again_at_most_as_reading_each_account_alone() {
        for accounts in 3..=300 {
            for every in 1..=40 {
                let pages: Vec<usize> = (0..1_000).map(|page| usize::from(page % every == 0)).collect();
                let calls = calls(accounts, &pages);
                assert!(2 * calls <= 3 * accounts + 1, "{accounts} accounts, one on {every} pages: {calls}");
            }
        }
    }
}
