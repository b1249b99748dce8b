//! Scenarios: what the emulated cloud holds when it starts, as a YAML or JSON file.

pub(crate) mod account;
pub(crate) mod error;
pub(crate) mod file;
pub(crate) mod graph;
pub(crate) mod identity;
pub(crate) mod organization;
