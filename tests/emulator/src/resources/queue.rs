//! Amazon SQS standard queues and their messages.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use md5::{Digest, Md5};
use serde_json::{Map, Value, json};

/// What a queue is made with.
#[derive(Debug, Clone)]
pub struct QueueSettings {
    /// How long a message that was received is hidden.
    pub visibility: TimeDelta,
    /// How long a message is kept.
    pub retention: TimeDelta,
    /// How long a new message is hidden.
    pub delay: TimeDelta,
    /// After how many receives a message is moved to which queue, by ARN.
    pub redrive: Option<(u32, String)>,
    /// How many bytes a message may have, with its attributes.
    pub largest: usize,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            visibility: TimeDelta::seconds(30),
            retention: TimeDelta::days(4),
            delay: TimeDelta::zero(),
            redrive: None,
            // <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
            largest: 1024 * 1024,
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
    /// The attributes that its sender gave it, by name.
    pub message_attributes: Map<String, Value>,
    /// Who sent it.
    pub sender: String,
    /// X-Ray's trace header of the call that sent it.
    pub trace: Option<String>,
    /// When it was sent.
    pub sent: DateTime<Utc>,
    /// When it was first received.
    pub first_received: Option<DateTime<Utc>>,
    /// How often it was received.
    pub receives: u32,
    /// When it was last received.
    pub(crate) last_received: Option<DateTime<Utc>>,
    /// When it can next be received.
    pub(crate) visible: DateTime<Utc>,
}

impl QueueMessage {
    /// The attributes that SQS and Lambda show with it.
    pub fn attributes(&self) -> Value {
        let millis = |time: DateTime<Utc>| time.timestamp_millis().to_string();
        let mut attributes = json!({
            "ApproximateReceiveCount": self.receives.to_string(), "SentTimestamp": millis(self.sent),
            "SenderId": self.sender, "ApproximateFirstReceiveTimestamp": millis(self.first_received.unwrap_or(self.sent)),
        });
        if let Some(trace) = &self.trace {
            attributes["AWSTraceHeader"] = trace.as_str().into();
        }
        attributes
    }

    /// The MD5 digest of the body, in hexadecimal digits.
    pub fn digest(&self) -> String {
        digest(&self.body)
    }
}

pub(crate) fn digest(bytes: impl AsRef<[u8]>) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A queue.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) settings: QueueSettings,
    pub(crate) messages: Vec<QueueMessage>,
    pub(crate) created: DateTime<Utc>,
    pub(crate) modified: DateTime<Utc>,
}

/// All queues, by ARN.
#[derive(Debug, Default)]
pub(crate) struct Queues(pub(crate) BTreeMap<String, Queue>);

impl Queues {
    /// Makes a queue, or changes its settings.
    pub(crate) fn put(&mut self, arn: &str, settings: QueueSettings, now: DateTime<Utc>) {
        match self.0.get_mut(arn) {
            Some(queue) => (queue.settings, queue.modified) = (settings, now),
            None => {
                let queue = Queue { settings, messages: Vec::new(), created: now, modified: now };
                self.0.insert(arn.to_owned(), queue);
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

    /// Deletes a message that was received.
    pub(crate) fn delete(&mut self, arn: &str, handle: &str) {
        if let Some(queue) = self.0.get_mut(arn) {
            queue.messages.retain(|message| message.handle != handle || handle.is_empty());
        }
    }

    /// The message that was received with this handle.
    pub(crate) fn received(&mut self, arn: &str, handle: &str) -> Option<&mut QueueMessage> {
        let messages = self.0.get_mut(arn).into_iter().flat_map(|queue| &mut queue.messages);
        messages.into_iter().find(|message| message.handle == handle && !handle.is_empty())
    }

    /// How many messages can be received at a time, and the bytes of their bodies.
    pub(crate) fn visible(&self, arn: &str, time: DateTime<Utc>) -> (usize, usize) {
        let messages = self.0.get(arn).into_iter().flat_map(|queue| &queue.messages);
        let visible = messages.filter(|message| message.visible <= time);
        visible.fold((0, 0), |(count, bytes), message| (count + 1, bytes + message.body.len()))
    }
}

/// What was received, and what was moved to a dead-letter queue instead.
#[derive(Debug, Default)]
pub struct Receipt {
    /// The messages that were received, oldest first.
    pub messages: Vec<QueueMessage>,
    /// The dead-letter queue's ARN, and the message.
    pub dead: Vec<(String, QueueMessage)>,
}
