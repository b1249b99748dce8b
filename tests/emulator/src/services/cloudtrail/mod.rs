//! AWS CloudTrail.

pub(crate) mod operations;
