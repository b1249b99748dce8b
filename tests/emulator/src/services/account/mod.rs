//! Account Management.

pub(crate) mod operations;
