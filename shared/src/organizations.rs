//! Calls to AWS Organizations.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::Account;

use crate::account::{AccountId, AccountState, Email, OrganizationAccount};
use crate::error::CallError;
use crate::policy::{Policy, Traits};

/// Reads one account. `None` if the organization has no such account.
///
/// # Errors
/// The call's error, or `IncompleteAnswer` for an account without an id or email address.
pub async fn describe_account(client: &Client, id: AccountId) -> Result<Option<OrganizationAccount>, CallError> {
    const OPERATION: &str = "DescribeAccount";
    let answer = client.describe_account().account_id(id.to_string()).send().await.map_err(CallError::of(OPERATION));
    match answer {
        Err(error) if error.is_account_not_found() => Ok(None),
        Err(error) => Err(error),
        Ok(answer) => answer.account().and_then(organization_account).map(Some).ok_or_else(|| {
            let message = format!("Organizations described account {id} without its id or email address");
            CallError::new(OPERATION, "IncompleteAnswer", &message)
        }),
    }
}

/// How many accounts a page may have: the most that AWS allows.
const PAGE: i32 = 20;

/// Reads all accounts of the organization. A page may be empty and still not be the last.
///
/// # Errors
/// The first page's error that fails; `IncompleteAnswer` if an account comes without id or email address, because what
/// is planned from a part of the organization is wrong.
pub async fn list_accounts(client: &Client) -> Result<Vec<OrganizationAccount>, CallError> {
    const OPERATION: &str = "ListAccounts";
    let mut accounts = Vec::new();
    let mut pages = client.list_accounts().into_paginator().page_size(PAGE).send();
    while let Some(page) = pages.next().await {
        for account in page.map_err(CallError::of(OPERATION))?.accounts() {
            accounts.push(organization_account(account).ok_or_else(|| {
                CallError::new(
                    OPERATION,
                    "IncompleteAnswer",
                    "Organizations listed an account without its id or email address",
                )
            })?);
        }
    }
    Ok(accounts)
}

/// The accounts in a root or OU and in all OUs below it.
///
/// # Errors
/// The first call's error. An OU that does not exist answers `ParentNotFoundException`.
pub async fn accounts_below(client: &Client, unit: &str) -> Result<BTreeSet<AccountId>, CallError> {
    let mut found = BTreeSet::new();
    let mut open = vec![unit.to_owned()];
    while let Some(parent) = open.pop() {
        let mut pages = client.list_accounts_for_parent().parent_id(&parent).into_paginator().page_size(PAGE).send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(CallError::of("ListAccountsForParent"))?;
            found.extend(page.accounts().iter().filter_map(|account| account.id()?.parse::<AccountId>().ok()));
        }
        let units = client.list_organizational_units_for_parent().parent_id(&parent);
        let mut pages = units.into_paginator().page_size(PAGE).send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(CallError::of("ListOrganizationalUnitsForParent"))?;
            open.extend(page.organizational_units().iter().filter_map(|unit| unit.id().map(str::to_owned)));
        }
    }
    Ok(found)
}

/// The tags of an account.
///
/// # Errors
/// The first call's error.
pub async fn tags(client: &Client, id: AccountId) -> Result<BTreeMap<String, String>, CallError> {
    let mut tags = BTreeMap::new();
    let mut pages = client.list_tags_for_resource().resource_id(id.to_string()).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(CallError::of("ListTagsForResource"))?;
        tags.extend(page.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())));
    }
    Ok(tags)
}

/// What a policy looks at in one account: its OUs, read upwards where Organizations did not tell them with the account, and
/// its tags. What the policy does not look at is not read.
///
/// # Errors
/// The first call's error.
pub async fn traits(client: &Client, policy: &Policy, account: &OrganizationAccount) -> Result<Traits, CallError> {
    let mut traits = Traits::default();
    if !policy.units().is_empty() {
        traits.units = match &account.units {
            Some(units) => units.clone(),
            None => parents(client, account.id).await?,
        };
    }
    if policy.reads_tags() {
        traits.tags = tags(client, account.id).await?;
    }
    Ok(traits)
}

/// The OUs above an account, and the root, from below.
async fn parents(client: &Client, id: AccountId) -> Result<Vec<String>, CallError> {
    let mut units: Vec<String> = Vec::new();
    loop {
        let child = units.last().map_or_else(|| id.to_string(), Clone::clone);
        if child.starts_with("r-") {
            return Ok(units);
        }
        // A child has one parent, but the page with it may come after an empty one.
        let mut pages = client.list_parents().child_id(child).into_paginator().send();
        let mut parent = None;
        while let Some(page) = pages.next().await {
            let page = page.map_err(CallError::of("ListParents"))?;
            parent = parent.or_else(|| page.parents().first()?.id().map(str::to_owned));
        }
        let missing = || CallError::new("ListParents", "IncompleteAnswer", "Organizations named no parent");
        units.push(parent.ok_or_else(missing)?);
    }
}

/// The root and OUs in the paths that Organizations gives with an account: `o-.../r-.../ou-.../`.
fn units(account: &Account) -> Option<Vec<String>> {
    let path = account.paths().first()?;
    Some(path.split('/').filter(|part| part.starts_with("r-") || part.starts_with("ou-")).map(str::to_owned).collect())
}

/// Reads an account as Organizations describes it. `State` took the place of `Status`, which may not be sent any more.
fn organization_account(account: &Account) -> Option<OrganizationAccount> {
    let state = match account.state() {
        Some(state) => state.as_str(),
        None => account.status().map_or("missing", aws_sdk_organizations::types::AccountStatus::as_str),
    };
    Some(OrganizationAccount {
        id: account.id()?.parse().ok()?,
        email: Email::new(account.email()?),
        state: AccountState::from(state),
        units: units(account),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_organizations::types::{AccountState as State, AccountStatus};

    #[test]
    fn the_state_is_read_and_else_the_status() {
        let account = Account::builder().id("111122223333").email("root@example.com").status(AccountStatus::Active);
        let both = account.clone().state(State::Suspended).build();
        assert_eq!(organization_account(&both).unwrap().state, AccountState::Suspended);
        assert_eq!(organization_account(&account.build()).unwrap().state, AccountState::Active);
        let neither = Account::builder().id("111122223333").email("root@example.com").build();
        assert_eq!(organization_account(&neither).unwrap().state, AccountState::Unknown("missing".into()));
    }
}
