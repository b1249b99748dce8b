//! The commands that run on the emulated cloud, from outside: the real binary.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod flags;
mod invoke;
mod mistakes;
mod plan;
mod serve;

use std::process::Command;

/// The binary with arguments.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_detective-onboarding"));
    command.args(arguments);
    command
}
