//! Calls to AWS Systems Manager.

use aws_config::SdkConfig;
use aws_runtime::auth::SigningOptions;

use crate::aws::signed_call::{Call, Service, call, endpoint};
use crate::error::CallError;

const SSM: Service = Service { id: "SSM", signing_name: "ssm", signing_options: SigningOptions::default };

/// Reads a parameter of Systems Manager, in the Region of the settings.
///
/// # Errors
/// The call's error, such as `ParameterNotFound`, or `IncompleteAnswer`.
pub async fn get_parameter(config: &SdkConfig, name: &str) -> Result<String, CallError> {
    const OPERATION: &str = "GetParameter";
    let endpoint = endpoint(config, &SSM, OPERATION)?.url("ssm");
    let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "AmazonSSM.GetParameter")];
    let headers = headers.map(|(name, value)| (name, value.into())).into();
    let body = serde_json::json!({"Name": name, "WithDecryption": true}).to_string().into_bytes();
    let get = Call { operation: OPERATION, method: "POST", endpoint, path: "/".to_owned(), headers, body };
    let response: serde_json::Value = serde_json::from_slice(&call(config, &SSM, get).await?.body).unwrap_or_default();
    let value = response["Parameter"]["Value"].as_str().map(str::to_owned);
    value.ok_or_else(|| CallError::incomplete_answer(OPERATION, "Systems Manager answered without a value"))
}
