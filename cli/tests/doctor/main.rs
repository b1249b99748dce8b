//! The preflight, from outside: the real binary, on the emulated cloud.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod environment;
mod event_path;
mod prerequisites;
mod program;
mod quota;
mod required_events;
