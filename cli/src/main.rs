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

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use arguments::{Arguments, Command};
use failure::{Failure, Usage};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.check() {
        Ok(()) => run(arguments).await,
        Err(usage) => Err(usage.into()),
    };
    result.unwrap_or_else(|error| {
        anstream::eprintln!("error: {error}");
        if error.is::<Usage>() { ExitCode::from(2) } else { ExitCode::FAILURE }
    })
}

async fn run(Arguments { json, quiet, command }: Arguments) -> Result<ExitCode, Failure> {
    match command {
        None => demo::run(demo::Options::default(), json, quiet).await,
        Some(Command::Demo(options)) => demo::run(options, json, quiet).await,
        Some(Command::Invoke(options)) => invoke::run(options, quiet).await,
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "detective-onboarding", &mut script);
            std::io::stdout().write_all(&script).map(|()| ExitCode::SUCCESS).map_err(Into::into)
        }
        Some(Command::Plan(options)) => plan::run(options, json, quiet).await,
        Some(Command::Dashboard { region }) => dashboard::run(&region),
        Some(Command::Init(options)) => init::run(options, quiet).await,
        Some(Command::Doctor(options)) => Ok(doctor::run(options, json, quiet).await),
        Some(Command::Serve(options)) => serve::run(options, json, quiet).await,
    }
}
