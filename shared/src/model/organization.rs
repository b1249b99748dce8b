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
        let unit = |unit: &String| {
            format!(
                "the policy names {unit}, which does not exist: its rule selects no account; take it out of the policy"
            )
        };
        accounts.into_iter().chain(self.missing_units.iter().map(unit)).collect()
    }
}
