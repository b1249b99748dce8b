//! AWS IAM: roles.

mod roles;
pub(crate) mod service;
