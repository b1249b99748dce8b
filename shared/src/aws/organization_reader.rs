//! Reads all accounts of the organization, each with its scope by the policy, as far as there is time.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::organizations::{self, Accounts};
use crate::aws::units::Units;
use crate::deadline::Deadline;
use crate::error::CallError;
use crate::model::account::{AccountId, OrganizationAccount};
use crate::model::organization::{Gaps, ObservedOrganization};
use crate::model::policy::{Policy, Traits};
use aws_sdk_organizations::Client;
use futures_util::{StreamExt, TryStreamExt, stream};

/// Reads of Organizations in flight at once; the service throttles early.
const CONCURRENT_READS: usize = 4;

/// What is read of the organization so far.
#[derive(Debug, Default)]
pub struct Reading {
    accounts: Accounts,
    units: Units,
    tags: BTreeMap<AccountId, BTreeMap<String, String>>,
}

impl Reading {
    /// Whether nothing is read yet.
    pub fn is_empty(&self) -> bool {
        self.accounts.read.is_empty() && !self.accounts.is_finished
    }

    /// Reads on until all is read, or no call may be started any more. Returns whether all is read. Rules for OUs cost two calls
    /// and more for each OU, however many rules it is below, rules for tags one for each account on which nothing else decides,
    /// others none.
    ///
    /// # Errors
    /// The first call's error.
    pub async fn read_on(&mut self, client: &Client, policy: &Policy, deadline: Deadline) -> Result<bool, CallError> {
        let read = self.read_all(client, policy, deadline).await;
        if read.is_err() {
            // What was listed in part is listed anew: the token of its next page may be what was wrong.
            if !self.accounts.is_finished {
                self.accounts = Accounts::default();
            }
            self.units.restart();
        }
        read
    }

    async fn read_all(&mut self, client: &Client, policy: &Policy, deadline: Deadline) -> Result<bool, CallError> {
        while !self.accounts.is_finished {
            match deadline.call(self.accounts.read_page(client)).await {
                Some(page) => page?,
                None => return Ok(false),
            }
        }
        // Organizations may return each account's OUs with it; a unit that no account is in must still exist.
        let have_units = self.accounts.read.iter().all(|account| account.units.is_some());
        for unit in policy.units() {
            if !have_units || !self.accounts.read.iter().any(|account| in_unit(account, unit)) {
                self.units.enter(unit);
            }
        }
        while !self.units.is_finished() {
            match deadline.call(self.units.read_page(client)).await {
                Some(page) => page?,
                None => return Ok(false),
            }
        }
        let listed = self.units.of_accounts(&policy.units());
        let is_open = |account: &&OrganizationAccount| {
            let units = units(account, &listed);
            !self.tags.contains_key(&account.id) && policy.scope_without_tags(account.id, Some(&units)).is_none()
        };
        let open: BTreeSet<AccountId> = self.accounts.read.iter().filter(is_open).map(|account| account.id).collect();
        let read = async |id| match deadline.call(organizations::tags(client, id)).await {
            Some(tags) => tags.map(|tags| Some((id, tags))),
            None => Ok(None),
        };
        let mut reads = stream::iter(open).map(read).buffer_unordered(CONCURRENT_READS);
        let mut all = true;
        while let Some(read) = reads.try_next().await? {
            all &= read.is_some();
            self.tags.extend(read);
        }
        Ok(all)
    }

    /// All accounts with their scope by the policy, when all is read.
    pub fn finish(self, policy: &Policy) -> ObservedOrganization {
        let named = policy.units();
        let missing = named.iter().filter(|unit| self.units.is_missing(unit)).map(|unit| (*unit).to_owned());
        let gaps = Gaps { accounts_without_id: self.accounts.without_id, missing_units: missing.collect() };
        let listed = self.units.of_accounts(&named);
        let scoped = self.accounts.read.into_iter().map(|account| {
            // An account may be listed twice, because entries move between pages.
            let tags = self.tags.get(&account.id).cloned().unwrap_or_default();
            let scope = policy.scope(account.id, &Traits { units: units(&account, &listed), tags });
            (account.id, (account, scope))
        });
        ObservedOrganization { accounts: scoped.collect(), gaps }
    }
}

/// The OUs of an account: those that Organizations gave with it, and those in which it was listed.
fn units(account: &OrganizationAccount, listed: &BTreeMap<AccountId, BTreeSet<String>>) -> Vec<String> {
    let with_it = account.units.iter().flatten();
    with_it.chain(listed.get(&account.id).into_iter().flatten()).cloned().collect()
}

fn in_unit(account: &OrganizationAccount, unit: &str) -> bool {
    account.units.as_ref().is_some_and(|units| units.iter().any(|found| found == unit))
}
