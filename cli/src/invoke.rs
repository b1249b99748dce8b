//! One function on one event, whether or not a rule of the template would send it the event.

use std::path::Path;
use std::process::ExitCode;

use anstream::{eprintln, println};
use local_cloud::LocalCloud;
use local_cloud::binaries::workspace;
use serde_json::Value;

use crate::delivery;
use crate::environment::{self, ADMINISTRATOR, PARTNER};
use crate::failure::Failure;

/// The functions by the names of their binaries: their names in the template, and the account that they are deployed in.
const FUNCTIONS: [(&str, &str, &str); 4] = [
    ("account-onboarder", "AccountOnboarder", ADMINISTRATOR),
    ("member-monitor", "MemberMonitor", ADMINISTRATOR),
    ("invitation-acceptor", "InvitationAcceptor", PARTNER),
    ("organization-reconciler", "OrganizationReconciler", ADMINISTRATOR),
];

pub(crate) async fn run(function: &str, event: &Path) -> Result<ExitCode, Failure> {
    let Some((_, logical_id, account)) = FUNCTIONS.iter().find(|(binary, _, _)| *binary == function) else {
        let names: Vec<&str> = FUNCTIONS.iter().map(|(binary, _, _)| *binary).collect();
        return Err(format!("there is no function {function}; the functions are {}", names.join(", ")).into());
    };
    // As given, or else from the workspace's folder.
    let path = if event.exists() { event.to_owned() } else { workspace().join(event) };
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("the event file {} cannot be read: {error}", event.display()))?;
    let event: Value = serde_json::from_str(&text)
        .map_err(|error| format!("the event file {} is not JSON: {error}", event.display()))?;
    if let Some(sentence) = delivery::describe(logical_id, &event)? {
        eprintln!("{sentence}");
    }
    let cloud = LocalCloud::start(environment::cloud(None)?).await?;
    environment::deploy(&cloud)?;
    let record = cloud.invoke(account, logical_id, event).await;
    for line in &record.log {
        eprintln!("{line}");
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
