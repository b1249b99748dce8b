//! Amazon SQS: standard queues, as far as event source mappings and senders need them.
//!
//! Queues are made by stacks, not by calls. A message that was received is hidden for the queue's visibility timeout,
//! in virtual time; one that was received too often goes to the dead-letter queue.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use md5::{Digest, Md5};
use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::world::state::State;

/// How many messages one ReceiveMessage gives at most, and SendMessageBatch takes.
const BATCH: usize = 10;

/// The largest message, and the largest batch, in bytes.
const LARGEST: usize = 1024 * 1024;

/// What a queue is made with.
#[derive(Debug, Clone)]
pub struct QueueSettings {
    /// How long a message that was received is hidden.
    pub visibility: TimeDelta,
    /// How long a message is kept.
    pub retention: TimeDelta,
    /// How long a new message is hidden.
    pub delay: TimeDelta,
    /// After how many receives a message goes to which queue, by ARN.
    pub redrive: Option<(u32, String)>,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            visibility: TimeDelta::seconds(30),
            retention: TimeDelta::days(4),
            delay: TimeDelta::zero(),
            redrive: None,
        }
    }
}

/// A message as a consumer gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueMessage {
    /// Its id.
    pub id: String,
    /// What it is deleted by, once received.
    pub handle: String,
    /// Its text.
    pub body: String,
    /// Who sent it.
    pub sender: String,
    /// When it was sent.
    pub sent: DateTime<Utc>,
    /// When it was first received.
    pub first_received: Option<DateTime<Utc>>,
    /// How often it was received.
    pub receives: u32,
    visible: DateTime<Utc>,
}

impl QueueMessage {
    /// The attributes that SQS and Lambda show with it.
    pub fn attributes(&self) -> Value {
        let millis = |time: DateTime<Utc>| time.timestamp_millis().to_string();
        json!({
            "ApproximateReceiveCount": self.receives.to_string(), "SentTimestamp": millis(self.sent),
            "SenderId": self.sender, "ApproximateFirstReceiveTimestamp": millis(self.first_received.unwrap_or(self.sent)),
        })
    }

    /// The MD5 digest of the body, in hexadecimal digits.
    pub fn digest(&self) -> String {
        digest(&self.body)
    }
}

fn digest(text: &str) -> String {
    Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Debug)]
struct Queue {
    settings: QueueSettings,
    messages: Vec<QueueMessage>,
}

/// All queues, by ARN.
#[derive(Debug, Default)]
pub(crate) struct Queues(BTreeMap<String, Queue>);

impl Queues {
    /// Makes a queue, or changes its settings.
    pub(crate) fn put(&mut self, arn: &str, settings: QueueSettings) {
        match self.0.get_mut(arn) {
            Some(queue) => queue.settings = settings,
            None => {
                self.0.insert(arn.to_owned(), Queue { settings, messages: Vec::new() });
            }
        }
    }

    /// When a message can next be received.
    pub(crate) fn next_visible(&self, arn: &str) -> Option<DateTime<Utc>> {
        self.0.get(arn)?.messages.iter().map(|message| message.visible).min()
    }

    /// The messages that wait in a queue, hidden ones among them.
    pub(crate) fn waiting(&self, arn: &str) -> Vec<QueueMessage> {
        self.0.get(arn).map(|queue| queue.messages.clone()).unwrap_or_default()
    }

    pub(crate) fn delete(&mut self, arn: &str, handle: &str) {
        if let Some(queue) = self.0.get_mut(arn) {
            queue.messages.retain(|message| message.handle != handle || handle.is_empty());
        }
    }

    fn change_visibility(&mut self, arn: &str, handle: &str, until: DateTime<Utc>) {
        let messages = self.0.get_mut(arn).into_iter().flat_map(|queue| &mut queue.messages);
        messages.filter(|message| message.handle == handle).for_each(|message| message.visible = until);
    }
}

/// What was received, and what went to a dead-letter queue instead: its ARN and the message.
#[derive(Debug, Default)]
pub struct Receipt {
    /// The messages that were received, oldest first.
    pub messages: Vec<QueueMessage>,
    /// The dead-letter queue's ARN, and the message.
    pub dead: Vec<(String, QueueMessage)>,
}

/// Sends a message. `None` if there is no such queue.
pub(crate) fn send(state: &mut State, arn: &str, sender: &str, body: &str, delay: Option<TimeDelta>) -> Option<String> {
    let (now, id) = (state.now(), state.fresh_uuid());
    let queue = state.queues.0.get_mut(arn)?;
    let visible = now + delay.unwrap_or(queue.settings.delay);
    queue.messages.push(QueueMessage {
        id: id.clone(),
        handle: String::new(),
        body: body.to_owned(),
        sender: sender.to_owned(),
        sent: now,
        first_received: None,
        receives: 0,
        visible,
    });
    state.changed.notify_one();
    Some(id)
}

