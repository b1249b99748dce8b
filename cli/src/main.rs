//! The command line: a demo, one invocation, a plan, the dashboard, a preflight of an AWS account, and an emulated cloud
//! that is kept up for other programs.

mod arguments;
mod caller;
mod dashboard;
mod delivery;
mod demo;
mod doctor;
mod environment;
mod failure;
mod init;
mod invoke;
mod plan;
mod policy_argument;
mod progress;
mod samconfig;
mod serve;
mod settings;
mod values;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { json, quiet, command } = Arguments::parse();
    let result = match command {
        None => demo::run(json).await,
        Some(Command::Invoke { function, event }) => invoke::run(&function, &event).await,
        Some(Command::Plan(options)) => plan::run(options, json, quiet).await,
        Some(Command::Dashboard { region }) => dashboard::run(&region),
        Some(Command::Init(options)) => init::run(options, quiet).await,
        Some(Command::Doctor(options)) => return doctor::run(options, json).await,
        Some(Command::Serve { port, scenario, speed, functions }) => serve::run(port, scenario, speed, functions).await,
    };
    result.unwrap_or_else(|error| {
        anstream::eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
