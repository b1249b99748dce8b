//! What is wrong with an input.

/// What is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) message: String,
    /// The name of the shape that the wrong value should have had.
    pub(crate) shape: String,
}
