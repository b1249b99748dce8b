//! CloudTrail: trails, to look at. <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/Welcome.html>

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::world::state::State;

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
    fn arn(&self) -> String {
        format!("arn:aws:cloudtrail:{}:{}:trail/{}", self.region, self.account, self.name)
    }

    /// Whether an account sees it: as its own, or as its organization's.
    fn seen_by(&self, state: &State, account: &str) -> bool {
        let of_organization = |organization: &crate::services::organizations::Organization| {
            organization.places.contains_key(&self.account) && organization.places.contains_key(account)
        };
        self.account == account || (self.organization && state.organization.as_ref().is_some_and(of_organization))
    }
}

/// Answers an operation whose input is valid by the model.
pub(crate) fn answer(state: &mut State, caller: &Caller, operation: &str, input: &Value) -> Result<Value, AwsError> {
    match operation {
        "DescribeTrails" => Ok(describe(state, caller, input)),
        "GetTrailStatus" => status(state, caller, input),
        "GetEventSelectors" => selectors(state, caller, input),
        other => Err(AwsError::not_implemented(&format!("cloudtrail:{other}"))),
    }
}

fn describe(state: &State, caller: &Caller, input: &Value) -> Value {
    let named: Vec<&str> = input["trailNameList"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    // Shadow trails: replications of trails from other Regions, and of the organization's trails.
    let shadows = input["includeShadowTrails"] != false;
    let shown = |trail: &&TrailScenario| {
        let here = trail.region == caller.region && trail.account == caller.account;
        let shadow = shadows && (trail.multi_region || trail.region == caller.region);
        let wanted = named.is_empty() || named.contains(&trail.name.as_str()) || named.contains(&trail.arn().as_str());
        wanted && trail.seen_by(state, &caller.account) && (here || shadow)
    };
    let trail = |trail: &TrailScenario| {
        json!({
            "Name": trail.name, "TrailARN": trail.arn(), "HomeRegion": trail.region,
            "IsMultiRegionTrail": trail.multi_region, "IsOrganizationTrail": trail.organization,
            "IncludeGlobalServiceEvents": true, "LogFileValidationEnabled": true, "HasInsightSelectors": false,
            "HasCustomEventSelectors": trail.advanced_selectors || trail.management_events != ManagementEvents::All,
            "S3BucketName": format!("{}-{}", trail.name, trail.account),
        })
    };
    json!({"trailList": state.trails.iter().filter(shown).map(trail).collect::<Vec<_>>()})
}

/// The trail of that name, in its home Region, or of that ARN, anywhere.
fn named<'a>(state: &'a State, caller: &Caller, name: &str) -> Result<&'a TrailScenario, AwsError> {
    let is = |trail: &&TrailScenario| {
        let short = trail.name == name && trail.account == caller.account && trail.region == caller.region;
        (short || trail.arn() == name) && trail.seen_by(state, &caller.account)
    };
    let message = format!("Unknown trail: {name} for the user: {}", caller.account);
    state.trails.iter().find(is).ok_or_else(|| AwsError::new("TrailNotFoundException", 400, message))
}

fn status(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let trail = named(state, caller, input["Name"].as_str().unwrap_or_default())?;
    Ok(json!({"IsLogging": trail.logging}))
}

fn selectors(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let trail = named(state, caller, input["TrailName"].as_str().unwrap_or_default())?;
    let arn = trail.arn();
    if !trail.advanced_selectors {
        let kind = match trail.management_events {
            ManagementEvents::All | ManagementEvents::None => "All",
            ManagementEvents::WriteOnly => "WriteOnly",
            ManagementEvents::ReadOnly => "ReadOnly",
        };
        let selector = json!({
            "ReadWriteType": kind, "IncludeManagementEvents": trail.management_events != ManagementEvents::None,
            "DataResources": [], "ExcludeManagementEventSources": []
        });
        return Ok(json!({"TrailARN": arn, "EventSelectors": [selector]}));
    }
    let category = |category: &str| json!({"Field": "eventCategory", "Equals": [category]});
    let read_only = |value: &str| json!({"Field": "readOnly", "Equals": [value]});
    let fields = match trail.management_events {
        ManagementEvents::All => json!([category("Management")]),
        ManagementEvents::WriteOnly => json!([category("Management"), read_only("false")]),
        ManagementEvents::ReadOnly => json!([category("Management"), read_only("true")]),
        ManagementEvents::None => {
            json!([category("Data"), {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}])
        }
    };
    Ok(json!({"TrailARN": arn, "AdvancedEventSelectors": [{"Name": "selector", "FieldSelectors": fields}]}))
}