/// Receives up to `most` messages.
pub(crate) fn receive(state: &mut State, arn: &str, most: usize) -> Receipt {
    let now = state.now();
    let mut receipt = Receipt::default();
    let Some(mut queue) = state.queues.0.remove(arn) else { return receipt };
    queue.messages.retain(|message| message.sent + queue.settings.retention > now);
    let mut kept = Vec::with_capacity(queue.messages.len());
    for mut message in std::mem::take(&mut queue.messages) {
        if message.visible > now || receipt.messages.len() >= most {
            kept.push(message);
            continue;
        }
        if let Some((_, target)) = queue.settings.redrive.as_ref().filter(|(most, _)| message.receives >= *most) {
            receipt.dead.push((target.clone(), message));
            continue;
        }
        message.receives += 1;
        message.first_received.get_or_insert(now);
        message.visible = now + queue.settings.visibility;
        message.handle = state.fresh_hex(40);
        receipt.messages.push(message.clone());
        kept.push(message);
    }
    queue.messages = kept;
    state.queues.0.insert(arn.to_owned(), queue);
    for (target, message) in &receipt.dead {
        send(state, target, &message.sender, &message.body, None);
    }
    receipt
}

/// The ARN of the queue that a call is about: named by its URL, in the caller's Region.
pub(crate) fn arn_of(caller: &Caller, input: &Value) -> String {
    let mut parts = input["QueueUrl"].as_str().unwrap_or_default().rsplit('/');
    let (name, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let partition = if caller.region.starts_with("us-gov-") { "aws-us-gov" } else { "aws" };
    format!("arn:{partition}:sqs:{}:{account}:{name}", caller.region)
}

/// Answers a call.
pub(crate) fn answer(state: &mut State, caller: &Caller, operation: &str, input: &Value) -> Result<Value, AwsError> {
    let arn = arn_of(caller, input);
    if !state.queues.0.contains_key(&arn) {
        let message = "The specified queue does not exist.";
        return Err(AwsError::new("com.amazonaws.sqs#QueueDoesNotExist", 400, message));
    }
    match operation {
        "SendMessage" => {
            let body = body(input)?;
            let id = send(state, &arn, &caller.user_id, body, delay(input));
            Ok(json!({"MessageId": id, "MD5OfMessageBody": digest(body)}))
        }
        "SendMessageBatch" => send_batch(state, caller, &arn, input),
        "ReceiveMessage" => {
            let most = input["MaxNumberOfMessages"].as_u64().unwrap_or(1);
            let most = usize::try_from(most).unwrap_or(BATCH).min(BATCH);
            let shown = |message: QueueMessage| {
                json!({"MessageId": message.id, "ReceiptHandle": message.handle, "Body": message.body,
                       "MD5OfBody": message.digest(), "Attributes": message.attributes()})
            };
            let messages: Vec<Value> = receive(state, &arn, most).messages.into_iter().map(shown).collect();
            Ok(json!({ "Messages": messages }))
        }
        "DeleteMessage" => {
            state.queues.delete(&arn, input["ReceiptHandle"].as_str().unwrap_or_default());
            Ok(json!({}))
        }
        "DeleteMessageBatch" => {
            let entries = input["Entries"].as_array().map_or(&[][..], Vec::as_slice);
            let handles = entries.iter().filter_map(|entry| entry["ReceiptHandle"].as_str());
            handles.for_each(|handle| state.queues.delete(&arn, handle));
            let done: Vec<Value> = entries.iter().map(|entry| json!({"Id": entry["Id"]})).collect();
            Ok(json!({"Successful": done, "Failed": []}))
        }
        "ChangeMessageVisibility" => {
            let until = state.now() + TimeDelta::seconds(input["VisibilityTimeout"].as_i64().unwrap_or_default());
            state.queues.change_visibility(&arn, input["ReceiptHandle"].as_str().unwrap_or_default(), until);
            Ok(json!({}))
        }
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

fn delay(input: &Value) -> Option<TimeDelta> {
    input["DelaySeconds"].as_i64().map(TimeDelta::seconds)
}

fn body(input: &Value) -> Result<&str, AwsError> {
    match input["MessageBody"].as_str() {
        Some(body) if !body.is_empty() && body.len() <= LARGEST => Ok(body),
        _ => Err(AwsError::new("InvalidParameterValue", 400, "MessageBody must have 1 to 1,048,576 bytes")),
    }
}

fn send_batch(state: &mut State, caller: &Caller, arn: &str, input: &Value) -> Result<Value, AwsError> {
    let entries = input["Entries"].as_array().map_or(&[][..], Vec::as_slice);
    if entries.is_empty() {
        return Err(AwsError::new("com.amazonaws.sqs#EmptyBatchRequest", 400, "There should be at least one entry."));
    }
    if entries.len() > BATCH {
        let message = format!("Maximum number of entries per request are {BATCH}. You have sent {}.", entries.len());
        return Err(AwsError::new("com.amazonaws.sqs#TooManyEntriesInBatchRequest", 400, message));
    }
    let (mut sent, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        match body(entry) {
            Ok(body) => {
                let id = send(state, arn, &caller.user_id, body, delay(entry));
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
