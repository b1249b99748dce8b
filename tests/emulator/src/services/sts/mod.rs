//! AWS STS.

pub(crate) mod operations;
