//! Identity and Access Management: what policies allow. It does not depend on the emulated world.

pub(crate) mod conditions;
pub(crate) mod pattern;
pub(crate) mod permissions;
pub mod policy;
pub(crate) mod principal;
pub(crate) mod request;
