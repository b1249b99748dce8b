//! The queues of the cloud, for stacks that make them and for what polls them.

use chrono::{DateTime, Utc};

use crate::cloud::handle::Cloud;
use crate::iam::policy::Policy;
use crate::resources::queue::{QueueMessage, QueueSettings, Receipt};
use crate::services::sqs::messages::{self, Content, Sender, Wanted};

impl Cloud {
    /// Makes a queue of that ARN, or changes its settings.
    pub fn put_queue(&self, arn: &str, settings: QueueSettings) {
        let mut state = self.lock();
        let now = state.now();
        state.queues.put(arn, settings, now);
    }

    /// Sets the policy of a queue: what it denies to callers is denied, whatever their own policies allow.
    pub fn put_queue_policy(&self, arn: &str, policy: Policy) {
        self.lock().queue_policies.insert(arn.to_owned(), policy);
    }

    /// Sends a message to a queue, as `sender`. Gives its id.
    ///
    /// # Errors
    /// Why the queue does not take it: there is none, or the message is too large.
    pub fn send_message(&self, queue: &str, sender: &str, body: &str) -> Result<String, String> {
        let (sender, content) = (Sender { id: sender, trace: None }, Content { body, ..Content::default() });
        messages::send(&mut self.lock(), queue, sender, &content, None).map_err(|error| error.message)
    }

    /// Receives up to `most` messages of a queue, whose bodies have up to `bytes` together.
    pub fn receive_messages(&self, queue: &str, most: usize, bytes: usize) -> Receipt {
        messages::receive(&mut self.lock(), queue, Wanted { most, bytes, visibility: None })
    }

    /// Deletes a message that was received.
    pub fn delete_message(&self, queue: &str, handle: &str) {
        self.lock().queues.delete(queue, handle);
    }

    /// How many messages of a queue can be received now, and the bytes of their bodies.
    pub fn visible_messages(&self, queue: &str) -> (usize, usize) {
        let state = self.lock();
        state.queues.visible(queue, state.now())
    }

    /// When a message of a queue can next be received.
    pub fn next_message(&self, queue: &str) -> Option<DateTime<Utc>> {
        self.lock().queues.next_visible(queue)
    }

    /// The messages that wait in a queue, those among them that were received and not deleted.
    pub fn messages(&self, queue: &str) -> Vec<QueueMessage> {
        self.lock().queues.waiting(queue)
    }
}
