//! Why a command could not be carried out.

/// An error that ends a command; its text is one sentence for people.
pub(crate) type Failure = Box<dyn std::error::Error>;
