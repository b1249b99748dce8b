//! EventBridge, its Scheduler, SQS and Lambda's asynchronous invocations: events between deployed stacks, and invocations
//! that wait for their turn.
//!
//! Everything here is synchronous and in virtual time. Only running a function takes real time; that is done outside.

mod access;
mod asynchronous;
mod bus;
mod invocations;
mod lineage;
mod queues;
mod scheduler;
mod state;

pub(crate) use lineage::Lineage;
pub(crate) use state::{Engine, Pending, Source};
