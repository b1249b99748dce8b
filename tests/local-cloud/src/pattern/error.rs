//! What is wrong with a pattern.

/// What is wrong with a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event pattern: {0}")]
pub struct PatternError(pub(super) String);
