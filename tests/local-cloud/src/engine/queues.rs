//! Event source mappings: Lambda polls queues, and deletes what its functions took.
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::access::Actor;
use super::state::{Batch, Engine, Pending, Source};
use crate::stack::EventSource;
use crate::timeline::What;

const SERVICE: &str = "lambda.amazonaws.com";

impl Engine {
    /// The ARNs of every queue that is deployed.
    pub(crate) fn queues(&self) -> Vec<String> {
        self.deployed.iter().flat_map(|deployed| deployed.plan.queues.keys().cloned()).collect()
    }

    fn sources(&self) -> impl Iterator<Item = &EventSource> {
        self.deployed.iter().flat_map(|deployed| &deployed.plan.sources).filter(|source| source.enabled)
    }

    /// When Lambda next takes messages from a queue: a batch waits until its window has passed.
    pub(crate) fn next_poll(&self) -> Option<DateTime<Utc>> {
        self.sources().filter_map(|source| Some(self.cloud.next_message(&source.queue)? + source.window)).min()
    }

    /// Takes the batches that are due, and makes invocations of them.
    pub(crate) fn poll_queues(&mut self) {
        let now = self.cloud.now();
        let due = |source: &&EventSource| {
            self.cloud.next_message(&source.queue).is_some_and(|visible| visible + source.window <= now)
        };
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
        let receipt = self.cloud.receive_messages(&source.queue, source.batch_size);
        for (queue, message) in receipt.dead {
            let reason = format!("it was received {} times", message.receives);
            let body = serde_json::from_str(&message.body).unwrap_or(Value::String(message.body));
            let exists = self.queue_exists(&queue);
            let (account, region) = (function.account.clone(), function.region.clone());
            self.send_dead_letter(
                &account,
                &region,
                &function.logical_id,
                Some((&queue, exists)),
                reason,
                body,
                BTreeMap::new(),
            );
        }
        if receipt.messages.is_empty() {
            return;
        }
        let records: Vec<Value> = receipt
            .messages
            .iter()
            .map(|message| {
                json!({"messageId": message.id, "receiptHandle": message.handle, "body": message.body,
                       "attributes": message.attributes(), "messageAttributes": {}, "md5OfBody": message.digest(),
                       "eventSource": "aws:sqs", "eventSourceARN": source.queue, "awsRegion": function.region})
            })
            .collect();
        let count = records.len();
        self.note(&function.account, &function.region, What::Polled { queue: source.queue.clone(), messages: count });
        let messages = receipt.messages.into_iter().map(|message| (message.id, message.handle)).collect();
        let batch = Batch { queue: source.queue.clone(), messages, partial: source.partial };
        let (accepted, request_id) = (self.cloud.now(), self.request_id());
        let key = (accepted, self.next());
        let event = json!({ "Records": records });
        let source = Source::Queue(batch);
        self.pending
            .insert(key, Pending { accepted, function: Arc::clone(&function), request_id, event, attempt: 1, source });
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
