//! AWS STS: GetCallerIdentity and AssumeRole.

mod assume_role;
pub(crate) mod service;
