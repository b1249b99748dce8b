//! Keeps the Detective behavior graphs in step with the organization, as the policy defines it.
//!
//! The function is this library and a `main` that hands it to Lambda. [`preview`] is the same code for whoever wants to know what a
//! run would do before anything is deployed.

mod cache;
mod cover;
mod graph_settings;
mod preview;
mod publish;
mod reconcile;
mod removal_confirmation;
#[cfg(test)]
mod run_context_tests;

pub use preview::preview;
pub use publish::observer::Observer;
pub use publish::page;
pub use publish::rows::Row;
pub use reconcile::Reconciler;
