//! Amazon EventBridge.

pub(crate) mod put_events;
pub(crate) mod rules;
