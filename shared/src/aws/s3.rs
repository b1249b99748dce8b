//! Calls to Amazon S3.

use aws_config::SdkConfig;

use crate::aws::rest::{Call, call};
use crate::error::{AwsCode, CallError};

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
        Err(error) if error.is(&AwsCode::NoSuchKey) => Ok(None),
        Err(error) => Err(error),
    }
}
