//! The preflight, from outside: the real binary, on the emulated cloud.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod landscape;
mod path;
mod prerequisites;
mod program;
mod wanted;
