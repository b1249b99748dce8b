//! Amazon SQS: standard queues, as far as event source mappings and senders need them.

pub(crate) mod messages;
mod operations;
pub(crate) mod service;
mod visibility;
