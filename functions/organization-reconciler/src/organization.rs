//! Reads all accounts of the organization, each with what the policy says of it.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::Client;
use detective_onboarding::account::{AccountId, OrganizationAccount};
use detective_onboarding::error::CallError;
use detective_onboarding::organizations;
use detective_onboarding::policy::{Policy, Traits};
use detective_onboarding::reconcile::Organization;
use futures_util::{StreamExt, TryStreamExt, stream};

/// Reads of Organizations in flight at once; the service throttles early.
const CONCURRENT_READS: usize = 4;

/// Reads the organization. Rules for OUs cost calls for each OU, rules for tags one for each account, others none.
pub(crate) async fn read(client: &Client, policy: &Policy) -> Result<Organization, CallError> {
    let accounts = organizations::list_accounts(client).await?;
    let mut below = BTreeMap::new();
    for unit in policy.units() {
        // Organizations may tell each account's OUs with it; a unit that no account is in must still exist.
        let known = accounts.iter().any(|account| in_unit(account, unit));
        if !known || accounts.iter().any(|account| account.units.is_none()) {
            below.insert(unit, organizations::accounts_below(client, unit).await?);
        }
    }
    let mut tags = BTreeMap::new();
    if policy.reads_tags() {
        let read = async |id| Ok((id, organizations::tags(client, id).await?));
        let reads =
            stream::iter(accounts.iter().map(|account| account.id)).map(read).buffer_unordered(CONCURRENT_READS);
        tags = reads.try_collect().await?;
    }
    let scoped = accounts.into_iter().map(|account| {
        let listed = |unit: &&str| below.get(unit).is_some_and(|ids: &BTreeSet<AccountId>| ids.contains(&account.id));
        let units = policy.units().into_iter().filter(|unit| in_unit(&account, unit) || listed(unit));
        let traits =
            Traits { units: units.map(str::to_owned).collect(), tags: tags.remove(&account.id).unwrap_or_default() };
        let scope = policy.scope(account.id, &traits);
        (account.id, (account, scope))
    });
    Ok(scoped.collect())
}

fn in_unit(account: &OrganizationAccount, unit: &str) -> bool {
    account.units.as_ref().is_some_and(|units| units.iter().any(|found| found == unit))
}
