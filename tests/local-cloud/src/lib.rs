//! The functions of template.yaml on the emulated cloud.
//!
//! [`LocalCloud`] deploys stacks into accounts of the emulated cloud and runs their functions: the real binaries, each
//! a process that speaks with an emulated Lambda Runtime API. [`template`] resolves a template as a deployment does,
//! [`stack`] reads from it what delivery depends on, [`pattern`], [`schedule`] and [`policy`] decide what is
//! delivered, and [`timeline`] records what happened. Everything lives in the emulated cloud's virtual time.

pub mod binaries;
mod cloud;
mod engine;
mod error;
mod lambda;
pub mod pattern;
pub use detective_emulator::policy;
mod recent;
pub mod schedule;
pub mod stack;
pub mod template;
pub mod timeline;

pub use cloud::{LocalCloud, Options};
pub use error::Error;
pub use lambda::{FunctionError, InvocationRecord, environment};
pub use stack::Stack;
pub use timeline::{DeadLetter, Entry, What};
