//! What happened, in the order in which it did.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::lambda::FunctionError;

/// Something that happened in an account and Region.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Its place in the timeline, from 1 on.
    pub sequence: u64,
    /// When, in virtual time.
    pub time: DateTime<Utc>,
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum What {
    /// An event arrived on a bus.
    Event {
        /// The event's id.
        event_id: String,
        /// The bus.
        bus: String,
        /// Its source.
        source: String,
        /// Its detail-type.
        detail_type: String,
        /// `detail.eventName`, if it has one.
        event_name: Option<String>,
    },
    /// A rule took the event.
    RuleMatched {
        /// The event's id.
        event_id: String,
        /// The rule's name in the template.
        rule: String,
    },
    /// No rule on the bus took the event.
    NotMatched {
        /// The event's id.
        event_id: String,
        /// How many rules it was matched against.
        rules: usize,
    },
    /// The event went on to another bus.
    Forwarded {
        /// The event's id.
        event_id: String,
        /// The rule's name in the template.
        rule: String,
        /// The other bus's ARN.
        to: String,
    },
    /// A schedule fired.
    ScheduleFired {
        /// The schedule's name in the template.
        schedule: String,
    },
    /// A rule or a schedule could not reach its target.
    DeliveryFailed {
        /// The name of the rule or schedule in the template.
        from: String,
        /// The target's ARN.
        target: String,
        /// Why.
        reason: String,
    },
    /// A function ran.
    Ran {
        /// The function's name in the template.
        function: String,
        /// The invocation's request id.
        request_id: String,
        /// 1 for the first attempt.
        attempt: u32,
        /// Its response, if it succeeded.
        #[serde(skip_serializing_if = "Option::is_none")]
        response: Option<Value>,
        /// Its error, if it failed.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<FunctionError>,
    },
    /// A rule sent an event to a queue.
    Queued {
        /// The queue's ARN.
        queue: String,
    },
    /// Lambda took messages from a queue.
    Polled {
        /// The queue's ARN.
        queue: String,
        /// How many.
        messages: usize,
    },
    /// Messages of a queue wait for their visibility timeout: the function's reserved concurrency was in use.
    Throttled {
        /// The function's name in the template.
        function: String,
        /// The queue's ARN.
        queue: String,
    },
    /// A message is not passed to the function, which has invoked itself too often.
    LoopStopped {
        /// The function's name in the template.
        function: String,
        /// The queue's ARN.
        queue: String,
    },
    /// A rule or a caller published a message to a topic.
    Notified {
        /// The topic's ARN.
        topic: String,
        /// The message.
        message: String,
    },
    /// A function that failed is run again later.
    Retry {
        /// The function's name in the template.
        function: String,
        /// The invocation's request id.
        request_id: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// Something was put in a dead-letter queue.
    DeadLetter {
        /// The queue's ARN.
        queue: String,
        /// The rule, schedule or function that it comes from.
        from: String,
        /// Why.
        reason: String,
    },
    /// Something is lost: it had no dead-letter queue, or may not send to it.
    Lost {
        /// The rule, schedule or function that it comes from.
        from: String,
        /// Why.
        reason: String,
    },
    /// An account is new in the organization.
    AccountAppeared {
        /// The account.
        account_id: String,
        /// Its name.
        name: String,
    },
    /// A membership changed.
    Member {
        /// The member account.
        account_id: String,
        /// The graph's administrator.
        administrator: String,
        /// Its status before, if it was a member.
        before: Option<String>,
        /// Its status now, if it is a member.
        after: Option<String>,
        /// Why it is disabled, if it is.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// A message in a dead-letter queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// The queue's ARN.
    pub queue: String,
    /// When it was sent, in virtual time.
    pub time: DateTime<Utc>,
    /// The rule, schedule or function that it comes from.
    pub from: String,
    /// Why it was sent.
    pub reason: String,
    /// The message: of an on-failure destination the invocation's record, of any other the event itself.
    pub body: Value,
    /// The message's attributes.
    pub attributes: std::collections::BTreeMap<String, String>,
}
