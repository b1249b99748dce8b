//! The functions of template.yaml on the emulated cloud.
//!
//! [`LocalCloud`] deploys stacks into accounts of the emulated cloud and runs their functions: the real binaries, each
//! a process that speaks with an emulated Lambda Runtime API ([`lambda`]). [`template`] resolves a template as a
//! deployment does, [`stack`] reads from it what delivery depends on, [`pattern`], [`schedule`] and [`policy`] decide
//! what is delivered, and [`timeline`] says what happened. Everything lives in the emulated cloud's virtual time.

mod error;
pub mod pattern;
pub mod policy;
pub mod schedule;
pub mod stack;
pub mod template;

pub use error::Error;
pub use stack::Stack;
