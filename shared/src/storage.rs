//! Calls to Amazon S3 and to AWS Systems Manager.

use aws_config::SdkConfig;

use crate::error::CallError;
use crate::wire::{Call, call};

/// Puts an object in a bucket, in the Region of the settings.
///
/// # Errors
/// The call's error.
pub async fn put_object(
    config: &SdkConfig,
    bucket: &str,
    key: &str,
    content_type: &'static str,
    body: Vec<u8>,
) -> Result<(), CallError> {
    let headers = vec![("content-type", content_type)];
    let path = format!("/{bucket}/{key}");
    let put = Call { service: "s3", operation: "PutObject", method: "PUT", path, headers, body };
    call(config, put).await.map(|_| ())
}

/// Reads an object of a bucket; `None` if there is none of that key.
///
/// # Errors
/// The call's error.
pub async fn get_object(config: &SdkConfig, bucket: &str, key: &str) -> Result<Option<Vec<u8>>, CallError> {
    let path = format!("/{bucket}/{key}");
    let (headers, body) = (Vec::new(), Vec::new());
    let get = Call { service: "s3", operation: "GetObject", method: "GET", path, headers, body };
    match call(config, get).await {
        Ok(body) => Ok(Some(body)),
        Err(error) if error.code == "NoSuchKey" => Ok(None),
        Err(error) => Err(error),
    }
}

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
    value.ok_or_else(|| CallError::new(OPERATION, "IncompleteAnswer", "Systems Manager answered without a value"))
}
