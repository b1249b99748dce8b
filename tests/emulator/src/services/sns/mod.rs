//! Amazon SNS.

mod publish;
pub(crate) mod service;
