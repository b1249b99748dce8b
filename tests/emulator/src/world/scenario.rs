//! Scenarios: what the emulated cloud holds when it starts, as a YAML or JSON file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::services::cloudtrail::operations::TrailScenario;
use crate::services::events::rules::{EventBus, EventRule};
use crate::world::faults::Fault;

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

/// How long what AWS does in the background takes, in virtual time.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Timing {
    /// From CreateAccount to its result.
    pub account_creation: Span,
    /// From CreateMembers to INVITED or VERIFICATION_FAILED.
    pub verification: Span,
    /// From AcceptInvitation until Detective has checked the data volume. Meanwhile the member is
    /// ACCEPTED_BUT_DISABLED with VOLUME_UNKNOWN.
    pub enabling: Span,
    /// For how long after an account was created CreateMembers answers InternalServerException for it.
    pub new_account_settling: Span,
    /// From CloseAccount to SUSPENDED.
    pub account_closure: Span,
    /// From SUSPENDED to the account's end: it leaves the organization for good.
    pub account_purge: Span,
    /// From an account's leaving to its removal from organization graphs.
    pub departure: Span,
    /// From a write to the time at which reads show it.
    pub visibility: Span,
    /// From StartInvestigation to its result.
    pub investigation: Span,
}

impl Default for Timing {
    fn default() -> Self {
        let seconds = |count| Span(TimeDelta::seconds(count));
        Self {
            account_creation: seconds(60),
            verification: seconds(120),
            enabling: seconds(60),
            new_account_settling: seconds(0),
            account_closure: seconds(60),
            // <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-closing.html>: the post-closure period.
            account_purge: Span(TimeDelta::days(90)),
            departure: seconds(300),
            visibility: seconds(0),
            investigation: seconds(300),
        }
    }
}

/// A span of time, written like `90s`, `10m` or `1h 30m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span(pub TimeDelta);

/// Longer spans would lead out of the calendar.
const LONGEST: TimeDelta = TimeDelta::days(36_525);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let span =
            humantime::parse_duration(text).map_err(|error| format!("{text:?} is not a span such as 90s: {error}"))?;
        let span = TimeDelta::from_std(span).ok().filter(|span| *span <= LONGEST);
        span.map(Span).ok_or_else(|| format!("{text:?} is longer than a hundred years"))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_duration(self.0.to_std().unwrap_or_default()))
    }
}

impl JsonSchema for Span {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "examples": ["90s", "10m", "1h 30m"]})
    }
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

/// What an organization is used for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FeatureSet {
    /// Everything.
    #[default]
    All,
    /// Nothing but one bill.
    ConsolidatedBilling,
}

/// Which members say where an account is in its life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AccountStateField {
    /// State and Status.
    #[default]
    Both,
    /// State only.
    State,
    /// Status only.
    Status,
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

/// What Detective knows of an account's data volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Volume {
    /// So many bytes a day.
    Known(u64),
    /// Nothing, usually because the account is not enrolled in GuardDuty.
    Unknown,
    /// Nothing until this long after the start; then one gigabyte a day.
    UnknownUntil(TimeDelta),
}

impl Default for Volume {
    fn default() -> Self {
        Self::Known(1_000_000_000)
    }
}

impl Volume {
    const EXPECTED: &str = "\"unknown\", \"high\", \"unknown for <span>\" or a size such as \"12GB\"";
}

impl FromStr for Volume {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "unknown" => return Ok(Self::Unknown),
            // More than a graph may take in, alone.
            "high" => return Ok(Self::Known(11_000_000_000_000)),
            _ => {}
        }
        if let Some(span) = text.strip_prefix("unknown for ") {
            return Ok(Self::UnknownUntil(span.parse::<Span>()?.0));
        }
        let units = [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000)];
        let parsed = units.iter().find_map(|(unit, factor)| {
            let count: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
            count.checked_mul(*factor)
        });
        parsed.map(Self::Known).ok_or_else(|| format!("{text:?} is not {}", Self::EXPECTED))
    }
}

impl<'de> Deserialize<'de> for Volume {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Volume {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Volume".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "description": Self::EXPECTED, "examples": ["unknown", "12GB"]})
    }
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
