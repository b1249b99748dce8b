//! Event source mappings: Lambda polls queues, and deletes what its functions took.
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use detective_emulator::QueueMessage;

use super::access::Actor;
use super::lineage::Lineage;
use super::state::{Batch, Engine, Pending, Source};
use crate::stack::{EventSource, Function};
use crate::timeline::{DeadLetter, What};

const SERVICE: &str = "lambda.amazonaws.com";

/// The size of a batch's messages: Lambda takes six megabytes.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching>
const BATCH_BYTES: usize = 6 * 1024 * 1024;

impl Engine {
    /// The ARNs of every queue that is deployed.
    pub(crate) fn queues(&self) -> Vec<String> {
        self.deployed.iter().flat_map(|deployed| deployed.plan.queues.keys().cloned()).collect()
    }

    fn sources(&self) -> impl Iterator<Item = &EventSource> {
        self.deployed.iter().flat_map(|deployed| &deployed.plan.sources).filter(|source| source.enabled)
    }

    /// When Lambda next takes messages from a queue.
    pub(crate) fn next_poll(&self) -> Option<DateTime<Utc>> {
        self.sources().filter_map(|source| self.next_batch(source)).min()
    }

    /// When a mapping's next batch is due: it waits until its window has passed, or it is full, and while as many batches as
    /// the mapping allows are worked on.
    fn next_batch(&self, source: &EventSource) -> Option<DateTime<Utc>> {
        let waiting = self.pending.values().filter(|pending| pending.is_of(source)).count();
        let is_of_source = |(function, queue): &&(String, Option<String>)| {
            *function == source.function && queue.as_ref() == Some(&source.queue)
        };
        let running = self.running.iter().filter(is_of_source).count();
        if waiting + running >= source.concurrency {
            return None;
        }
        let visible = self.cloud.next_message(&source.queue)?;
        let (messages, bytes) = self.cloud.visible_messages(&source.queue);
        let is_full = messages >= source.batch_size || bytes >= BATCH_BYTES;
        Some(if is_full { visible } else { visible + source.window })
    }

    /// Takes the batches that are due, and makes invocations of them.
    pub(crate) fn poll_queues(&mut self) {
        let now = self.cloud.now();
        let due = |source: &&EventSource| self.next_batch(source).is_some_and(|at| at <= now);
        let due: Vec<EventSource> = self.sources().filter(due).cloned().collect();
        for source in due {
            self.poll(&source);
        }
    }

    fn poll(&mut self, source: &EventSource) {
        let Some(function) = self.function_by_arn(&source.function) else { return };
        let actor = Actor { service: SERVICE, source: &function.arn, account: &function.account };
        let needs = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
        let allowed =
            needs.iter().try_for_each(|action| self.role_allows(&function.role, &actor, action, &source.queue));
        if let Err(reason) = allowed {
            // Lambda switches the mapping off until somebody fixes the role.
            let failed = What::DeliveryFailed { from: source.queue.clone(), target: source.function.clone(), reason };
            self.note(&function.account, &function.region, failed);
            for deployed in &mut self.deployed {
                deployed
                    .plan
                    .sources
                    .iter_mut()
                    .filter(|other| *other == source)
                    .for_each(|other| other.enabled = false);
            }
            return;
        }
        let receipt = self.cloud.receive_messages(&source.queue, source.batch_size, BATCH_BYTES);
        for (queue, message) in receipt.dead {
            let reason = format!("it was received {} times", message.receives);
            self.moved_to_dead_letters(&function, &queue, reason, message);
        }
        let (looping, messages): (Vec<_>, Vec<_>) = receipt
            .messages
            .into_iter()
            .partition(|message| !function.may_recurse && lineage(message).is_loop(&function.arn));
        self.stop_loop(source, &function, looping);
        if messages.is_empty() {
            return;
        }
        let records: Vec<Value> = messages
            .iter()
            .map(|message| {
                json!({"messageId": message.id, "receiptHandle": message.handle, "body": message.body,
                       "attributes": message.attributes(), "messageAttributes": attributes(message), "md5OfBody": message.digest(),
                       "eventSource": "aws:sqs", "eventSourceARN": source.queue, "awsRegion": function.region})
            })
            .collect();
        let count = records.len();
        self.note(&function.account, &function.region, What::Polled { queue: source.queue.clone(), messages: count });
        let mut joined = Lineage::default();
        messages.iter().for_each(|message| joined.join(lineage(message)));
        let messages = messages.into_iter().map(|message| (message.id, message.handle)).collect();
        let batch = Batch { queue: source.queue.clone(), messages, partial: source.partial };
        let (accepted, request_id) = (self.cloud.now(), self.request_id());
        let key = (accepted, self.next());
        let event = json!({ "Records": records });
        let source = Source::Queue(batch);
        let pending = Pending { accepted, function, request_id, event, attempt: 1, source, lineage: joined };
        self.pending.insert(key, pending);
    }

