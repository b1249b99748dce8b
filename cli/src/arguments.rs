//! What the command line takes.

use clap::{Parser, Subcommand};

use crate::failure::Usage;
use crate::{demo, doctor, init, invoke, plan, serve};

/// The command line. Its help starts with the package's description.
#[derive(Parser)]
#[command(name = "detective-onboarding", version, about)]
pub(crate) struct Arguments {
    /// Print JSON instead of text, where a command prints text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print nothing but the result: neither progress nor what happens on the way.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Without a command, the demo runs: accounts join an organization, and become members.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// The demo: accounts join an emulated organization, and become members. It runs without a command as well.
    ///
    /// Exits with 0 if it ends as it should, and else with 1.
    Demo(demo::Options),
    /// Runs one function on one event in an emulated environment, and prints its response.
    ///
    /// Its log goes to standard error, as the function wrote it. Exits with 0 if the function succeeded, 1 if it failed, and 2 if
    /// there is no such function or no such event.
    Invoke(invoke::Options),
    /// Shows what organization-reconciler would do, and changes nothing: in your own organization or in a scenario's.
    ///
    /// It is the function's own code in a dry run, with the parameters of template.yaml. Nothing needs to be deployed.
    Plan(plan::Options),
    /// Prints the dashboard's definition (DashboardBody in template.yaml), as JSON.
    Dashboard {
        /// The Region of the stack.
        #[arg(long, default_value = "us-east-1")]
        region: String,
    },
    /// Reads your organization with your own AWS credentials, asks what AWS does not show, and writes samconfig.toml.
    ///
    /// It shows what it changes in the file before it does, and what is missing in AWS. In AWS it changes nothing.
    Init(init::Options),
    /// Checks, with your own AWS credentials, whether AWS is ready for the functions. It changes nothing.
    ///
    /// Exits with 0 if nothing is wrong, 1 if there is a problem, and 2 if it could not run.
    Doctor(doctor::Options),
    /// Keeps an emulated cloud up for the AWS CLI and SDKs.
    Serve(serve::Options),
    /// Prints a script that completes this command's arguments in a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

impl Arguments {
    /// Whether the command does what its options ask for.
    ///
    /// # Errors
    /// It has no JSON to print.
    pub(crate) fn check(&self) -> Result<(), Usage> {
        let without_json = match self.command {
            Some(Command::Init(_)) => "init asks people and writes a file",
            Some(Command::Completions { .. }) => "completions prints a script",
            _ => return Ok(()),
        };
        match self.json {
            true => Err(Usage(format!("{without_json}: it takes no --json"))),
            false => Ok(()),
        }
    }
}
