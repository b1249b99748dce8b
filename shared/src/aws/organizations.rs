//! Calls to AWS Organizations.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::Account;

use crate::error::{AwsCode, CallCause, CallError};
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
const PAGE: i32 = 20;

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
        self.next = next(OPERATION, self.next.as_ref(), page.next_token)?;
        self.is_finished = self.next.is_none();
        Ok(())
    }
}

/// The token of the next page, if there is one. A page that is its own successor would be read for ever.
fn next(operation: &'static str, this: Option<&String>, next: Option<String>) -> Result<Option<String>, CallError> {
    let next = next.filter(|token| !token.is_empty());
    if next.is_some() && next.as_ref() == this {
        return Err(CallError::new(
            operation,
            CallCause::InvalidResponse,
            "Organizations named a page as the next after itself",
        ));
    }
    Ok(next)
}

/// The accounts in a root or OU and in all OUs below it, read page by page.
#[derive(Debug)]
pub struct Below {
    /// The accounts that are read.
    pub accounts: BTreeSet<AccountId>,
    unit: String,
    /// What is to be listed: the children of a kind of a root or OU, from a page on.
    open: Vec<(Children, String, Option<String>)>,
}

#[derive(Debug, Clone, Copy)]
enum Children {
    Accounts,
    Units,
}

impl Below {
    /// Nothing is read yet.
    pub fn new(unit: &str) -> Self {
        let mut below = Self { accounts: BTreeSet::new(), unit: unit.to_owned(), open: Vec::new() };
        below.enter(unit);
        below
    }

    /// Whether all accounts are read.
    pub fn is_finished(&self) -> bool {
        self.open.is_empty()
    }

    /// Selects no account: the root or OU does not exist.
    pub fn set_missing(&mut self) {
        self.accounts.clear();
        self.open.clear();
    }

    fn enter(&mut self, parent: &str) {
        self.open.push((Children::Units, parent.to_owned(), None));
        self.open.push((Children::Accounts, parent.to_owned(), None));
    }

    /// Reads one more page. A call that is given up leaves what was read before it.
    ///
    /// # Errors
    /// The call's error; `ParentNotFoundException` if the root or OU does not exist. An OU below it that was deleted while it
    /// was read had no accounts.
    pub async fn read_page(&mut self, client: &Client) -> Result<(), CallError> {
        let parent = self.open.last().map(|(_, parent, _)| parent.clone());
        match self.read_next(client).await {
            Err(error) if error.is(&AwsCode::ParentNotFoundException) && parent.as_ref() != Some(&self.unit) => {
                self.open.retain(|(_, other, _)| Some(other) != parent.as_ref());
                Ok(())
            }
            read => read,
        }
    }

    async fn read_next(&mut self, client: &Client) -> Result<(), CallError> {
        let Some((kind, parent, this)) = self.open.last().cloned() else { return Ok(()) };
        let (units, following) = match kind {
            Children::Accounts => {
                const OPERATION: &str = "ListAccountsForParent";
                let request = client.list_accounts_for_parent().parent_id(&parent).max_results(PAGE);
                let page = request.set_next_token(this.clone()).send().await.map_err(CallError::of(OPERATION))?;
                self.accounts
                    .extend(page.accounts().iter().filter_map(|account| account.id()?.parse::<AccountId>().ok()));
                (Vec::new(), next(OPERATION, this.as_ref(), page.next_token)?)
            }
            Children::Units => {
                const OPERATION: &str = "ListOrganizationalUnitsForParent";
                let request = client.list_organizational_units_for_parent().parent_id(&parent).max_results(PAGE);
                let page = request.set_next_token(this.clone()).send().await.map_err(CallError::of(OPERATION))?;
                let following = next(OPERATION, this.as_ref(), page.next_token)?;
                (page.organizational_units.unwrap_or_default(), following)
            }
        };
        self.open.pop();
        if following.is_some() {
            self.open.push((kind, parent, following));
        }
        units.iter().filter_map(|unit| unit.id()).for_each(|unit| self.enter(unit));
        Ok(())
    }
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

/// What a policy reads of one account: its OUs, read upwards where Organizations did not return them with the account, and its
/// tags. What the policy does not need is not read.
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
