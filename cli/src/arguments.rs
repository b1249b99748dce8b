//! What the command line takes.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::{doctor, init, plan};

/// The command line. Its help starts with the package's description.
#[derive(Parser)]
#[command(name = "detective-onboarding", version, about)]
pub(crate) struct Arguments {
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print nothing but the result.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Without a command, the demo runs: accounts join an organization, and become members.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Runs one function on one event in the example environment, and prints its response.
    Invoke {
        /// The function: account-onboarder, member-monitor, invitation-acceptor or organization-reconciler.
        function: String,
        /// A file with the event, such as events/create-account-succeeded.json.
        #[arg(long)]
        event: PathBuf,
    },
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
    Serve {
        /// The port; 0 takes a free one.
        #[arg(long, default_value_t = 4566)]
        port: u16,
        /// A scenario file; without it, the example environment.
        #[arg(long)]
        scenario: Option<PathBuf>,
        /// How many times faster than real time virtual time flows; at 0 it stands still until it is advanced.
        #[arg(long, default_value_t = 60.0)]
        speed: f64,
        /// Deploy the functions as well, and deliver events to them.
        #[arg(long)]
        functions: bool,
    },
}
