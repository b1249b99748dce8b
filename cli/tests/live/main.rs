//! `plan --live`, from outside: the real binary with an account's credentials, on the emulated cloud.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agreement;
mod init;
mod large;
mod program;

use std::process::{Command, Output};

use detective_emulator::Cloud;
use end_to_end::environment::Environment;
use serde_json::Value;

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

/// The same without credentials.
fn bare(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_detective-onboarding"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    command.env("AWS_CONFIG_FILE", "/nonexistent").env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    command.args(arguments);
    command
}

/// Runs a command while the emulator answers it.
async fn output(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
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
