//! The commands that run on the emulated cloud, from outside: the real binary.

mod invoke;
mod mistakes;
mod plan;

use std::process::Command;

/// The binary with arguments.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_detective-onboarding"));
    command.args(arguments);
    command
}
