//! The example environment, others from scenario files, and the stacks of template.yaml in them.

use std::path::PathBuf;

use detective_emulator::{Cloud, Scenario};
use local_cloud::binaries::workspace;
use local_cloud::{LocalCloud, Stack};

use crate::failure::Failure;

pub(crate) const MANAGEMENT: &str = "111111111111";
pub(crate) const ADMINISTRATOR: &str = "222222222222";
pub(crate) const PARTNER: &str = "777777777777";

/// The cloud of a scenario file, or the example environment's.
///
/// # Errors
/// The file cannot be read, or is not a scenario.
pub(crate) fn cloud(scenario: Option<PathBuf>) -> Result<Cloud, Failure> {
    let path = scenario.unwrap_or_else(|| workspace().join("tests/local-cloud/scenarios/small.yaml"));
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("the scenario file {} cannot be read: {error}", path.display()))?;
    let scenario = Scenario::from_yaml(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Cloud::new(&scenario).map_err(|error| format!("{}: {error}", path.display()))?)
}

/// template.yaml as a stack in an account.
pub(crate) fn stack(place: &str, account: &str) -> Result<Stack, Failure> {
    let template = workspace().join("template.yaml");
    Ok(Stack::from_file(&template, "detective-onboarding", account, "us-east-1")?.with("Place", place))
}

/// The management account's stack in the example environment.
pub(crate) fn management_stack() -> Result<Stack, Failure> {
    let stack = stack("ManagementAccount", MANAGEMENT)?;
    Ok(stack.with("AdministratorAccountId", ADMINISTRATOR).with("AdministratorRegion", "us-east-1"))
}

/// The administrator account's stack in the example environment.
pub(crate) fn administrator_stack() -> Result<Stack, Failure> {
    let stack = stack("AdministratorAccount", ADMINISTRATOR)?;
    Ok(stack
        .with("OrganizationId", "o-exampleorg01")
        .with("ManagementAccountId", "111111111111")
        .with("DetectiveRegions", "us-east-1,eu-west-1"))
}

/// A member account's stack in the example environment.
pub(crate) fn member_stack(account: &str) -> Result<Stack, Failure> {
    let stack = stack("MemberAccount", account)?;
    Ok(stack.with("TrustedAdministratorIds", ADMINISTRATOR).with("DetectiveRegions", "eu-west-1"))
}

/// Deploys the stacks of the example environment: events are forwarded, accounts onboarded and monitored, and the partner
/// accepts invitations.
pub(crate) fn deploy(cloud: &LocalCloud) -> Result<(), Failure> {
    cloud.deploy(management_stack()?)?;
    cloud.deploy(administrator_stack()?)?;
    cloud.deploy(member_stack(PARTNER)?)?;
    Ok(())
}
