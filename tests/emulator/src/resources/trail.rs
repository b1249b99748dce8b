//! CloudTrail trails.

use schemars::JsonSchema;
use serde::Deserialize;

/// A CloudTrail trail.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrailScenario {
    /// Its name.
    pub name: String,
    /// The account that it belongs to.
    pub account: String,
    /// Its home Region.
    #[serde(default = "home")]
    pub region: String,
    /// Whether it records in all Regions.
    #[serde(default = "yes")]
    pub multi_region: bool,
    /// Whether it records in all accounts of the organization.
    #[serde(default)]
    pub organization: bool,
    /// Whether its logging is on.
    #[serde(default = "yes")]
    pub logging: bool,
    /// Which management events it records.
    #[serde(default)]
    pub management_events: ManagementEvents,
    /// Whether it has advanced event selectors, and not basic ones.
    #[serde(default)]
    pub advanced_selectors: bool,
}

/// Which management events a trail records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ManagementEvents {
    /// All of them.
    #[default]
    All,
    /// Those of calls that change something.
    WriteOnly,
    /// Those of calls that change nothing.
    ReadOnly,
    /// None.
    None,
}

fn home() -> String {
    "us-east-1".to_owned()
}

fn yes() -> bool {
    true
}

impl TrailScenario {
    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:cloudtrail:{}:{}:trail/{}", self.region, self.account, self.name)
    }
}
