//! AWS Organizations: what each operation does, by
//! <https://docs.aws.amazon.com/organizations/latest/APIReference/Welcome.html>.

mod access;
mod accounts;
pub(crate) mod actions;
pub(crate) mod closure;
pub(crate) mod creation;
mod delegation;
mod events;
mod foundation;
mod handshakes;
mod membership;
mod model;
mod policies;
mod principals;
pub(crate) mod service;
mod tags;
mod tree;
mod world;
