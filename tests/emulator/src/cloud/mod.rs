//! The handle on the emulated cloud.

pub(crate) mod handle;
