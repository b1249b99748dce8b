//! The accounts in roots and OUs of an organization: each OU is listed once, in however many others it is.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::Client;

use crate::aws::organizations::PAGE;
use crate::aws::page_tokens::PageTokens;
use crate::error::{AwsCode, CallError};
use crate::model::account::AccountId;

/// Roots and OUs, and all that is below them, read page by page.
#[derive(Debug, Default)]
pub struct Units {
    listed: BTreeMap<String, Unit>,
    /// What is to be listed.
    open: Vec<Listing>,
}

/// What is directly in a root or OU.
#[derive(Debug, Default)]
struct Unit {
    units: BTreeSet<String>,
    accounts: BTreeSet<AccountId>,
    is_missing: bool,
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

impl Units {
    /// Lists a root or OU as well, and what is below it, unless it is listed already.
    pub fn enter(&mut self, unit: &str) {
        if self.listed.contains_key(unit) {
            return;
        }
        self.listed.insert(unit.to_owned(), Unit::default());
        self.open.extend([Children::Units, Children::Accounts].map(|kind| Listing::new(kind, unit)));
    }

    /// Whether all is listed.
    pub fn is_finished(&self) -> bool {
        self.open.is_empty()
    }

    /// Whether Organizations has no such root or OU.
    pub fn is_missing(&self, unit: &str) -> bool {
        self.listed.get(unit).is_some_and(|unit| unit.is_missing)
    }

    /// Reads one more page. A call that is given up leaves what was read before it. A root or OU that does not exist has nothing in
    /// it: one that was deleted while others were read had no accounts.
    ///
    /// # Errors
    /// The call's error.
    pub async fn read_page(&mut self, client: &Client) -> Result<(), CallError> {
        match self.read_next(client).await {
            Err(error) if error.is(&AwsCode::ParentNotFoundException) => {
                let Some(missing) = self.open.last().map(|listing| listing.parent.clone()) else { return Ok(()) };
                self.open.retain(|listing| listing.parent != missing);
                self.listed.insert(missing, Unit { is_missing: true, ..Unit::default() });
                Ok(())
            }
            read => read,
        }
    }

    async fn read_next(&mut self, client: &Client) -> Result<(), CallError> {
        let Some(listing) = self.open.last_mut() else { return Ok(()) };
        let (parent, this) = (listing.parent.as_str(), listing.next.clone());
        let unit = self.listed.entry(listing.parent.clone()).or_default();
        let mut found = Vec::new();
        match listing.kind {
            Children::Accounts => {
                const OPERATION: &str = "ListAccountsForParent";
                let request = client.list_accounts_for_parent().parent_id(parent).max_results(PAGE);
                let page = request.set_next_token(this).send().await.map_err(CallError::of(OPERATION))?;
                let ids = page.accounts().iter().filter_map(|account| account.id()?.parse::<AccountId>().ok());
                unit.accounts.extend(ids);
                listing.next = listing.tokens.next(OPERATION, page.next_token())?;
            }
            Children::Units => {
                const OPERATION: &str = "ListOrganizationalUnitsForParent";
                let request = client.list_organizational_units_for_parent().parent_id(parent).max_results(PAGE);
                let page = request.set_next_token(this).send().await.map_err(CallError::of(OPERATION))?;
                found.extend(page.organizational_units().iter().filter_map(|unit| unit.id()).map(str::to_owned));
                unit.units.extend(found.iter().cloned());
                listing.next = listing.tokens.next(OPERATION, page.next_token())?;
            }
        }
        if listing.next.is_none() {
            self.open.pop();
        }
        found.iter().for_each(|unit| self.enter(unit));
        Ok(())
    }

    /// Lists anew what is listed in part: the token of its next page may be what was wrong.
    pub fn restart(&mut self) {
        for listing in &mut self.open {
            *listing = Listing::new(listing.kind, &listing.parent);
            let unit = self.listed.entry(listing.parent.clone()).or_default();
            match listing.kind {
                Children::Accounts => unit.accounts.clear(),
                Children::Units => unit.units.clear(),
            }
        }
    }

    /// In which of some roots and OUs each account is, at any depth.
    pub fn of_accounts(&self, named: &BTreeSet<&str>) -> BTreeMap<AccountId, BTreeSet<String>> {
        let mut parents = BTreeMap::<&str, Vec<&str>>::new();
        for (parent, unit) in &self.listed {
            unit.units.iter().for_each(|child| parents.entry(child).or_default().push(parent));
        }
        let mut of_accounts = BTreeMap::<AccountId, BTreeSet<String>>::new();
        for (name, unit) in self.listed.iter().filter(|(_, unit)| !unit.accounts.is_empty()) {
            // One that was moved while it was listed has two parents.
            let (mut above, mut open) = (BTreeSet::new(), vec![name.as_str()]);
            while let Some(unit) = open.pop() {
                if above.insert(unit) {
                    open.extend(parents.get(unit).into_iter().flatten());
                }
            }
            let above: Vec<&str> = above.into_iter().filter(|unit| named.contains(unit)).collect();
            for account in &unit.accounts {
                of_accounts.entry(*account).or_default().extend(above.iter().map(|unit| (*unit).to_owned()));
            }
        }
        of_accounts
    }
}

impl Listing {
    fn new(kind: Children, parent: &str) -> Self {
        Self { kind, parent: parent.to_owned(), next: None, tokens: PageTokens::default() }
    }
}
