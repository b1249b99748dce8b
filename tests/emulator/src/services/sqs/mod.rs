//! Amazon SQS.

pub(crate) mod operations;
