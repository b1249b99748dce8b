//! The emulated world: everything that it holds, its clock, its faults and its journal.

pub(crate) mod clock;
pub(crate) mod fault;
pub(crate) mod faults;
pub(crate) mod graphs;
pub(crate) mod invocations;
pub(crate) mod journal;
pub(crate) mod keys;
pub(crate) mod scenario;
pub(crate) mod sessions;
pub(crate) mod setup;
pub(crate) mod snapshot;
mod standing;
pub(crate) mod state;
mod throttling;
pub(crate) mod timing;
pub(crate) mod transition;
