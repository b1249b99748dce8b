//! Runs a handler under Lambda.

pub mod continuation;
pub mod invocation;
pub mod regions;
pub mod run;
