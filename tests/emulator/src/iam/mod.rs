//! Identity and Access Management: what policies allow.

pub(crate) mod authorize;
pub mod policy;
