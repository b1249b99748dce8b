//! AWS Systems Manager: GetParameter.

use serde_json::{Value, json};

use crate::protocol::error::AwsError;
use crate::world::state::State;

/// Answers a call.
pub(crate) fn answer(state: &State, operation: &str, input: &Value) -> Result<Value, AwsError> {
    if operation != "GetParameter" {
        return Err(AwsError::not_implemented(&format!("ssm:{operation}")));
    }
    let name = input["Name"].as_str().unwrap_or_default();
    let value = state.parameters.get(name).ok_or_else(|| AwsError::new("ParameterNotFound", 400, ""))?;
    Ok(json!({"Parameter": {"Name": name, "Type": "String", "Value": value, "Version": 1, "DataType": "text"}}))
}
