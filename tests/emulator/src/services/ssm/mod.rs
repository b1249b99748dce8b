//! AWS Systems Manager.

pub(crate) mod operations;
