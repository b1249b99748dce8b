//! What is set up for an account besides its graphs: Systems Manager parameters, and which Regions it has enabled.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::auth::Caller;
use crate::error::AwsError;
use crate::state::State;

/// The commercial Regions that an account has without opting in, and those that it must opt into.
/// <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html>
const BY_DEFAULT: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];
const OPT_IN: [&str; 8] = [
    "af-south-1",
    "ap-east-1",
    "ap-southeast-3",
    "eu-central-2",
    "eu-south-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
];

/// Settings that calls read.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// Systems Manager parameters by name, the same in every account and Region.
    pub(crate) parameters: BTreeMap<String, String>,
    /// Opt-in Regions that every account has enabled.
    pub(crate) opted_in: BTreeSet<String>,
}

/// AWS Systems Manager: GetParameter.
pub(crate) fn parameter(state: &State, operation: &str, input: &Value) -> Result<Value, AwsError> {
    if operation != "GetParameter" {
        return Err(AwsError::not_implemented(&format!("ssm:{operation}")));
    }
    let name = input["Name"].as_str().unwrap_or_default();
    let value = state.settings.parameters.get(name).ok_or_else(|| AwsError::new("ParameterNotFound", 400, ""))?;
    Ok(json!({"Parameter": {"Name": name, "Type": "String", "Value": value, "Version": 1, "DataType": "text"}}))
}

/// AWS Account Management: ListRegions, of the caller's own account.
pub(crate) fn account(state: &State, _: &Caller, operation: &str, input: &Value) -> Result<Value, AwsError> {
    if operation != "ListRegions" {
        return Err(AwsError::not_implemented(&format!("account:{operation}")));
    }
    let status = |region: &str| if state.settings.opted_in.contains(region) { "ENABLED" } else { "DISABLED" };
    let regions = BY_DEFAULT.map(|region| (region, "ENABLED_BY_DEFAULT"));
    let mut regions: Vec<_> = regions.into_iter().chain(OPT_IN.map(|region| (region, status(region)))).collect();
    regions.sort_unstable();
    if let Some(wanted) = input["RegionOptStatusContains"].as_array() {
        regions.retain(|(_, status)| wanted.iter().any(|wanted| wanted == status));
    }
    let size = input["MaxResults"].as_u64().and_then(|size| usize::try_from(size).ok()).unwrap_or(20).clamp(1, 50);
    let from = input["NextToken"].as_str().and_then(|token| token.parse().ok()).unwrap_or(0).min(regions.len());
    let end = (from + size).min(regions.len());
    let page: Vec<Value> = regions[from..end]
        .iter()
        .map(|(region, status)| json!({"RegionName": region, "RegionOptStatus": status}))
        .collect();
    let mut answer = json!({ "Regions": page });
    if end < regions.len() {
        answer["NextToken"] = json!(end.to_string());
    }
    Ok(answer)
}
