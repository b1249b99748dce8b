//! Behavior graphs of a scenario.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::resources::packages::{OptionalPackage, PackageState};
use crate::resources::span::Span;

/// A behavior graph in each of some Regions.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GraphScenario {
    /// The administrator account.
    pub administrator: String,
    /// The Regions; every one gets a graph with the same members.
    pub regions: Vec<String>,
    /// Whether the administrator is the organization's Detective administrator in these Regions.
    #[serde(default)]
    pub organization: bool,
    /// Whether accounts that join the organization are enabled automatically.
    #[serde(default)]
    pub auto_enable: bool,
    /// The states of data source packages, where they are others than a new graph has: there, since 2023-05-16, all are STARTED.
    #[serde(default)]
    pub packages: BTreeMap<OptionalPackage, PackageState>,
    /// The members.
    #[serde(default)]
    pub members: Vec<MemberScenario>,
    /// How many more organization accounts are ENABLED members: the first by id that are not members yet.
    #[serde(default)]
    pub enabled_accounts: usize,
}

/// A member of a behavior graph.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberScenario {
    /// The member account.
    pub account: String,
    /// Its status. The default is ENABLED.
    #[serde(default)]
    pub status: Option<String>,
    /// VOLUME_UNKNOWN or VOLUME_TOO_HIGH, for a member that is ACCEPTED_BUT_DISABLED.
    #[serde(default)]
    pub disabled_reason: Option<String>,
    /// The email address that it was invited with, if not its own.
    #[serde(default)]
    pub email: Option<String>,
    /// How long before the start its status last changed.
    #[serde(default)]
    pub age: Span,
}
