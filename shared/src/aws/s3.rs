//! Calls to Amazon S3.

use std::borrow::Cow;

use aws_config::SdkConfig;
use aws_runtime::auth::SigningOptions;
use aws_smithy_http::label::{EncodingStrategy, fmt_string};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::de::DeserializeOwned;

use crate::aws::signed_call::{Answer, Call, Endpoint, Service, call, endpoint, misconfigured};
use crate::error::{AwsCode, CallError};
use crate::model::account::AccountId;

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

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// The account that it must belong to: S3 refuses calls for a bucket of another one. `None` for any account.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>
    pub owner: Option<AccountId>,
}

/// An object, or its beginning.
#[derive(Debug, PartialEq)]
pub struct Object {
    /// The bytes that were read.
    pub body: Vec<u8>,
    /// By which a later write knows that the object is still the same; empty if S3 did not return it.
    pub tag: String,
    /// When it was written, by the clock of S3.
    pub modified: Option<DateTime>,
}

/// What must be the case for an object to be put.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Existing {
    /// Whatever there is of that key is replaced.
    Any,
    /// There is no object of that key.
    None,
    /// The object of that key has this tag.
    Tagged(String),
}

impl Object {
    /// What a write must replace, if it is to replace this very object.
    pub fn existing(&self) -> Existing {
        if self.tag.is_empty() { Existing::Any } else { Existing::Tagged(self.tag.clone()) }
    }
}

impl Bucket {
    /// Puts an object, if what is there of that key is what is expected. The settings name the bucket's Region. Returns the
    /// tag of the new object.
    ///
    /// # Errors
    /// The call's error; see [`CallError::is_failed_precondition`] for an object that is not the one expected.
    pub async fn put(
        &self,
        config: &SdkConfig,
        key: &str,
        content_type: &'static str,
        body: Vec<u8>,
        existing: Existing,
    ) -> Result<String, CallError> {
        let mut headers = vec![("content-type", Cow::Borrowed(content_type))];
        match existing {
            Existing::Any => {}
            Existing::None => headers.push(("if-none-match", "*".into())),
            Existing::Tagged(tag) => headers.push(("if-match", tag.into())),
        }
        let answer = self.call(config, "PutObject", "PUT", key, headers, body).await?;
        Ok(answer.header("etag").unwrap_or_default().to_owned())
    }

    /// Reads an object, but no more than one byte beyond `most` bytes of it; `None` if there is none of that key.
    ///
    /// # Errors
    /// The call's error.
    pub async fn get(&self, config: &SdkConfig, key: &str, most: usize) -> Result<Option<Object>, CallError> {
        let headers = vec![("range", format!("bytes=0-{most}").into())];
        let answer = match self.call(config, "GetObject", "GET", key, headers, Vec::new()).await {
            Ok(answer) => answer,
            Err(error) if error.is(&AwsCode::NoSuchKey) => return Ok(None),
            Err(error) => return Err(error),
        };
        let modified = answer.header("last-modified").and_then(|time| DateTime::from_str(time, Format::HttpDate).ok());
        let tag = answer.header("etag").unwrap_or_default().to_owned();
        Ok(Some(Object { tag, modified, body: answer.body }))
    }

    /// Reads an object of at most `most` bytes that this function wrote as JSON; `None` if there is none of that key, or if it is anything
    /// else: whoever asks makes it anew.
    ///
    /// # Errors
    /// The call's error.
    pub async fn get_json<T: DeserializeOwned>(
        &self,
        config: &SdkConfig,
        key: &str,
        most: usize,
    ) -> Result<Option<T>, CallError> {
        match self.get(config, key, most).await {
            // An object without a single byte.
            Err(error) if error.is(&AwsCode::InvalidRange) => Ok(None),
            stored => Ok(stored?.and_then(|stored| serde_json::from_slice(&stored.body).ok())),
        }
    }

    async fn call(
        &self,
        config: &SdkConfig,
        operation: &'static str,
        method: &'static str,
        key: &str,
        mut headers: Vec<(&'static str, Cow<'static, str>)>,
        body: Vec<u8>,
    ) -> Result<Answer, CallError> {
        let (endpoint, path) = object_url(&endpoint(config, &S3, operation)?, &self.name, key, operation)?;
        if let Some(owner) = self.owner {
            headers.push(("x-amz-expected-bucket-owner", owner.to_string().into()));
        }
        let answer = call(config, &S3, Call { operation, method, endpoint, path, headers, body }).await;
        answer.map_err(|error| self.explained(error))
    }

    /// S3 does not state that a bucket belongs to another account.
    fn explained(&self, error: CallError) -> CallError {
        match (self.owner, error.is_access_denied()) {
            (Some(owner), true) => {
                let hint = "the bucket must belong to account";
                let message = format!(
                    "{}: {hint} {owner} (REPORT_BUCKET_OWNER), and its policy must admit this function",
                    error.message
                );
                CallError { message, ..error }
            }
            _ => error,
        }
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
