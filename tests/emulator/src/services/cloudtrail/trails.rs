//! Reading trails. <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/Welcome.html>

use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::texts;
use crate::resources::organization::Organization;
use crate::resources::trail::{ManagementEvents, TrailScenario};
use crate::world::state::State;

/// Whether an account sees a trail: as its own, or as its organization's.
fn is_visible(state: &State, trail: &TrailScenario, account: &str) -> bool {
    let shared = |organization: &Organization| organization.contains(&trail.account) && organization.contains(account);
    trail.account == account || (trail.organization && state.organization.as_ref().is_some_and(shared))
}

pub(super) fn describe(state: &State, caller: &Caller, input: &Value) -> Value {
    let named: Vec<&str> = texts(input, "trailNameList").collect();
    // Shadow trails: replications of trails from other Regions, and of the organization's trails.
    let shadows = input["includeShadowTrails"] != false;
    let shown = |trail: &&TrailScenario| {
        let here = trail.region == caller.region && trail.account == caller.account;
        let shadow = shadows && (trail.multi_region || trail.region == caller.region);
        let wanted = named.is_empty() || named.contains(&trail.name.as_str()) || named.contains(&trail.arn().as_str());
        wanted && is_visible(state, trail, &caller.account) && (here || shadow)
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
        (short || trail.arn() == name) && is_visible(state, trail, &caller.account)
    };
    let message = format!("Unknown trail: {name} for the user: {}", caller.account);
    state.trails.iter().find(is).ok_or_else(|| AwsError::new("TrailNotFoundException", 400, message))
}

pub(super) fn status(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let trail = named(state, caller, input["Name"].as_str().unwrap_or_default())?;
    Ok(json!({"IsLogging": trail.logging}))
}

pub(super) fn selectors(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
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
