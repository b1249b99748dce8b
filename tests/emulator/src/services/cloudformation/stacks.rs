//! Reading stacks.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::iam::permissions::RequiredAction;
use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::page::{page, with_token};
use crate::protocol::service::Command;
use crate::protocol::time::iso;
use crate::resources::id::hex;
use crate::resources::stack::{Stack, StackDescription};
use crate::world::state::State;

/// How many stacks a page has. AWS ends a page at 1 MB of text.
const PAGE: usize = 100;

/// What a call requires.
pub(super) fn required(command: &Command<'_>) -> RequiredAction {
    let (region, account) = (&command.caller.region, &command.caller.account);
    let resource = match command.input["StackName"].as_str() {
        Some(id) if id.starts_with("arn:") => id.to_owned(),
        Some(name) => format!("arn:aws:cloudformation:{region}:{account}:stack/{name}/*"),
        None => "*".to_owned(),
    };
    RequiredAction::new("cloudformation:DescribeStacks", resource)
}

fn id(stack: &StackDescription) -> String {
    let StackDescription { account, region, name, .. } = stack;
    let hex = hex(&format!("{account}/{region}/{name}"), 32);
    let uuid = format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    format!("arn:aws:cloudformation:{region}:{account}:stack/{name}/{uuid}")
}

pub(super) fn describe(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let wanted = input["StackName"].as_str();
    let is_wanted = |stack: &&Stack| {
        wanted.is_none_or(|wanted| stack.description.name == wanted || id(&stack.description) == wanted)
    };
    let stacks: Vec<&Stack> = state.stacks.of(&caller.account, &caller.region).filter(is_wanted).collect();
    let invalid = |message: String| AwsError::new("ValidationError", 400, message);
    if let Some(wanted) = wanted.filter(|_| stacks.is_empty()) {
        return Err(invalid(format!("Stack with id {wanted} does not exist")));
    }
    let (stacks, token) =
        page(stacks, |stack| stack.description.name.clone(), input, PAGE).map_err(|error| invalid(error.message))?;
    Ok(with_token(json!({"Stacks": stacks.into_iter().map(described).collect::<Vec<_>>()}), token))
}

fn described(stack: &Stack) -> Value {
    let Stack { description, created, updated } = stack;
    let pairs = |pairs: &BTreeMap<String, String>, key: &str, value: &str| -> Vec<Value> {
        pairs.iter().map(|(name, text)| json!({key: name, value: text})).collect()
    };
    let mut shown = json!({
        "StackId": id(description), "StackName": description.name, "CreationTime": iso(*created), "DisableRollback": false,
        "StackStatus": if updated.is_some() { "UPDATE_COMPLETE" } else { "CREATE_COMPLETE" },
        "Parameters": pairs(&description.parameters, "ParameterKey", "ParameterValue"),
        "Outputs": pairs(&description.outputs, "OutputKey", "OutputValue"),
    });
    if let Some(updated) = updated {
        shown["LastUpdatedTime"] = json!(iso(*updated));
    }
    shown
}
