//! Calls to AWS Organizations.

use std::collections::BTreeMap;

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::{Account, OrganizationFeatureSet};

use crate::aws::page_tokens::PageTokens;
use crate::error::{AwsCode, CallError};
use crate::model::account::{AccountId, AccountState, Email, OrganizationAccount};
use crate::model::policy::{Policy, Traits};

/// Reads one account. `None` if the organization has no such account.
///
/// # Errors
/// The call's error, or `IncompleteAnswer` for an account without an id.
pub async fn describe_account(client: &Client, id: AccountId) -> Result<Option<OrganizationAccount>, CallError> {
    const OPERATION: &str = "DescribeAccount";
    let answer = client.describe_account().account_id(id.to_string()).send().await.map_err(CallError::of(OPERATION));
    match answer {
        Err(error) if error.is(&AwsCode::AccountNotFoundException) => Ok(None),
        Err(error) => Err(error),
        Ok(answer) => answer.account().and_then(organization_account).map(Some).ok_or_else(|| {
            let message = format!("Organizations described account {id} without its id");
            CallError::incomplete_answer(OPERATION, &message)
        }),
    }
}

/// How many accounts a page may have: the most that AWS allows.
pub(super) const PAGE: i32 = 20;

/// The accounts of the organization, read page by page. A page may be empty and still not be the last.
#[derive(Debug, Default)]
pub struct Accounts {
    /// The accounts that are read.
    pub read: Vec<OrganizationAccount>,
    /// How many accounts were listed without an id.
    pub without_id: usize,
    /// Whether these are all.
    pub is_finished: bool,
    next: Option<String>,
    tokens: PageTokens,
}

impl Accounts {
    /// Reads one more page. A call that is given up leaves what was read before it.
    ///
    /// # Errors
    /// The call's error.
    pub async fn read_page(&mut self, client: &Client) -> Result<(), CallError> {
        const OPERATION: &str = "ListAccounts";
        let request = client.list_accounts().max_results(PAGE).set_next_token(self.next.clone());
        let page = request.send().await.map_err(CallError::of(OPERATION))?;
        for account in page.accounts() {
            match organization_account(account) {
                Some(account) => self.read.push(account),
                None => self.without_id += 1,
            }
        }
        self.next = self.tokens.next(OPERATION, page.next_token())?;
        self.is_finished = self.next.is_none();
        Ok(())
    }
}

/// What the organization is used for, and who manages it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Features {
    /// Whether it has all features, and not one bill alone.
    pub all: bool,
    /// The management account.
    pub management: AccountId,
}

/// Reads what the organization is used for. Any of its accounts may ask.
///
/// # Errors
/// The call's error, or `IncompleteAnswer` for an organization without a management account.
pub async fn features(client: &Client) -> Result<Features, CallError> {
    const OPERATION: &str = "DescribeOrganization";
    let answer = client.describe_organization().send().await.map_err(CallError::of(OPERATION))?;
    let read = || {
        let organization = answer.organization()?;
        let all = organization.feature_set() == Some(&OrganizationFeatureSet::All);
        Some(Features { all, management: organization.master_account_id()?.parse().ok()? })
    };
    read()
        .ok_or_else(|| CallError::incomplete_answer(OPERATION, "the organization came without its management account"))
}

/// The account that administers Detective for the organization: the same in every Region, and designated in each. `None` if
/// it is nobody, or the management account, which is never a delegated administrator.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListDelegatedAdministrators.html>
///
/// # Errors
/// The first page's error that fails.
pub async fn detective_administrator(client: &Client) -> Result<Option<AccountId>, CallError> {
    const OPERATION: &str = "ListDelegatedAdministrators";
    let request = client.list_delegated_administrators().service_principal("detective.amazonaws.com");
    let mut pages = request.into_paginator().send();
    let mut tokens = PageTokens::default();
    while let Some(page) = pages.next().await {
        let page = page.map_err(CallError::of(OPERATION))?;
        tokens.next(OPERATION, page.next_token())?;
        if let Some(id) = page.delegated_administrators().iter().find_map(|account| account.id()?.parse().ok()) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// The tags of an account.
///
/// # Errors
/// The first call's error.
pub async fn tags(client: &Client, id: AccountId) -> Result<BTreeMap<String, String>, CallError> {
    let mut tags = BTreeMap::new();
    let mut pages = client.list_tags_for_resource().resource_id(id.to_string()).into_paginator().send();
    let mut tokens = PageTokens::default();
    while let Some(page) = pages.next().await {
        let page = page.map_err(CallError::of("ListTagsForResource"))?;
        tokens.next("ListTagsForResource", page.next_token())?;
        tags.extend(page.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())));
    }
    Ok(tags)
}

/// What a policy reads of one account: its OUs, read upwards where Organizations did not return them with the account, and its
/// tags. What does not decide whether the account is in scope is not read.
///
/// # Errors
/// The first call's error.
pub async fn traits(client: &Client, policy: &Policy, account: &OrganizationAccount) -> Result<Traits, CallError> {
    let mut traits = Traits::default();
    if !policy.units().is_empty() && policy.scope_without_tags(account.id, None).is_none() {
        traits.units = match &account.units {
            Some(units) => units.clone(),
            None => parents(client, account.id).await?,
        };
    }
    if policy.scope_without_tags(account.id, Some(&traits.units)).is_none() {
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
        let mut tokens = PageTokens::default();
        while let Some(page) = pages.next().await {
            let page = page.map_err(CallError::of("ListParents"))?;
            tokens.next("ListParents", page.next_token())?;
            parent = parent.or_else(|| page.parents().first()?.id().map(str::to_owned));
        }
        let missing = || CallError::incomplete_answer("ListParents", "Organizations named no parent");
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
        name: account.name().filter(|name| !name.is_empty()).map(str::to_owned),
        email: account.email().filter(|email| !email.is_empty()).map(Email::new),
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
