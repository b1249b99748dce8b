//! What is wrong with a template, and where.

/// What is wrong with a template, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct TemplateError {
    /// The path through the template to the place.
    pub place: String,
    /// What is wrong there.
    pub problem: String,
}

impl TemplateError {
    pub(crate) fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into() }
    }
}

/// A place one step further in.
pub(super) fn join(place: &str, step: impl std::fmt::Display) -> String {
    if place.is_empty() { step.to_string() } else { format!("{place}.{step}") }
}
