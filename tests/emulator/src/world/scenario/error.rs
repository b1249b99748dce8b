//! What is wrong with a scenario.

use std::fmt;

/// A scenario that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioError(pub(crate) String);

impl fmt::Display for ScenarioError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the scenario cannot be used: {}", self.0)
    }
}

impl std::error::Error for ScenarioError {}
