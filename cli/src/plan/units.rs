//! The root and the OUs by name, and which accounts are in them.

use std::collections::BTreeMap;

use super::collected::clean;
use aws_sdk_organizations::Client;
use detective_onboarding::error::{AwsCode, CallError};
use detective_onboarding::model::account::AccountId;
use futures_util::{StreamExt, TryStreamExt, stream};

/// Reads of Organizations in flight at once; the service throttles early.
const CONCURRENT_READS: usize = 4;

/// As many as AWS allows.
const PAGE: i32 = 20;

/// The OUs of an organization.
#[derive(Debug, Default)]
pub(super) struct Units {
    /// The OU's path by its id, such as `Workloads/Prod`; for a root, its name.
    pub(super) paths: BTreeMap<String, String>,
    /// The root or OU that an account is in.
    pub(super) of_accounts: BTreeMap<AccountId, String>,
}

/// A root or an OU.
struct Unit {
    id: String,
    path: String,
    is_root: bool,
}

impl Units {
    /// Reads all OUs, and unless they are known the accounts in each.
    ///
    /// # Errors
    /// The first call's error. An OU that is deleted meanwhile has no accounts.
    pub(super) async fn read(client: &Client, with_accounts: bool) -> Result<Self, CallError> {
        let mut units = Self::default();
        let mut open = roots(client).await?;
        while !open.is_empty() {
            units.paths.extend(open.iter().map(|unit| (unit.id.clone(), unit.path.clone())));
            let read = async |unit: Unit| {
                let accounts = async {
                    match with_accounts {
                        true => accounts(client, &unit).await,
                        false => Ok(Vec::new()),
                    }
                };
                futures_util::try_join!(children(client, &unit), accounts)
            };
            let read: Vec<_> = stream::iter(std::mem::take(&mut open))
                .map(read)
                .buffer_unordered(CONCURRENT_READS)
                .try_collect()
                .await?;
            for (children, accounts) in read {
                open.extend(children);
                units.of_accounts.extend(accounts);
            }
        }
        Ok(units)
    }
}

async fn roots(client: &Client) -> Result<Vec<Unit>, CallError> {
    let mut roots = Vec::new();
    let mut pages = client.list_roots().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(CallError::of("ListRoots"))?;
        let root = |root: &aws_sdk_organizations::types::Root| {
            Some(Unit { id: root.id()?.to_owned(), path: clean(root.name().unwrap_or("Root")), is_root: true })
        };
        roots.extend(page.roots().iter().filter_map(root));
    }
    Ok(roots)
}

async fn children(client: &Client, parent: &Unit) -> Result<Vec<Unit>, CallError> {
    let mut children = Vec::new();
    let request = client.list_organizational_units_for_parent().parent_id(&parent.id).max_results(PAGE);
    let mut pages = request.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = match page.map_err(CallError::of("ListOrganizationalUnitsForParent")) {
            Err(error) if error.is(&AwsCode::ParentNotFoundException) => break,
            page => page?,
        };
        children.extend(page.organizational_units().iter().filter_map(|unit| {
            let (id, name) = (unit.id()?.to_owned(), clean(unit.name().unwrap_or(unit.id()?)));
            let path = if parent.is_root { name } else { format!("{}/{name}", parent.path) };
            Some(Unit { id, path, is_root: false })
        }));
    }
    Ok(children)
}

async fn accounts(client: &Client, parent: &Unit) -> Result<Vec<(AccountId, String)>, CallError> {
    let mut accounts = Vec::new();
    let request = client.list_accounts_for_parent().parent_id(&parent.id).max_results(PAGE);
    let mut pages = request.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = match page.map_err(CallError::of("ListAccountsForParent")) {
            Err(error) if error.is(&AwsCode::ParentNotFoundException) => break,
            page => page?,
        };
        let ids = page.accounts().iter().filter_map(|account| account.id()?.parse().ok());
        accounts.extend(ids.map(|id: AccountId| (id, parent.id.clone())));
    }
    Ok(accounts)
}
