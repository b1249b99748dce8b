//! One function on one event, whether or not a rule of the template would send it the event.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anstream::{eprintln, println};
use detective_emulator::{Emulator, Fault};
use local_cloud::LocalCloud;
use local_cloud::binaries::workspace;
use serde_json::Value;

use crate::delivery;
use crate::environment::{self, Accounts};
use crate::failure::{Failure, Usage};
use crate::samconfig::{self, Parameter};

/// What is run, on what, and where.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The function, such as account-onboarder.
    function: String,
    /// A file with the event, such as events/create-account-succeeded.json; - reads it from standard input.
    #[arg(long, value_name = "FILE")]
    event: PathBuf,
    /// A scenario file; without it, the example environment.
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// A fault of a service, as in scenario files and as JSON; as often as you like.
    #[arg(long, value_name = "JSON")]
    fault: Vec<String>,
    /// A variable of the function, whatever the template gives it; as often as you like.
    #[arg(long, value_name = "NAME=VALUE", value_parser = samconfig::parameter)]
    env: Vec<Parameter>,
}

/// Where a function is deployed.
#[derive(Clone, Copy)]
enum Place {
    Administrator,
    Management,
    Acceptor,
}

/// The functions: their names in the template, and where they are deployed.
const FUNCTIONS: [(&str, &str, Place); 7] = [
    ("account-onboarder", "AccountOnboarder", Place::Administrator),
    ("member-monitor", "MemberMonitor", Place::Administrator),
    ("organization-reconciler", "OrganizationReconciler", Place::Administrator),
    ("account-offboarder", "AccountOffboarder", Place::Administrator),
    ("central-acceptor", "CentralAcceptor", Place::Administrator),
    ("invitation-acceptor", "InvitationAcceptor", Place::Acceptor),
    ("administrator-keeper", "AdministratorKeeper", Place::Management),
];

/// Runs it. The response is the result; in `quiet`, there is neither a log nor a sentence on what delivers the event.
pub(crate) async fn run(options: Options, quiet: bool) -> Result<ExitCode, Failure> {
    let function = FUNCTIONS.iter().find(|(name, id, _)| *name == options.function || *id == options.function);
    let Some((name, logical_id, place)) = function else {
        let names: Vec<&str> = FUNCTIONS.iter().map(|(name, ..)| *name).collect();
        return Err(usage(format!(
            "there is no function {}; the functions are {}",
            options.function,
            names.join(", ")
        )));
    };
    let event = event(&options)?;
    let faults = options.fault.iter().map(|text| {
        serde_json::from_str::<Fault>(text).map_err(|error| usage(format!("--fault is no fault: {error}: {text}")))
    });
    let faults: Vec<Fault> = faults.collect::<Result<_, _>>()?;
    let emulator = Emulator::start(environment::cloud(options.scenario)?).await?;
    let variables = options.env.into_iter().collect();
    let cloud = LocalCloud::with(emulator, local_cloud::Options { variables, ..local_cloud::Options::default() });
    let accounts = Accounts::of(cloud.emulator().cloud())?;
    // Some functions are in the stack only where they are asked for.
    let parameters: &[(&str, &str)] = match *name {
        "administrator-keeper" => &[("AdministratorCheck", "report")],
        "account-offboarder" => &[("RemoveMembers", "true")],
        "central-acceptor" => {
            &[("MemberRoleName", "detective-invitation-acceptor"), ("MemberRoleExternalId", "of-this-environment")]
        }
        _ => &[],
    };
    let (of_management, of_administrator) = match place {
        Place::Management => (parameters, &[][..]),
        Place::Administrator | Place::Acceptor => (&[][..], parameters),
    };
    let stacks = environment::stacks(&accounts, of_management, of_administrator)?;
    if let Some(sentence) = delivery::describe(&stacks, logical_id, &event)?.filter(|_| !quiet) {
        eprintln!("{sentence}");
    }
    environment::deploy_stacks(&cloud, stacks)?;
    cloud.emulator().cloud().set_faults(faults);
    let account = match place {
        Place::Administrator => &accounts.administrator,
        Place::Management => &accounts.management,
        Place::Acceptor => &accounts.acceptor.as_ref().ok_or("the scenario has no account that could accept")?.0,
    };
    let record = cloud.invoke(account, logical_id, event).await;
    if !quiet {
        std::io::stderr().write_all(&record.output)?;
    }
    match record.outcome {
        Ok(response) => {
            println!("{response:#}");
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            println!("{:#}", serde_json::json!(error));
            Ok(ExitCode::FAILURE)
        }
    }
}

/// The event: of EventBridge, of a queue or of a schedule.
fn event(options: &Options) -> Result<Value, Failure> {
    let file = options.event.display();
    let unreadable = |error: std::io::Error| usage(format!("the event file {file} cannot be read: {error}"));
    let text = if options.event.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(unreadable)?;
        text
    } else {
        // As given, or else from the workspace's folder.
        let path = if options.event.exists() { options.event.clone() } else { workspace().join(&options.event) };
        std::fs::read_to_string(path).map_err(unreadable)?
    };
    let event: Value =
        serde_json::from_str(&text).map_err(|error| usage(format!("the event file {file} is not JSON: {error}")))?;
    let has = |names: &[&str]| names.iter().all(|name| event.get(name).is_some());
    let is_event = has(&["source", "detail"]) || has(&["Records"]) || has(&["scheduledTime"]);
    match event.as_object() {
        Some(members) if is_event || members.is_empty() => Ok(event),
        _ => Err(usage(format!(
            "the event file {file} has no event: an object with source and detail, as EventBridge sends it, with Records, as a queue \
             does, with scheduledTime, or an empty one for a schedule"
        ))),
    }
}

fn usage(sentence: String) -> Failure {
    Box::new(Usage(sentence))
}
