//! Reads all accounts of the organization, each with its scope by the policy, as far as there is time.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::organizations::{self, Accounts};
use crate::aws::units::Below;
use crate::deadline::Deadline;
use crate::error::{AwsCode, CallError};
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
    below: BTreeMap<String, Below>,
    missing_units: BTreeSet<String>,
    tags: BTreeMap<AccountId, BTreeMap<String, String>>,
}

impl Reading {
    /// Whether nothing is read yet.
    pub fn is_empty(&self) -> bool {
        self.accounts.read.is_empty() && !self.accounts.is_finished
    }

    /// Reads on until all is read, or no call may be started any more. Returns whether all is read. Rules for OUs cost calls
    /// for each OU, rules for tags one for each account, others none.
    pub async fn read_on(&mut self, client: &Client, policy: &Policy, deadline: Deadline) -> Result<bool, CallError> {
        let read = self.read_all(client, policy, deadline).await;
        if read.is_err() {
            // What was listed in part is listed anew: the token of its next page may be what was wrong.
            if !self.accounts.is_finished {
                self.accounts = Accounts::default();
            }
            self.below.retain(|_, below| below.is_finished());
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
        for unit in policy.units() {
            // Organizations may return each account's OUs with it; a unit that no account is in must still exist.
            let known = self.accounts.read.iter().any(|account| in_unit(account, unit));
            if known && self.accounts.read.iter().all(|account| account.units.is_some()) {
                continue;
            }
            let below = self.below.entry(unit.to_owned()).or_insert_with(|| Below::new(unit));
            while !below.is_finished() {
                match deadline.call(below.read_page(client)).await {
                    Some(Err(error)) if error.is(&AwsCode::ParentNotFoundException) => {
                        below.set_missing();
                        self.missing_units.insert(unit.to_owned());
                    }
                    Some(page) => page?,
                    None => return Ok(false),
                }
            }
        }
        if !policy.reads_tags() {
            return Ok(true);
        }
        let ids = self.accounts.read.iter().map(|account| account.id);
        let open: Vec<AccountId> = ids.filter(|id| !self.tags.contains_key(id)).collect();
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
        let gaps = Gaps { accounts_without_id: self.accounts.without_id, missing_units: self.missing_units };
        let scoped = self.accounts.read.into_iter().map(|account| {
            let listed = |unit: &&str| self.below.get(*unit).is_some_and(|below| below.accounts.contains(&account.id));
            let units = policy.units().into_iter().filter(|unit| in_unit(&account, unit) || listed(unit));
            // An account may be listed twice, because entries move between pages.
            let tags = self.tags.get(&account.id).cloned().unwrap_or_default();
            let traits = Traits { units: units.map(str::to_owned).collect(), tags };
            let scope = policy.scope(account.id, &traits);
            (account.id, (account, scope))
        });
        ObservedOrganization { accounts: scoped.collect(), gaps }
    }
}

fn in_unit(account: &OrganizationAccount, unit: &str) -> bool {
    account.units.as_ref().is_some_and(|units| units.iter().any(|found| found == unit))
}
