//! Accounts of a scenario.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::resources::span::Span;
use crate::resources::volume::Volume;

/// An account.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountScenario {
    /// Twelve digits.
    pub id: String,
    /// The root user's email address. If it is empty, Organizations answers without one.
    pub email: String,
    /// The account's name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its state in Organizations. The default is ACTIVE.
    #[serde(default)]
    pub state: Option<String>,
    /// How long before the start it was created. Without it, a year; an account that is PENDING_ACTIVATION, or whose volume is
    /// unknown for a time, is created at the start.
    #[serde(default)]
    pub age: Option<Span>,
    /// The OU it is in, as a path of names from the root such as `Workloads/Prod`; made if it does not exist.
    #[serde(default)]
    pub ou: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Opt-in Regions that it has not switched on.
    #[serde(default)]
    pub disabled_regions: BTreeSet<String>,
    /// Its data volume, as far as Detective knows it.
    #[serde(default)]
    pub volume: Volume,
    /// Whether Detective's verification of an invitation fails, as for an account whose root email address is another
    /// one than the inviter gave.
    #[serde(default)]
    pub fails_verification: bool,
}

/// Accounts that are made up: consecutive ids, and `account-<n>@<domain>` as email addresses.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GeneratedAccounts {
    /// How many.
    pub count: u64,
    /// The first one's id.
    pub first_id: String,
    /// The domain of their email addresses.
    #[serde(default = "default_domain")]
    pub email_domain: String,
    /// The OU they are in.
    #[serde(default)]
    pub ou: Option<String>,
    /// The data volume of each.
    #[serde(default)]
    pub volume: Volume,
}

fn default_domain() -> String {
    "example.com".to_owned()
}
