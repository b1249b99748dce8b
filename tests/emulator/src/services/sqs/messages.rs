//! Sending and receiving messages.
//!
//! A message that was received is hidden for the queue's visibility timeout, in virtual time; one that was received too
//! often is moved to the dead-letter queue.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>

use chrono::TimeDelta;

use crate::resources::queue::{QueueMessage, Receipt};
use crate::world::state::State;

/// Who sends a message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sender<'a> {
    pub(crate) id: &'a str,
    /// X-Ray's trace header of the call.
    pub(crate) trace: Option<&'a str>,
}

/// Sends a message. `None` if there is no such queue.
pub(crate) fn send(
    state: &mut State,
    arn: &str,
    sender: Sender<'_>,
    body: &str,
    delay: Option<TimeDelta>,
) -> Option<String> {
    let (now, id) = (state.now(), state.fresh_uuid());
    let queue = state.queues.0.get_mut(arn)?;
    let visible = now + delay.unwrap_or(queue.settings.delay);
    queue.messages.push(QueueMessage {
        id: id.clone(),
        handle: String::new(),
        body: body.to_owned(),
        sender: sender.id.to_owned(),
        trace: sender.trace.map(str::to_owned),
        sent: now,
        first_received: None,
        last_received: None,
        receives: 0,
        visible,
    });
    state.changed.notify_one();
    Some(id)
}

/// Receives up to `most` messages, whose bodies have up to `bytes` together.
pub(crate) fn receive(state: &mut State, arn: &str, most: usize, bytes: usize) -> Receipt {
    let now = state.now();
    let mut receipt = Receipt::default();
    let Some(mut queue) = state.queues.0.remove(arn) else { return receipt };
    queue.messages.retain(|message| message.sent + queue.settings.retention > now);
    let (mut kept, mut left) = (Vec::with_capacity(queue.messages.len()), bytes);
    for mut message in std::mem::take(&mut queue.messages) {
        if message.visible > now || receipt.messages.len() >= most || message.body.len() > left {
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
        message.visible = now + queue.settings.visibility;
        message.handle = state.fresh_hex(40);
        receipt.messages.push(message.clone());
        kept.push(message);
    }
    queue.messages = kept;
    state.queues.0.insert(arn.to_owned(), queue);
    for (target, message) in &receipt.dead {
        let sender = Sender { id: &message.sender, trace: message.trace.as_deref() };
        send(state, target, sender, &message.body, None);
    }
    receipt
}