    /// Lambda takes a chain of invocations for a recursive loop, and does not make the next one. Its documents leave open what
    /// becomes of a message; here it goes to the queue's dead-letter queue at once, or is lost without one.
    fn stop_loop(&mut self, source: &EventSource, function: &Function, messages: Vec<QueueMessage>) {
        let settings = self.deployed.iter().find_map(|deployed| deployed.plan.queues.get(&source.queue));
        let dead_letters = settings.and_then(|(_, settings)| settings.redrive.as_ref()).map(|(_, queue)| queue.clone());
        let (account, region) = (&function.account, &function.region);
        for message in messages {
            self.cloud.delete_message(&source.queue, &message.handle);
            let (name, queue) = (function.logical_id.clone(), source.queue.clone());
            self.note(account, region, What::LoopStopped { function: name.clone(), queue });
            let reason = "Lambda stopped a recursive loop".to_owned();
            let sent = match &dead_letters {
                Some(queue) => self.cloud.send_message(queue, SERVICE, &message.body).map(|_| queue),
                None => Err("there is no dead-letter queue".to_owned()),
            };
            match sent {
                Ok(queue) => self.moved_to_dead_letters(function, queue, reason, message),
                Err(why) => {
                    self.note(account, region, What::Lost { from: name, reason: format!("{reason}; and {why}") });
                }
            }
        }
    }

    /// Records a message of a function's queue that is in a dead-letter queue now.
    fn moved_to_dead_letters(&mut self, function: &Function, queue: &str, reason: String, message: QueueMessage) {
        let body = serde_json::from_str(&message.body).unwrap_or(Value::String(message.body));
        let (queue, time, from) = (queue.to_owned(), self.cloud.now(), function.logical_id.clone());
        let letter = DeadLetter { queue, time, from, reason, body, attributes: BTreeMap::new() };
        self.record_dead_letter(&function.account, &function.region, letter);
    }

    /// Deletes the messages that a function took. Those that it names as failed, or all if it failed, are received again.
    pub(crate) fn consumed(&mut self, batch: &Batch, outcome: Option<&Value>) {
        let Some(response) = outcome else { return };
        let failed: Vec<&str> = match batch.partial {
            true => response["batchItemFailures"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|failure| failure["itemIdentifier"].as_str())
                .collect(),
            false => Vec::new(),
        };
        for (_, handle) in batch.messages.iter().filter(|(id, _)| !failed.contains(&id.as_str())) {
            self.cloud.delete_message(&batch.queue, handle);
        }
    }
}

/// The attributes that the sender of a message gave it, as Lambda names their parts.
fn attributes(message: &QueueMessage) -> Value {
    let attribute = |value: &Value| {
        let mut shown = json!({"dataType": value["DataType"], "stringListValues": [], "binaryListValues": []});
        for (from, to) in [("StringValue", "stringValue"), ("BinaryValue", "binaryValue")] {
            if !value[from].is_null() {
                shown[to] = value[from].clone();
            }
        }
        shown
    };
    message.message_attributes.iter().map(|(name, value)| (name.clone(), attribute(value))).collect()
}

/// The invocations that led to a message.
fn lineage(message: &QueueMessage) -> Lineage {
    message.trace.as_deref().map(Lineage::of_trace).unwrap_or_default()
}
