//! Amazon EventBridge.
//!
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/Welcome.html>

mod bus;
mod put_events;
mod rules;
pub(crate) mod service;
