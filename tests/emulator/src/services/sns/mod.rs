//! Amazon SNS: Publish.

pub(crate) mod service;
