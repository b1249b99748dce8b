//! From a scenario to the state that it describes.

mod accounts;
mod checks;
mod graphs;
mod organization;
pub(crate) mod state;
