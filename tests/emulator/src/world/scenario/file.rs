//! The scenario file as a whole.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::resources::bucket::BucketScenario;
use crate::resources::event_bus::{EventBus, EventRule};
use crate::resources::member::Joining;
use crate::resources::member_limit::MemberLimitCounts;
use crate::resources::too_much_data::TooMuchData;
use crate::resources::trail::TrailScenario;
use crate::world::fault::Fault;
use crate::world::scenario::account::AccountScenario;
use crate::world::scenario::error::ScenarioError;
use crate::world::scenario::graph::GraphScenario;
use crate::world::scenario::identity::{AccessKeyScenario, RoleScenario};
use crate::world::scenario::organization::OrganizationScenario;
use crate::world::timing::Timing;

/// What the emulated cloud holds when it starts.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Scenario {
    /// Every id that the emulator makes up depends on it, and so do the draws of faults with a probability.
    pub seed: u64,
    /// The virtual time at the start. Without it, the time at which the emulator starts.
    pub start_time: Option<DateTime<Utc>>,
    /// How long what AWS does in the background takes, in virtual time.
    pub timing: Timing,
    /// Which members count for a graph's limit of 1,200 when more are created: `enabled` or `members`.
    pub member_limit_counts: MemberLimitCounts,
    /// What an invited member of the organization's graph becomes when its account joins the organization.
    pub joining: Joining,
    /// Whether StartMonitoringMember changes a member's UpdatedTime although it does not enable it.
    pub start_moves_updated_time: bool,
    /// What becomes of an account in CreateMembers whose data would be too much for the graph.
    pub too_much_data: TooMuchData,
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
    /// Amazon SNS topics: the ARN of each, and its policy as an IAM policy document. Those of deployed stacks are beside them.
    pub topics: BTreeMap<String, Value>,
    /// Amazon S3 buckets: the name of each, and the account that it belongs to; or that, its Region and its policy.
    pub buckets: BTreeMap<String, BucketScenario>,
    /// Systems Manager parameters, by ARN: the value of each.
    pub parameters: BTreeMap<String, String>,
    /// Lambda's quota of concurrent executions in each Region, by account. Without one, it is 1,000; new accounts have less.
    pub lambda_concurrency: BTreeMap<String, u64>,
    /// The entries of one PutEvents must have less than so many bytes together. AWS's documents have 256 KB, which is the default
    /// here, and 1 MB.
    pub event_entry_bytes: Option<usize>,
    /// CloudTrail trails.
    pub trails: Vec<TrailScenario>,
    /// Event buses beside the default ones, and policies of any of them.
    pub event_buses: Vec<EventBus>,
    /// Rules on event buses. They can be read, and deliver nothing: only rules of deployed stacks do.
    pub event_rules: Vec<EventRule>,
    /// Faults from the start.
    pub faults: Vec<Fault>,
}

impl Scenario {
    /// Reads a scenario from YAML, or from JSON, which is YAML.
    ///
    /// # Errors
    /// The text is not a scenario; the error names the line.
    pub fn from_yaml(text: &str) -> Result<Self, ScenarioError> {
        serde_saphyr::from_str(text).map_err(|error| ScenarioError(error.to_string()))
    }

    /// The JSON schema of scenario files.
    pub fn json_schema() -> Value {
        schemars::schema_for!(Scenario).to_value()
    }
}
