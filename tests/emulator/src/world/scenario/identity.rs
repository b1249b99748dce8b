//! Roles and access keys of a scenario.

use schemars::JsonSchema;
use serde::Deserialize;

/// A role that can be assumed, in one or several accounts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleScenario {
    /// The role's name.
    pub name: String,
    /// The accounts that have it; none means all accounts of the scenario.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// The trust policy, as an IAM policy document.
    pub trust: serde_json::Value,
}

/// An access key whose signatures are checked.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessKeyScenario {
    /// The access key id.
    pub id: String,
    /// The secret access key.
    pub secret: String,
    /// The account that it belongs to.
    pub account: String,
}
