//! Reading and writing parameters of the caller's account in the caller's Region.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html>

use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::text;
use crate::protocol::time::epoch;
use crate::resources::parameter::{ParameterKey, Version, key};
use crate::resources::region::partition;
use crate::world::state::State;

/// The longest value of a parameter of the standard tier, in characters.
const LONGEST: usize = 4096;

/// The parameter that a call names, by its name or its ARN, and what selects a version: a number or a label.
pub(super) fn named(caller: &Caller, input: &Value) -> (ParameterKey, Option<String>) {
    let wanted = text(input, "Name");
    let parts: Vec<&str> = wanted.splitn(6, ':').collect();
    let (account, region, wanted) = match parts[..] {
        ["arn", _, "ssm", region, account, resource] => (account, region, resource.trim_start_matches("parameter")),
        _ => (caller.account.as_str(), caller.region.as_str(), wanted.as_str()),
    };
    let (name, selector) = wanted.split_once(':').map_or((wanted, None), |(name, selector)| (name, Some(selector)));
    (key(account, region, name), selector.map(str::to_owned))
}

pub(super) fn arn((account, region, name): &ParameterKey) -> String {
    format!("arn:{}:ssm:{region}:{account}:parameter/{name}", partition(region))
}

pub(super) fn get(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let (key, selector) = named(caller, input);
    // Another account's parameter is read by its ARN if it is shared, which is not emulated.
    let own = key.0 == caller.account && key.1 == caller.region;
    let found = state.parameters.0.get(&key).filter(|_| own);
    let parameter = found.ok_or_else(|| AwsError::new("ParameterNotFound", 400, ""))?;
    let number = match &selector {
        None => Some(parameter.versions.len()),
        Some(selector) => selector.parse::<usize>().ok(),
    };
    let version = number.and_then(|number| Some((number, parameter.versions.get(number.checked_sub(1)?)?)));
    let (number, version) = version.ok_or_else(|| {
        let message =
            format!("Systems Manager could not find version {} of {}.", selector.clone().unwrap_or_default(), key.2);
        AwsError::new("ParameterVersionNotFound", 400, message)
    })?;
    let mut shown = json!({
        "Name": parameter.name, "Type": version.kind, "Value": version.value, "Version": number, "DataType": "text",
        "ARN": arn(&key), "LastModifiedDate": epoch(version.modified),
    });
    if let Some(selector) = selector {
        shown["Selector"] = format!(":{selector}").into();
    }
    Ok(json!({ "Parameter": shown }))
}

pub(super) fn put(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let (name, value) = (text(input, "Name"), text(input, "Value"));
    let invalid = |message: &str| Err(AwsError::new("ValidationException", 400, message));
    let letters = |letter: char| letter.is_ascii_alphanumeric() || "_.-/".contains(letter);
    let lower = name.trim_start_matches('/').to_ascii_lowercase();
    if !name.chars().all(letters) || lower.starts_with("aws") || lower.starts_with("ssm") {
        return invalid(
            "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It can use only a mix of \
            letters, numbers, and the symbols .-_/",
        );
    }
    if name.contains('/') && !name.starts_with('/') {
        return invalid("Parameter name must be a fully qualified name.");
    }
    if value.is_empty() || value.chars().count() > LONGEST {
        return invalid("Standard tier parameters support a parameter value of 1 to 4096 characters.");
    }
    let now = state.now();
    let key = key(&caller.account, &caller.region, &name);
    let existing = state.parameters.0.get(&key).and_then(|parameter| parameter.versions.last());
    if existing.is_some() && input["Overwrite"] != true {
        let message =
            "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
        return Err(AwsError::new("ParameterAlreadyExists", 400, message));
    }
    let kind = match (input["Type"].as_str(), existing) {
        // Without its key, the value could not be encrypted.
        (Some("SecureString"), _) => return Err(AwsError::not_implemented("a SecureString of ssm:PutParameter")),
        (Some(kind), _) => kind.to_owned(),
        (None, Some(existing)) => existing.kind.clone(),
        (None, None) => return invalid("A parameter type is required when you create a parameter."),
    };
    let version = Version { kind, value, modified: now };
    let number = state.parameters.put(&caller.account, &caller.region, &name, version);
    Ok(json!({"Version": number, "Tier": "Standard"}))
}
