//! The handle on the emulated cloud.

mod events;
pub(crate) mod handle;
mod queues;
pub(crate) mod roles;
mod stacks;
mod storage;
mod topics;
