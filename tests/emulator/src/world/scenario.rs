//! Scenarios: what the emulated cloud holds when it starts, as a YAML or JSON file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::resources::event_bus::{EventBus, EventRule};
use crate::resources::organization::{AccountStateField, FeatureSet};
use crate::resources::span::Span;
use crate::resources::trail::TrailScenario;
use crate::resources::volume::Volume;
use crate::world::faults::Fault;
use crate::world::timing::Timing;

/// What the emulated cloud holds when it starts.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Scenario {
    /// Decides every id that the emulator makes up, and the draws of faults with a probability.
    pub seed: u64,
    /// The virtual time at the start. Without it, the time at which the emulator starts.
    pub start_time: Option<DateTime<Utc>>,
    /// How long what AWS does in the background takes, in virtual time.
    pub timing: Timing,
    /// The organization.
    pub organization: Option<OrganizationScenario>,
    /// Accounts outside the organization.
    pub standalone: Vec<AccountScenario>,
    /// Behavior graphs that exist already.
    pub graphs: Vec<GraphScenario>,
    /// IAM roles that can be assumed.
    pub roles: Vec<RoleScenario>,
    /// Access keys whose signatures are checked. A key that is an account's twelve digits is not listed: it is that
    /// account's administrator with any secret.
    pub access_keys: Vec<AccessKeyScenario>,
    /// Amazon SQS queues, by ARN. Those of deployed stacks are beside them.
    pub queues: Vec<String>,
    /// Amazon S3 buckets: the name of each, and the account that may use it.
    pub buckets: BTreeMap<String, String>,
    /// Systems Manager parameters by name: the same in every account and Region.
    pub parameters: BTreeMap<String, String>,
    /// CloudTrail trails.
    pub trails: Vec<TrailScenario>,
    /// Event buses beside the default ones, and policies of any of them.
    pub event_buses: Vec<EventBus>,
    /// Rules on event buses, to look at: events are delivered by those of deployed stacks only.
    pub event_rules: Vec<EventRule>,
    /// Faults from the start.
    pub faults: Vec<Fault>,
}

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
    /// After how many pages of ListAccounts an empty page with a NextToken comes; 0 for never.
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

/// An account.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountScenario {
    /// Twelve digits.
    pub id: String,
    /// The root user's email address.
    pub email: String,
    /// The account's name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its state in Organizations. The default is ACTIVE.
    #[serde(default)]
    pub state: Option<String>,
    /// The OU it is in, as a path of names from the root such as `Workloads/Prod`; made if it is not there.
    #[serde(default)]
    pub ou: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Opt-in Regions that it has not switched on.
    #[serde(default)]
    pub disabled_regions: BTreeSet<String>,
    /// What Detective knows of its data volume.
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
}

fn default_domain() -> String {
    "example.com".to_owned()
}

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
    /// Whether accounts that join the organization are enabled by themselves.
    #[serde(default)]
    pub auto_enable: bool,
    /// The members.
    #[serde(default)]
    pub members: Vec<MemberScenario>,
    /// So many organization accounts more, the first by id that are not members yet, as ENABLED members.
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

/// A scenario that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioError(pub(crate) String);

impl fmt::Display for ScenarioError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the scenario cannot be used: {}", self.0)
    }
}

impl std::error::Error for ScenarioError {}

impl Scenario {
    /// Reads a scenario from YAML, or from JSON, which is YAML.
    ///
    /// # Errors
    /// The text is not a scenario; the error says where.
    pub fn from_yaml(text: &str) -> Result<Self, ScenarioError> {
        serde_saphyr::from_str(text).map_err(|error| ScenarioError(error.to_string()))
    }

    /// The JSON schema of scenario files.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Scenario).to_value()
    }
}
