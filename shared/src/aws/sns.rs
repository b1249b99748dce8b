//! Calls to Amazon SNS.

use aws_config::SdkConfig;
use aws_runtime::auth::SigningOptions;
use aws_smithy_http::label::{EncodingStrategy, fmt_string};
use serde_json::Value;

use crate::aws::signed_call::{Call, Service, call, endpoint};
use crate::error::CallError;

const SNS: Service = Service { id: "SNS", signing_name: "sns", signing_options: SigningOptions::default };

/// Publishes a message to a topic in the Region of the settings. The subject is one line of less than 100 characters. `texts` has the
/// text for subscribers of each protocol by its name, and for all others the one of `default`.
///
/// # Errors
/// The call's error.
///
/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
pub async fn publish(config: &SdkConfig, topic_arn: &str, subject: &str, texts: &Value) -> Result<(), CallError> {
    const OPERATION: &str = "Publish";
    let endpoint = endpoint(config, &SNS, OPERATION)?.url("sns");
    let texts = texts.to_string();
    let fields = [
        ("Action", OPERATION),
        ("Version", "2010-03-31"),
        ("TopicArn", topic_arn),
        ("Subject", subject),
        ("MessageStructure", "json"),
        ("Message", &texts),
    ];
    let fields = fields.map(|(name, value)| format!("{name}={}", fmt_string(value, EncodingStrategy::Default)));
    let headers = vec![("content-type", "application/x-www-form-urlencoded".into())];
    let body = fields.join("&").into_bytes();
    let publish = Call { operation: OPERATION, method: "POST", endpoint, path: "/".to_owned(), headers, body };
    call(config, &SNS, publish).await.map(|_| ())
}
