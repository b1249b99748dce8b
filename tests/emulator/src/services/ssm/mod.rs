//! AWS Systems Manager: parameters.

mod parameters;
pub(crate) mod service;
