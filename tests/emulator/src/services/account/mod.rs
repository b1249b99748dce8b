//! AWS Account Management.

mod regions;
pub(crate) mod service;
