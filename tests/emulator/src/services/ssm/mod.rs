//! AWS Systems Manager.

pub(crate) mod service;
