//! Calls to Amazon S3.

use aws_config::SdkConfig;
use aws_runtime::auth::SigningOptions;
use aws_smithy_http::label::{EncodingStrategy, fmt_string};

use crate::aws::signed_call::{Call, Endpoint, Service, call, endpoint, misconfigured};
use crate::error::{AwsCode, CallError};

/// S3 signs paths as they are sent, and the body's hash in a header.
const S3: Service = Service {
    id: "S3",
    signing_name: "s3",
    signing_options: || {
        let mut options = SigningOptions::default();
        options.double_uri_encode = false;
        options.normalize_uri_path = false;
        options.content_sha256_header = true;
        options
    },
};

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
    const OPERATION: &str = "PutObject";
    let (endpoint, path) = object_url(&endpoint(config, &S3, OPERATION)?, bucket, key, OPERATION)?;
    let headers = vec![("content-type", content_type)];
    call(config, &S3, Call { operation: OPERATION, method: "PUT", endpoint, path, headers, body }).await.map(|_| ())
}

/// Reads an object of a bucket; `None` if there is none of that key.
///
/// # Errors
/// The call's error.
pub async fn get_object(config: &SdkConfig, bucket: &str, key: &str) -> Result<Option<Vec<u8>>, CallError> {
    const OPERATION: &str = "GetObject";
    let (endpoint, path) = object_url(&endpoint(config, &S3, OPERATION)?, bucket, key, OPERATION)?;
    let (headers, body) = (Vec::new(), Vec::new());
    match call(config, &S3, Call { operation: OPERATION, method: "GET", endpoint, path, headers, body }).await {
        Ok(body) => Ok(Some(body)),
        Err(error) if error.is(&AwsCode::NoSuchKey) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The endpoint's URL and the path below it. A bucket is in the host if its name can be a label there, and the endpoint is
/// AWS's own; else it begins the path.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>
fn object_url(
    endpoint: &Endpoint,
    bucket: &str,
    key: &str,
    operation: &'static str,
) -> Result<(String, String), CallError> {
    let key = fmt_string(key, EncodingStrategy::Greedy);
    let in_path = || format!("/{}/{key}", fmt_string(bucket, EncodingStrategy::Default));
    let regional = match endpoint {
        Endpoint::Custom(url) => return Ok((url.clone(), in_path())),
        Endpoint::Regional(regional) => regional,
    };
    let partition = regional.partition();
    if regional.fips && partition.id == "aws-cn" {
        return Err(misconfigured(operation, "S3 has no FIPS endpoints in China (AWS_USE_FIPS_ENDPOINT)"));
    }
    let fips = if regional.fips { "-fips" } else { "" };
    let dual_stack = if regional.dual_stack { ".dualstack" } else { "" };
    let host = format!("s3{fips}{dual_stack}.{}.{}", regional.region, partition.suffix);
    Ok(match is_label(bucket) {
        true => (format!("https://{bucket}.{host}"), format!("/{key}")),
        false => (format!("https://{host}"), in_path()),
    })
}

/// Whether a bucket's name can be a label of a host that has a certificate: one without dots.
fn is_label(bucket: &str) -> bool {
    let is_alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = [bucket.as_bytes().first(), bucket.as_bytes().last()];
    (3..=63).contains(&bucket.len())
        && bucket.bytes().all(|byte| is_alphanumeric(&byte) || byte == b'-')
        && ends.into_iter().flatten().all(is_alphanumeric)
}
