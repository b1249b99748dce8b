//! Sending and receiving messages.
//!
//! A message that was received is hidden for the queue's visibility timeout, in virtual time; one that was received too
//! often is moved to the dead-letter queue.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>

use chrono::TimeDelta;
use serde_json::{Map, Value};

use crate::protocol::error::AwsError;
use crate::resources::queue::{QueueMessage, Receipt};
use crate::services::sqs::attributes;
use crate::services::sqs::errors::{error, invalid_value, missing_queue};
use crate::world::state::State;

/// Who sends a message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sender<'a> {
    pub(crate) id: &'a str,
    /// X-Ray's trace header of the call.
    pub(crate) trace: Option<&'a str>,
}

/// What a message says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Content<'a> {
    pub(crate) body: &'a str,
    /// Its attributes by name, valid ones.
    pub(crate) attributes: Map<String, Value>,
}

impl Content<'_> {
    /// How many bytes of a queue's limit it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.body.len() + attributes::bytes(&self.attributes)
    }
}

/// Sends a message. Gives its id.
///
/// # Errors
/// There is no such queue, or the message is one that it does not take.
pub(crate) fn send(
    state: &mut State,
    arn: &str,
    sender: Sender<'_>,
    content: &Content<'_>,
    delay: Option<TimeDelta>,
) -> Result<String, AwsError> {
    let (now, id) = (state.now(), state.fresh_uuid());
    let queue = state.queues.0.get_mut(arn).ok_or_else(missing_queue)?;
    if content.body.is_empty() {
        return Err(error("MissingParameter", "The request must contain the parameter MessageBody."));
    }
    if content.bytes() > queue.settings.largest {
        let most = queue.settings.largest;
        let reason = format!("One or more parameters are invalid. Reason: Message must be shorter than {most} bytes.");
        return Err(invalid_value(reason));
    }
    // <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
    let is_allowed = |letter: char| !letter.is_control() || ['\t', '\n', '\r'].contains(&letter) || letter >= '\u{7f}';
    if !content.body.chars().all(|letter| is_allowed(letter) && !['\u{fffe}', '\u{ffff}'].contains(&letter)) {
        let message = "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to \
            #xFFFD | #x10000 to #x10FFFF";
        return Err(error("InvalidMessageContents", message));
    }
    let visible = now + delay.unwrap_or(queue.settings.delay);
    queue.messages.push(QueueMessage {
        id: id.clone(),
        handle: String::new(),
        body: content.body.to_owned(),
        message_attributes: content.attributes.clone(),
        sender: sender.id.to_owned(),
        trace: sender.trace.map(str::to_owned),
        sent: now,
        first_received: None,
        last_received: None,
        receives: 0,
        visible,
    });
    state.changed.notify_one();
    Ok(id)
}

/// What a consumer asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// The most messages.
    pub(crate) most: usize,
    /// The most bytes that their bodies have together.
    pub(crate) bytes: usize,
    /// How long they are hidden, if not for the queue's visibility timeout.
    pub(crate) visibility: Option<TimeDelta>,
}

/// Receives messages.
pub(crate) fn receive(state: &mut State, arn: &str, wanted: Wanted) -> Receipt {
    let now = state.now();
    let mut receipt = Receipt::default();
    let Some(mut queue) = state.queues.0.remove(arn) else { return receipt };
    queue.messages.retain(|message| message.sent + queue.settings.retention > now);
    let (mut kept, mut left) = (Vec::with_capacity(queue.messages.len()), wanted.bytes);
    for mut message in std::mem::take(&mut queue.messages) {
        if message.visible > now || receipt.messages.len() >= wanted.most || message.body.len() > left {
            kept.push(message);
            continue;
        }
        if let Some((_, target)) = queue.settings.redrive.as_ref().filter(|(most, _)| message.receives >= *most) {
            receipt.dead.push((target.clone(), message));
            continue;
        }
        message.receives += 1;
        left -= message.body.len();
        message.first_received.get_or_insert(now);
        message.last_received = Some(now);
        message.visible = now + wanted.visibility.unwrap_or(queue.settings.visibility);
        message.handle = state.fresh_hex(40);
        receipt.messages.push(message.clone());
        kept.push(message);
    }
    queue.messages = kept;
    state.queues.0.insert(arn.to_owned(), queue);
    // A dead-letter queue that does not take a message, or that is none, leaves it where it is.
    let (mut dead, mut left_behind) = (Vec::new(), Vec::new());
    for (target, message) in std::mem::take(&mut receipt.dead) {
        let sender = Sender { id: &message.sender, trace: message.trace.as_deref() };
        let content = Content { body: &message.body, attributes: message.message_attributes.clone() };
        match send(state, &target, sender, &content, None) {
            Ok(_) => dead.push((target, message)),
            Err(_) => left_behind.push(message),
        }
    }
    if let Some(queue) = state.queues.0.get_mut(arn) {
        queue.messages.extend(left_behind);
    }
    receipt.dead = dead;
    receipt
}
