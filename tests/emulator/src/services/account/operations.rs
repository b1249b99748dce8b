//! Account Management: which Regions an account has switched on.
//!
//! <https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html>

use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::page::{page, with_token};
use crate::world::state::State;

/// Regions that every account has.
const ALWAYS: [&str; 17] = [
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

/// Regions that an account switches on. Here they are on unless the scenario says otherwise; at AWS they are off.
const OPT_IN: [&str; 16] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
];

const PAGE: usize = 50;

/// Whether a Region can be switched off.
pub(crate) fn can_be_off(region: &str) -> bool {
    OPT_IN.contains(&region)
}

fn is_off(state: &State, account: &str, region: &str) -> bool {
    state.disabled_regions.get(account).is_some_and(|regions| regions.contains(region))
}

/// The caller, unless its account has switched the Region off: there, its credentials are not known.
pub(crate) fn admitted(state: &State, caller: Caller) -> Result<Caller, AwsError> {
    if is_off(state, &caller.account, &caller.region) {
        let message = "The security token included in the request is invalid.";
        return Err(AwsError::new("UnrecognizedClientException", 403, message));
    }
    Ok(caller)
}

/// Answers an operation whose input is valid by the model.
pub(crate) fn answer(state: &mut State, caller: &Caller, operation: &str, input: &Value) -> Result<Value, AwsError> {
    let account = match input["AccountId"].as_str() {
        None => caller.account.clone(),
        Some(other) => of_other(state, caller, other)?,
    };
    match operation {
        "ListRegions" => list(state, &account, input),
        "GetRegionOptStatus" => {
            let region = input["RegionName"].as_str().unwrap_or_default();
            Ok(json!({"RegionName": region, "RegionOptStatus": status(state, &account, region)?}))
        }
        other => Err(AwsError::not_implemented(&format!("account:{other}"))),
    }
}

/// Another account is asked about by the management account, with trusted access, and never about itself.
fn of_other(state: &State, caller: &Caller, account: &str) -> Result<String, AwsError> {
    let may = state.organization.as_ref().is_some_and(|organization| {
        organization.management == caller.account
            && account != caller.account
            && organization.trusted_services.contains("account.amazonaws.com")
            && organization.places.contains_key(account)
    });
    let message = format!("User: {} is not authorized to perform this operation", caller.arn);
    if may { Ok(account.to_owned()) } else { Err(AwsError::access_denied(message)) }
}

fn status(state: &State, account: &str, region: &str) -> Result<&'static str, AwsError> {
    match (ALWAYS.contains(&region), can_be_off(region)) {
        (true, _) => Ok("ENABLED_BY_DEFAULT"),
        (_, true) if is_off(state, account, region) => Ok("DISABLED"),
        (_, true) => Ok("ENABLED"),
        _ => Err(AwsError::new("ValidationException", 400, format!("{region} is not a Region"))),
    }
}

fn list(state: &State, account: &str, input: &Value) -> Result<Value, AwsError> {
    let wanted = input["RegionOptStatusContains"].as_array();
    let mut names = [ALWAYS.as_slice(), OPT_IN.as_slice()].concat();
    names.sort_unstable();
    let mut regions = Vec::new();
    for name in names {
        let status = status(state, account, name)?;
        if wanted.is_none_or(|wanted| wanted.iter().any(|wanted| wanted == status)) {
            regions.push(json!({"RegionName": name, "RegionOptStatus": status}));
        }
    }
    let invalid = |error: AwsError| AwsError::new("ValidationException", 400, error.message);
    let (regions, token) =
        page(regions, |region: &Value| region["RegionName"].to_string(), input, PAGE).map_err(invalid)?;
    Ok(with_token(json!({"Regions": regions}), token))
}
