//! What each operation does. Queues are made by stacks, not by calls.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::service::Command;
use crate::resources::queue::{QueueMessage, digest};
use crate::resources::region::partition;
use crate::services::sqs::messages::{Sender, receive, send};
use crate::services::sqs::visibility;
use crate::world::state::State;

/// The most messages of one ReceiveMessage or SendMessageBatch.
const BATCH: usize = 10;

/// The largest message, and the largest batch, in bytes.
const LARGEST: usize = 1024 * 1024;

/// The ARN of the queue that a call is about: named by its URL, in the caller's Region.
pub(super) fn arn_of(caller: &Caller, input: &Value) -> String {
    let mut parts = input["QueueUrl"].as_str().unwrap_or_default().rsplit('/');
    let (name, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let partition = partition(&caller.region);
    format!("arn:{partition}:sqs:{}:{account}:{name}", caller.region)
}

/// Performs an operation.
pub(super) fn perform(state: &mut State, command: &Command<'_>) -> Result<Value, AwsError> {
    let Command { caller, operation, input, trace, .. } = *command;
    let (arn, sender) = (arn_of(caller, input), Sender { id: &caller.user_id, trace });
    if !state.queues.0.contains_key(&arn) {
        let message = "The specified queue does not exist.";
        return Err(AwsError::new("com.amazonaws.sqs#QueueDoesNotExist", 400, message));
    }
    match operation {
        "SendMessage" => {
            let body = body(input)?;
            let id = send(state, &arn, sender, body, delay(input));
            Ok(json!({"MessageId": id, "MD5OfMessageBody": digest(body)}))
        }
        "SendMessageBatch" => send_batch(state, sender, &arn, input),
        "ReceiveMessage" => {
            let most = input["MaxNumberOfMessages"].as_u64().unwrap_or(1);
            let most = usize::try_from(most).unwrap_or(BATCH).min(BATCH);
            let shown = |message: QueueMessage| {
                json!({"MessageId": message.id, "ReceiptHandle": message.handle, "Body": message.body,
                       "MD5OfBody": message.digest(), "Attributes": requested(input, message.attributes())})
            };
            let messages: Vec<Value> =
                receive(state, &arn, most, BATCH * LARGEST).messages.into_iter().map(shown).collect();
            Ok(json!({ "Messages": messages }))
        }
        "DeleteMessage" => {
            state.queues.delete(&arn, input["ReceiptHandle"].as_str().unwrap_or_default());
            Ok(json!({}))
        }
        "DeleteMessageBatch" => {
            let entries = entries(input)?;
            let handles = entries.iter().filter_map(|entry| entry["ReceiptHandle"].as_str());
            handles.for_each(|handle| state.queues.delete(&arn, handle));
            let done: Vec<Value> = entries.iter().map(|entry| json!({"Id": entry["Id"]})).collect();
            Ok(json!({"Successful": done, "Failed": []}))
        }
        "ChangeMessageVisibility" => visibility::change(state, &arn, input).map(|()| json!({})),
        "ChangeMessageVisibilityBatch" => visibility::change_batch(state, &arn, entries(input)?),
        "GetQueueAttributes" => {
            let now = state.now();
            let messages = &state.queues.0[&arn].messages;
            let visible = messages.iter().filter(|message| message.visible <= now).count();
            Ok(json!({"Attributes": {"QueueArn": arn, "ApproximateNumberOfMessages": visible.to_string(),
                "ApproximateNumberOfMessagesNotVisible": (messages.len() - visible).to_string()}}))
        }
        other => Err(AwsError::not_implemented(&format!("sqs:{other}"))),
    }
}

/// The attributes that a call asks for.
fn requested(input: &Value, attributes: Value) -> Value {
    let lists = ["MessageSystemAttributeNames", "AttributeNames"].map(|name| input[name].as_array());
    let names: Vec<&str> = lists.into_iter().flatten().flatten().filter_map(Value::as_str).collect();
    let Value::Object(mut attributes) = attributes else { return attributes };
    attributes.retain(|name, _| names.contains(&"All") || names.contains(&name.as_str()));
    attributes.into()
}

fn delay(input: &Value) -> Option<TimeDelta> {
    input["DelaySeconds"].as_i64().map(TimeDelta::seconds)
}

fn body(input: &Value) -> Result<&str, AwsError> {
    match input["MessageBody"].as_str() {
        Some(body) if !body.is_empty() && body.len() <= LARGEST => Ok(body),
        _ => Err(AwsError::new("InvalidParameterValue", 400, "MessageBody must have 1 to 1,048,576 bytes")),
    }
}

/// The entries of a batch.
fn entries(input: &Value) -> Result<&[Value], AwsError> {
    let entries = input["Entries"].as_array().map_or(&[][..], Vec::as_slice);
    if entries.is_empty() {
        return Err(AwsError::new("com.amazonaws.sqs#EmptyBatchRequest", 400, "There should be at least one entry."));
    }
    if entries.len() > BATCH {
        let message = format!("Maximum number of entries per request are {BATCH}. You have sent {}.", entries.len());
        return Err(AwsError::new("com.amazonaws.sqs#TooManyEntriesInBatchRequest", 400, message));
    }
    let mut seen = BTreeSet::new();
    for id in entries.iter().map(|entry| entry["Id"].as_str().unwrap_or_default()) {
        let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if !is_plain || !(1..=80).contains(&id.len()) {
            let message = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at \
                           most 80 letters long.";
            return Err(AwsError::new("com.amazonaws.sqs#InvalidBatchEntryId", 400, message));
        }
        if !seen.insert(id) {
            let message = format!("Id {id} repeated.");
            return Err(AwsError::new("com.amazonaws.sqs#BatchEntryIdsNotDistinct", 400, message));
        }
    }
    Ok(entries)
}

fn send_batch(state: &mut State, sender: Sender<'_>, arn: &str, input: &Value) -> Result<Value, AwsError> {
    let entries = entries(input)?;
    let (mut sent, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        match body(entry) {
            Ok(body) => {
                let id = send(state, arn, sender, body, delay(entry));
                sent.push(json!({"Id": entry["Id"], "MessageId": id, "MD5OfMessageBody": digest(body)}));
            }
            Err(error) => {
                let (code, message) = (error.code, error.message);
                failed.push(json!({"Id": entry["Id"], "SenderFault": true, "Code": code, "Message": message}));
            }
        }
    }
    Ok(json!({"Successful": sent, "Failed": failed}))
}
