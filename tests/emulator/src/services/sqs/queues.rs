//! Queues: which one a call is about, and what is known of it.

use serde_json::{Map, Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::{text, texts};
use crate::protocol::page::{page, with_token};
use crate::resources::queue::Queue;
use crate::resources::region::partition;
use crate::services::sqs::errors::{error, invalid_value};
use crate::world::state::State;

/// The most queues of one page.
const PAGE: usize = 1000;

/// The ARN of the queue that a call is about, in the caller's Region: named by its URL, or by its name and its owner.
pub(super) fn arn_of(caller: &Caller, input: &Value) -> String {
    let region = &caller.region;
    let (account, name) = match input["QueueUrl"].as_str() {
        Some(url) => {
            let mut parts = url.rsplit('/');
            let name = parts.next().unwrap_or_default();
            (parts.next().unwrap_or_default().to_owned(), name.to_owned())
        }
        None => {
            let owner = input["QueueOwnerAWSAccountId"].as_str().unwrap_or(&caller.account);
            (owner.to_owned(), text(input, "QueueName"))
        }
    };
    format!("arn:{}:sqs:{region}:{account}:{name}", partition(region))
}

/// SQS takes no URL of another Region.
pub(super) fn check_address(caller: &Caller, input: &Value) -> Result<(), AwsError> {
    let url = input["QueueUrl"].as_str().unwrap_or_default();
    let host = url.split_once("://").map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default();
    match host.strip_prefix("sqs.").and_then(|host| host.split_once(".amazonaws.com")) {
        Some((region, _)) if region != caller.region => {
            Err(error("InvalidAddress", format!("The address {url} is not valid for this endpoint.")))
        }
        _ => Ok(()),
    }
}

/// The URL of a queue.
pub(super) fn url(arn: &str) -> String {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, _, region, account, name] = parts[..] else { return String::new() };
    format!("https://sqs.{region}.amazonaws.com/{account}/{name}")
}

/// The caller's queues in its Region.
pub(super) fn list(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let own = format!(
        "arn:{}:sqs:{}:{}:{}",
        partition(&caller.region),
        caller.region,
        caller.account,
        text(input, "QueueNamePrefix")
    );
    let urls: Vec<String> = state.queues.0.keys().filter(|arn| arn.starts_with(&own)).map(|arn| url(arn)).collect();
    if input["MaxResults"].as_i64().is_some_and(|most| !(1..=1000).contains(&most)) {
        return Err(invalid_value("MaxResults must be between 1 and 1000"));
    }
    let (urls, token) = page(urls, Clone::clone, input, PAGE).map_err(|error| invalid_value(error.message))?;
    // The first thousand have a token only if the call states how many it wants.
    let token = token.filter(|_| !input["MaxResults"].is_null());
    Ok(with_token(if urls.is_empty() { json!({}) } else { json!({ "QueueUrls": urls }) }, token))
}

/// The attributes that a call asks for.
pub(super) fn attributes(state: &State, arn: &str, input: &Value) -> Result<Value, AwsError> {
    let known = known(state, arn, &state.queues.0[arn]);
    let mut asked = Map::new();
    for name in texts(input, "AttributeNames") {
        match (name, known.get(name)) {
            ("All", _) => asked.extend(known.clone()),
            (_, Some(value)) => {
                asked.insert(name.to_owned(), value.clone());
            }
            // Only queues with a key, or with messages in order, have them.
            (
                "Policy" | "RedrivePolicy" | "RedriveAllowPolicy" | "KmsMasterKeyId" | "KmsDataKeyReusePeriodSeconds",
                _,
            ) => {}
            (other, None) => return Err(error("InvalidAttributeName", format!("Unknown Attribute {other}."))),
        }
    }
    Ok(if asked.is_empty() { json!({}) } else { json!({ "Attributes": asked }) })
}

fn known(state: &State, arn: &str, queue: &Queue) -> Map<String, Value> {
    let now = state.now();
    let count = |is: &dyn Fn(bool, bool) -> bool| {
        let messages = queue.messages.iter();
        messages.filter(|message| is(message.visible <= now, message.receives > 0)).count().to_string()
    };
    let settings = &queue.settings;
    let mut known = Map::from_iter(
        [
            ("QueueArn", arn.to_owned()),
            ("ApproximateNumberOfMessages", count(&|visible, _| visible)),
            ("ApproximateNumberOfMessagesNotVisible", count(&|visible, received| !visible && received)),
            ("ApproximateNumberOfMessagesDelayed", count(&|visible, received| !visible && !received)),
            ("CreatedTimestamp", queue.created.timestamp().to_string()),
            ("LastModifiedTimestamp", queue.modified.timestamp().to_string()),
            ("VisibilityTimeout", settings.visibility.num_seconds().to_string()),
            ("MaximumMessageSize", settings.largest.to_string()),
            ("MessageRetentionPeriod", settings.retention.num_seconds().to_string()),
            ("DelaySeconds", settings.delay.num_seconds().to_string()),
            ("ReceiveMessageWaitTimeSeconds", "0".to_owned()),
            ("SqsManagedSseEnabled", "true".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value.into())),
    );
    if let Some((count, target)) = &settings.redrive {
        let policy = json!({"deadLetterTargetArn": target, "maxReceiveCount": count});
        known.insert("RedrivePolicy".to_owned(), policy.to_string().into());
    }
    if let Some(policy) = state.queue_policies.get(arn).filter(|policy| !policy.statements().is_empty()) {
        let policy = json!({"Version": "2012-10-17", "Statement": policy.statements()});
        known.insert("Policy".to_owned(), policy.to_string().into());
    }
    known
}
