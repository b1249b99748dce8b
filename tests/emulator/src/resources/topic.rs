//! Amazon SNS topics, their policies and what was published to them.

use std::collections::{BTreeMap, VecDeque};

use crate::iam::policy::Policy;

/// A message that somebody published to a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The topic's ARN.
    pub topic: String,
    /// Its subject line, if it has one.
    pub subject: Option<String>,
    /// Its text.
    pub message: String,
}

/// All topics.
#[derive(Debug, Default)]
pub(crate) struct Topics {
    /// The policy of each, by ARN.
    pub(crate) policies: BTreeMap<String, Policy>,
    /// What was published and not taken yet, oldest first.
    pub(crate) published: VecDeque<Notice>,
}
