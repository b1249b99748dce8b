//! Amazon SQS: standard queues, as far as event source mappings and senders need them.

mod attributes;
mod batches;
mod errors;
pub(crate) mod messages;
mod operations;
mod queues;
pub(crate) mod service;
mod visibility;
