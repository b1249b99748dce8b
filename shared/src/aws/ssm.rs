//! Calls to AWS Systems Manager.

use aws_config::SdkConfig;

use crate::aws::rest::{Call, call};
use crate::error::CallError;

/// Reads a parameter of Systems Manager, in the Region of the settings.
///
/// # Errors
/// The call's error, such as `ParameterNotFound`, or `IncompleteAnswer`.
pub async fn get_parameter(config: &SdkConfig, name: &str) -> Result<String, CallError> {
    const OPERATION: &str = "GetParameter";
    let headers = vec![("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "AmazonSSM.GetParameter")];
    let body = serde_json::json!({"Name": name, "WithDecryption": true}).to_string().into_bytes();
    let get = Call { service: "ssm", operation: OPERATION, method: "POST", path: "/".to_owned(), headers, body };
    let answer: serde_json::Value = serde_json::from_slice(&call(config, get).await?).unwrap_or_default();
    let value = answer["Parameter"]["Value"].as_str().map(str::to_owned);
    value.ok_or_else(|| CallError::incomplete_answer(OPERATION, "Systems Manager answered without a value"))
}
