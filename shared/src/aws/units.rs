//! The accounts in a root or OU of an organization.

use std::collections::BTreeSet;

use aws_sdk_organizations::Client;

use crate::aws::organizations::PAGE;
use crate::aws::page_tokens::PageTokens;
use crate::error::{AwsCode, CallError};
use crate::model::account::AccountId;

/// The accounts in a root or OU and in all OUs below it, read page by page.
#[derive(Debug)]
pub struct Below {
    /// The accounts that are read.
    pub accounts: BTreeSet<AccountId>,
    unit: String,
    /// What is to be listed.
    open: Vec<Listing>,
}

/// The children of a kind of a root or OU, from a page on.
#[derive(Debug)]
struct Listing {
    kind: Children,
    parent: String,
    next: Option<String>,
    tokens: PageTokens,
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
        let listing = |kind| Listing { kind, parent: parent.to_owned(), next: None, tokens: PageTokens::default() };
        self.open.extend([listing(Children::Units), listing(Children::Accounts)]);
    }

    /// Reads one more page. A call that is given up leaves what was read before it.
    ///
    /// # Errors
    /// The call's error; `ParentNotFoundException` if the root or OU does not exist. An OU below it that was deleted while it
    /// was read had no accounts.
    pub async fn read_page(&mut self, client: &Client) -> Result<(), CallError> {
        let parent = self.open.last().map(|listing| listing.parent.clone());
        match self.read_next(client).await {
            Err(error) if error.is(&AwsCode::ParentNotFoundException) && parent.as_ref() != Some(&self.unit) => {
                self.open.retain(|listing| Some(&listing.parent) != parent.as_ref());
                Ok(())
            }
            read => read,
        }
    }

    async fn read_next(&mut self, client: &Client) -> Result<(), CallError> {
        let Some(listing) = self.open.last_mut() else { return Ok(()) };
        let (parent, this) = (listing.parent.as_str(), listing.next.clone());
        let units = match listing.kind {
            Children::Accounts => {
                const OPERATION: &str = "ListAccountsForParent";
                let request = client.list_accounts_for_parent().parent_id(parent).max_results(PAGE);
                let page = request.set_next_token(this).send().await.map_err(CallError::of(OPERATION))?;
                self.accounts
                    .extend(page.accounts().iter().filter_map(|account| account.id()?.parse::<AccountId>().ok()));
                listing.next = listing.tokens.next(OPERATION, page.next_token())?;
                Vec::new()
            }
            Children::Units => {
                const OPERATION: &str = "ListOrganizationalUnitsForParent";
                let request = client.list_organizational_units_for_parent().parent_id(parent).max_results(PAGE);
                let page = request.set_next_token(this).send().await.map_err(CallError::of(OPERATION))?;
                listing.next = listing.tokens.next(OPERATION, page.next_token())?;
                page.organizational_units.unwrap_or_default()
            }
        };
        if listing.next.is_none() {
            self.open.pop();
        }
        units.iter().filter_map(|unit| unit.id()).for_each(|unit| self.enter(unit));
        Ok(())
    }
}
