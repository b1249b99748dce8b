//! The accounts that the policy covers in the organization.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::Client;
use detective_onboarding::aws::organizations::{self, Accounts};
use detective_onboarding::aws::units::Below;
use detective_onboarding::error::CallError;
use detective_onboarding::model::account::{AccountId, AccountState, OrganizationAccount};
use detective_onboarding::model::policy::{Policy, Scope, Traits};
use futures_util::stream::{self, StreamExt, TryStreamExt};

/// So many accounts' tags are read at once: Organizations throttles early.
const CONCURRENT_READS: usize = 5;

/// The accounts of an organization.
pub(super) struct AccountScope {
    /// How many there are.
    pub(super) all: usize,
    /// The active ones that the policy covers, without the administrator.
    pub(super) in_scope: BTreeSet<AccountId>,
    /// Those that are closed, being closed or suspended.
    pub(super) gone: BTreeSet<AccountId>,
}

/// Reads the organization, and evaluates the policy for each account.
///
/// # Errors
/// The first call's error; `ParentNotFoundException` for a policy that names an OU that does not exist.
pub(super) async fn read(
    client: &Client,
    policy: &Policy,
    administrator: AccountId,
) -> Result<AccountScope, CallError> {
    let accounts = list_accounts(client).await?;
    let mut below = BTreeMap::new();
    for unit in policy.units() {
        let accounts = accounts_below(client, unit)
            .await
            .map_err(|error| CallError { message: format!("{unit}: {}", error.message), ..error });
        below.insert(unit.to_owned(), accounts?);
    }
    let mut tags = BTreeMap::new();
    if policy.reads_tags() {
        let read = async |id| Ok((id, organizations::tags(client, id).await?));
        let ids = accounts.iter().map(|account| account.id);
        tags = stream::iter(ids).map(read).buffer_unordered(CONCURRENT_READS).try_collect().await?;
    }
    let all = accounts.len();
    let gone = accounts.iter().filter(|account| account.state.is_gone()).map(|account| account.id).collect();
    let in_scope = accounts.into_iter().filter(|account| {
        let units = below.iter().filter(|(_, ids)| ids.contains(&account.id)).map(|(unit, _)| unit.clone());
        let traits = Traits { units: units.collect(), tags: tags.remove(&account.id).unwrap_or_default() };
        account.id != administrator
            && account.state == AccountState::Active
            && matches!(policy.scope(account.id, &traits), Scope::In { .. })
    });
    Ok(AccountScope { all, in_scope: in_scope.map(|account| account.id).collect(), gone })
}

/// All accounts of the organization.
async fn list_accounts(client: &Client) -> Result<Vec<OrganizationAccount>, CallError> {
    let mut accounts = Accounts::default();
    while !accounts.is_finished {
        accounts.read_page(client).await?;
    }
    Ok(accounts.read)
}

/// The accounts in a root or OU and in all OUs below it.
async fn accounts_below(client: &Client, unit: &str) -> Result<BTreeSet<AccountId>, CallError> {
    let mut below = Below::new(unit);
    while !below.is_finished() {
        below.read_page(client).await?;
    }
    Ok(below.accounts)
}
