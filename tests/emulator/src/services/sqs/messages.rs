//! Sending and receiving messages.
//!
//! A message that was received is hidden for the queue's visibility timeout, in virtual time; one that was received too
//! often is moved to the dead-letter queue.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>

use chrono::TimeDelta;

use crate::resources::queue::{QueueMessage, Receipt};
use crate::world::state::State;

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
