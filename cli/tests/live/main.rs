//! `plan --live`, from outside: the real binary with an account's credentials, on the emulated cloud.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agreement;
mod init;
mod large;
mod program;

#[path = "../support/mod.rs"]
mod support;

use std::process::{Command, Output};

use detective_emulator::Cloud;
use end_to_end::environment::Environment;
use serde_json::Value;
use support::{bare, output};

/// The binary with arguments, with an account's credentials and nothing of this machine's own settings.
fn command(environment: &Environment, account: &str, arguments: &[&str]) -> Command {
    let mut command = bare(arguments);
    command
        .env("AWS_ENDPOINT_URL", environment.cloud.emulator().endpoint_url())
        .env("AWS_ACCESS_KEY_ID", account)
        .env("AWS_SECRET_ACCESS_KEY", "any")
        .env("AWS_REGION", "us-east-1");
    command
}

/// A plan as JSON.
fn plan(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// The operations that were called from a call on, but those that read.
fn mutating_calls(cloud: &Cloud, from: usize) -> Vec<String> {
    let reads =
        |operation: &str| ["BatchGet", "Describe", "Get", "List"].iter().any(|verb| operation.starts_with(verb));
    let calls = cloud.journal().into_iter().skip(from).map(|call| call.operation);
    calls.filter(|operation| !reads(operation)).collect()
}
