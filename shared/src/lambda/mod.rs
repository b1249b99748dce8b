//! Runs a handler under Lambda: what invoked it, in which Regions it works, and what it continues later.

pub mod continuation;
pub mod failure_memory;
pub mod handler;
pub mod invocation;
mod job;
pub mod message;
mod perform;
pub mod regions;
pub mod run;
