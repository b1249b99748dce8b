//! The topics of the cloud.

use crate::cloud::handle::Cloud;
use crate::iam::policy::Policy;
use crate::resources::topic::Notice;

impl Cloud {
    /// Makes a topic of that ARN, or replaces its policy.
    pub fn put_topic(&self, arn: &str, policy: Policy) {
        self.lock().topics.policies.insert(arn.to_owned(), policy);
    }

    /// Takes the messages that were published to topics since the last call, oldest first.
    pub fn take_notices(&self) -> Vec<Notice> {
        self.lock().topics.published.drain(..).collect()
    }
}
