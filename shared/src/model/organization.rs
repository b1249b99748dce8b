//! The organization, as far as the functions need it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::account::{AccountId, OrganizationAccount};
use crate::model::policy::Scope;

/// The organization's accounts, each with its scope by the policy.
pub type Organization = BTreeMap<AccountId, (OrganizationAccount, Scope)>;

/// The organization as it was read.
#[derive(Debug)]
pub struct ObservedOrganization {
    /// Its accounts.
    pub accounts: Organization,
    /// What could not be read of it.
    pub gaps: Gaps,
}

/// What could not be read of the organization, while the rest could.
#[derive(Debug, Default)]
pub struct Gaps {
    /// How many accounts were listed without an id.
    pub accounts_without_id: usize,
    /// The OUs that the policy names and that do not exist.
    pub missing_units: BTreeSet<String>,
}

impl Gaps {
    /// A sentence about each of them.
    pub fn warnings(&self) -> Vec<String> {
        let accounts = (self.accounts_without_id > 0).then(|| {
            format!(
                "Organizations listed {} accounts without an id: nothing is done about them",
                self.accounts_without_id
            )
        });
        accounts.into_iter().chain(self.units_warning()).collect()
    }

    fn units_warning(&self) -> Option<String> {
        const NAMED: usize = 5;
        let first: Vec<&str> = self.missing_units.iter().map(String::as_str).take(NAMED).collect();
        let names = first.join(", ");
        Some(match (first.len(), self.missing_units.len() - first.len()) {
            (0, _) => return None,
            (1, _) => format!(
                "the policy names {names}, which does not exist: its rule selects no account; take it out of the policy"
            ),
            (_, more) => {
                let more = if more == 0 { String::new() } else { format!(" and {more} more") };
                format!(
                    "the policy names OUs that do not exist ({names}{more}): their rules select no account; take them out of the \
                     policy"
                )
            }
        })
    }
}
