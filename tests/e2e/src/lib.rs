//! What the end-to-end tests are made of. The tests are in `tests/behaviour`, one module for each behaviour.
//!
//! From the ground up: [`environment`] is an emulated AWS with the stacks of template.yaml, and short ways to run their
//! functions and to read what they did.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod edit;
pub mod effects;
pub mod environment;
pub mod fixture;
pub mod full_environment;
pub mod history;
pub mod step;
