//! Amazon S3.

pub(crate) mod operations;
