//! Which Regions an account has switched on.
//!
//! <https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html>

use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::page::{page, with_token};
use crate::resources::region;
use crate::world::state::State;

const PAGE: usize = 50;

/// The account that a call is about: the caller's, or the one that the input names.
pub(super) fn subject(state: &State, caller: &Caller, input: &Value) -> Result<String, AwsError> {
    match input["AccountId"].as_str() {
        None => Ok(caller.account.clone()),
        Some(other) => of_other(state, caller, other),
    }
}

/// Another account is read by the management account only, with trusted access, and not its own.
fn of_other(state: &State, caller: &Caller, account: &str) -> Result<String, AwsError> {
    let may = state.organization.as_ref().is_some_and(|organization| {
        organization.management == caller.account
            && account != caller.account
            && organization.trusted_services.contains_key("account.amazonaws.com")
            && organization.contains(account)
    });
    let message = format!("User: {} is not authorized to perform this operation", caller.arn);
    if may { Ok(account.to_owned()) } else { Err(AwsError::access_denied(message)) }
}

pub(super) fn opt_status(state: &State, account: &str, input: &Value) -> Result<Value, AwsError> {
    let region = input["RegionName"].as_str().unwrap_or_default();
    Ok(json!({"RegionName": region, "RegionOptStatus": status(state, account, region)?}))
}

fn status(state: &State, account: &str, region: &str) -> Result<&'static str, AwsError> {
    match (region::ALWAYS.contains(&region), region::can_be_off(region)) {
        (true, _) => Ok("ENABLED_BY_DEFAULT"),
        (_, true) if state.is_region_disabled(account, region) => Ok("DISABLED"),
        (_, true) => Ok("ENABLED"),
        _ => Err(AwsError::new("ValidationException", 400, format!("{region} is not a Region"))),
    }
}

pub(super) fn list(state: &State, account: &str, input: &Value) -> Result<Value, AwsError> {
    let wanted = input["RegionOptStatusContains"].as_array();
    let mut names = [region::ALWAYS.as_slice(), region::OPT_IN.as_slice()].concat();
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
