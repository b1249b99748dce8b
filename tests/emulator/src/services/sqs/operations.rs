//! What each operation on messages does. Queues are made by stacks and scenarios, not by calls.

use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use crate::protocol::error::AwsError;
use crate::protocol::input::{items, text};
use crate::protocol::service::Command;
use crate::resources::queue::{QueueMessage, digest};
use crate::services::sqs::batches::{self, entries};
use crate::services::sqs::errors::{bad_handle, missing_queue, outside};
use crate::services::sqs::messages::{Content, Sender, Wanted, receive, send};
use crate::services::sqs::{attributes, queues, visibility};
use crate::world::state::State;

/// The most messages of one ReceiveMessage.
const MOST: i64 = 10;

/// The longest delay of a message, in seconds.
const LONGEST_DELAY: i64 = 900;

/// Performs an operation.
pub(super) fn perform(state: &mut State, command: &Command<'_>) -> Result<Value, AwsError> {
    let Command { caller, operation, input, trace, .. } = *command;
    if operation == "ListQueues" {
        return queues::list(state, caller, input);
    }
    let arn = queues::arn_of(caller, input);
    let sender = Sender { id: &caller.user_id, trace };
    queues::check_address(caller, input)?;
    if !state.queues.0.contains_key(&arn) {
        return Err(missing_queue());
    }
    match operation {
        "SendMessage" => send_one(state, &arn, sender, input),
        "SendMessageBatch" => {
            let entries = entries(input)?;
            let together = entries.iter().filter_map(|entry| content(entry).ok()).map(|content| content.bytes()).sum();
            batches::check_size(together)?;
            Ok(batches::each(entries, |entry| send_one(state, &arn, sender, entry)))
        }
        "ReceiveMessage" => receive_some(state, &arn, input),
        "DeleteMessage" => delete(state, &arn, input),
        "DeleteMessageBatch" => Ok(batches::each(entries(input)?, |entry| delete(state, &arn, entry))),
        "ChangeMessageVisibility" => visibility::change(state, &arn, input).map(|()| json!({})),
        "ChangeMessageVisibilityBatch" => {
            Ok(batches::each(entries(input)?, |entry| visibility::change(state, &arn, entry).map(|()| json!({}))))
        }
        "GetQueueAttributes" => queues::attributes(state, &arn, input),
        "GetQueueUrl" => Ok(json!({"QueueUrl": queues::url(&arn)})),
        other => Err(AwsError::not_implemented(&format!("sqs:{other}"))),
    }
}

fn content(input: &Value) -> Result<Content<'_>, AwsError> {
    Ok(Content { body: input["MessageBody"].as_str().unwrap_or_default(), attributes: attributes::read(input)? })
}

fn send_one(state: &mut State, arn: &str, sender: Sender<'_>, input: &Value) -> Result<Value, AwsError> {
    let content = content(input)?;
    let delay = match input["DelaySeconds"].as_i64() {
        None => None,
        Some(seconds) if (0..=LONGEST_DELAY).contains(&seconds) => Some(TimeDelta::seconds(seconds)),
        Some(other) => return Err(outside("DelaySeconds", other, "DelaySeconds must be >= 0 and <= 900.")),
    };
    let id = send(state, arn, sender, &content, delay)?;
    let mut answer = json!({"MessageId": id, "MD5OfMessageBody": digest(content.body)});
    if let Some(digest) = attributes::digest_of(&content.attributes) {
        answer["MD5OfMessageAttributes"] = digest.into();
    }
    Ok(answer)
}

/// Receives messages at once: time is virtual, and a call that waits for messages does not wait here.
fn receive_some(state: &mut State, arn: &str, input: &Value) -> Result<Value, AwsError> {
    let number = |name: &str, limits: std::ops::RangeInclusive<i64>, reason: &str| match input[name].as_i64() {
        Some(value) if !limits.contains(&value) => Err(outside(name, value, reason)),
        value => Ok(value),
    };
    let most = number("MaxNumberOfMessages", 1..=MOST, "Must be between 1 and 10, if provided.")?.unwrap_or(1);
    number("WaitTimeSeconds", 0..=20, "Must be >= 0 and <= 20, if provided.")?;
    let reason = "Must be between 0 and 43200, if provided.";
    let visibility = number("VisibilityTimeout", 0..=visibility::LONGEST, reason)?.map(TimeDelta::seconds);
    let wanted = Wanted { most: usize::try_from(most).unwrap_or(1), bytes: usize::MAX, visibility };
    let messages: Vec<Value> =
        receive(state, arn, wanted).messages.into_iter().map(|message| shown(&message, input)).collect();
    // Without a message, there is no list of them.
    Ok(if messages.is_empty() { json!({}) } else { json!({ "Messages": messages }) })
}

/// A message, with the attributes that the call asks for.
fn shown(message: &QueueMessage, input: &Value) -> Value {
    let mut shown = json!({"MessageId": message.id, "ReceiptHandle": message.handle, "Body": message.body,
                           "MD5OfBody": message.digest()});
    let names = || items(input, "MessageSystemAttributeNames").chain(items(input, "AttributeNames"));
    let Value::Object(system) = message.attributes() else { return shown };
    let system: Map<String, Value> =
        system.into_iter().filter(|(name, _)| names().any(|wanted| wanted == "All" || wanted == name)).collect();
    let own = attributes::requested(input, &message.message_attributes);
    if let Some(digest) = attributes::digest_of(&own) {
        shown["MD5OfMessageAttributes"] = digest.into();
    }
    for (name, attributes) in [("Attributes", system), ("MessageAttributes", own)] {
        if !attributes.is_empty() {
            shown[name] = attributes.into();
        }
    }
    shown
}

/// Deletes a message. With a handle of an earlier receipt, SQS may delete it or not; here it does not.
fn delete(state: &mut State, arn: &str, input: &Value) -> Result<Value, AwsError> {
    let handle = text(input, "ReceiptHandle");
    if handle.len() != 40 || !handle.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(bad_handle());
    }
    state.queues.delete(arn, &handle);
    Ok(json!({}))
}
