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
pub(crate) mod service;
pub(crate) mod transitions;
