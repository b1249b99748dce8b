//! The organization of a scenario.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::resources::organization::{AccountStateField, FeatureSet};
use crate::world::scenario::account::{AccountScenario, GeneratedAccounts};

/// The organization.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OrganizationScenario {
    /// Its id, `o-` and ten to 32 characters.
    pub id: String,
    /// The account that manages it.
    pub management_account: AccountScenario,
    /// Its other accounts.
    #[serde(default)]
    pub accounts: Vec<AccountScenario>,
    /// More accounts, made up.
    #[serde(default)]
    pub generate: Vec<GeneratedAccounts>,
    /// Accounts that administer a service for the organization.
    #[serde(default)]
    pub delegated_administrators: Vec<DelegatedAdministrator>,
    /// Services that have trusted access, beside those that an account administers.
    #[serde(default)]
    pub trusted_services: BTreeSet<String>,
    /// What the organization is used for.
    #[serde(default)]
    pub feature_set: FeatureSet,
    /// Whether accounts are described with State, with Status, or, as now at AWS, with both.
    #[serde(default)]
    pub account_state_field: AccountStateField,
    /// After how many pages of ListAccounts there is an empty page with a NextToken; 0 for never.
    #[serde(default = "default_empty_pages")]
    pub empty_page_after: usize,
}

fn default_empty_pages() -> usize {
    3
}

/// An account that administers a service for the organization.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DelegatedAdministrator {
    /// The account.
    pub account: String,
    /// The service principal, such as `detective.amazonaws.com`.
    pub service: String,
}
