//! Amazon EventBridge Scheduler.
//!
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/Welcome.html>

mod schedules;
pub(crate) mod service;
