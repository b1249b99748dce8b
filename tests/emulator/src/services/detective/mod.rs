//! Amazon Detective: what each operation does, by
//! <https://docs.aws.amazon.com/detective/latest/APIReference/Welcome.html>.

mod actions;
mod administration;
mod datasources;
mod details;
mod graph;
pub(crate) mod investigations;
mod invitations;
mod members;
mod model;
pub(crate) mod service;
mod tokens;
pub(crate) mod transitions;
mod world;
