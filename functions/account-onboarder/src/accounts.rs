//! The accounts of the events, as Organizations has them, and whether each is in scope.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::Client;
use detective_onboarding::aws::organizations;
use detective_onboarding::aws::some_accounts::some_accounts;
use detective_onboarding::deadline::Deadline;
use detective_onboarding::error::{Failure, OutOfTime};
use detective_onboarding::model::account::{AccountId, OrganizationAccount};
use detective_onboarding::model::policy::{Policy, Scope};
use futures_util::{StreamExt, stream};

/// An account and whether it is in scope; `None` if Organizations does not know it.
pub(crate) type ScopedAccount = Result<Option<(OrganizationAccount, Scope)>, Failure>;

/// Accounts by their ids. One that cannot be read is an error of its own.
pub(crate) type ScopedAccounts = BTreeMap<AccountId, ScopedAccount>;

/// Accounts whose OUs and tags are read at once; Organizations throttles early.
const CONCURRENT_READS: usize = 4;

/// Reads the accounts, and what the policy needs of each, in half of the time: those that were read by then are enrolled, and the others
/// wait.
pub(crate) async fn scoped_accounts(
    client: &Client,
    policy: Result<Policy, Failure>,
    ids: &BTreeSet<AccountId>,
    deadline: Deadline,
) -> ScopedAccounts {
    let policy = match policy {
        Ok(policy) => policy,
        Err(failure) => return ids.iter().map(|id| (*id, Err(failure.clone()))).collect(),
    };
    let deadline = deadline.half();
    let accounts = some_accounts(client, ids, deadline).await;
    let scoped = async |(id, account): (AccountId, Result<Option<OrganizationAccount>, Failure>)| {
        let scoped = match account {
            Ok(Some(account)) => scope(client, &policy, &account, deadline).await.map(|scope| Some((account, scope))),
            Ok(None) => Ok(None),
            Err(failure) => Err(failure),
        };
        (id, scoped)
    };
    stream::iter(accounts).map(scoped).buffer_unordered(CONCURRENT_READS).collect().await
}

async fn scope(
    client: &Client,
    policy: &Policy,
    account: &OrganizationAccount,
    deadline: Deadline,
) -> Result<Scope, Failure> {
    let traits = deadline.call(organizations::traits(client, policy, account)).await;
    let traits = traits.ok_or(OutOfTime::Reading)??;
    Ok(policy.scope(account.id, &traits))
}
