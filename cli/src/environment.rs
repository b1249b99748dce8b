//! The example environment, others from scenario files, and the stacks of template.yaml in them.

use std::io::IsTerminal;
use std::path::PathBuf;

use detective_emulator::{Cloud, GraphView, Scenario};
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
    Ok(read(scenario)?.0)
}

/// The same with the scenario.
///
/// # Errors
/// The file cannot be read, or is not a scenario.
pub(crate) fn read(scenario: Option<PathBuf>) -> Result<(Cloud, Scenario), Failure> {
    let path = scenario.unwrap_or_else(|| workspace().join("tests/local-cloud/scenarios/small.yaml"));
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("the scenario file {} cannot be read: {error}", path.display()))?;
    let scenario = Scenario::from_yaml(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let cloud = Cloud::new(&scenario).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok((cloud, scenario))
}

/// template.yaml as a stack in an account.
pub(crate) fn stack(place: &str, account: &str) -> Result<Stack, Failure> {
    let template = workspace().join("template.yaml");
    Ok(Stack::from_file(&template, "detective-onboarding", account, "us-east-1")?.with("Place", place))
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

/// Deploys the stacks of the environment: events are forwarded, accounts onboarded and monitored, and an account outside the
/// organization accepts invitations.
///
/// # Errors
/// The environment has no organization or no graph, or a function cannot be built.
pub(crate) fn deploy(cloud: &LocalCloud) -> Result<(), Failure> {
    let accounts = Accounts::of(cloud.emulator().cloud())?;
    deploy_stacks(cloud, stacks(&accounts, &[], &[])?)
}

/// The same of these stacks.
///
/// # Errors
/// A function cannot be built, or a parameter is wrong.
pub(crate) fn deploy_stacks(cloud: &LocalCloud, stacks: Stacks) -> Result<(), Failure> {
    if std::io::stderr().is_terminal() {
        anstream::eprintln!("Building the functions, which takes some minutes the first time ...");
    }
    let Stacks { management, administrator, acceptor } = stacks;
    for stack in [management, administrator].into_iter().chain(acceptor) {
        cloud.deploy(stack)?;
    }
    Ok(())
}

/// The stacks of an environment.
pub(crate) struct Stacks {
    pub(crate) management: Stack,
    pub(crate) administrator: Stack,
    pub(crate) acceptor: Option<Stack>,
}

/// The stacks of an environment, with parameters of the management account's, and of the administrator account's.
///
/// # Errors
/// template.yaml cannot be read.
pub(crate) fn stacks(
    accounts: &Accounts,
    of_management: &[(&str, &str)],
    of_administrator: &[(&str, &str)],
) -> Result<Stacks, Failure> {
    let Accounts { organization, management, administrator, regions, acceptor } = accounts;
    let with = |stack: Stack, parameters: &[(&str, &str)]| {
        parameters.iter().fold(stack, |stack, (name, value)| stack.with(name, value))
    };
    let stack_of_management = stack("ManagementAccount", management)?
        .with("AdministratorAccountId", administrator)
        .with("AdministratorRegion", "us-east-1")
        .with("DetectiveRegions", regions);
    let stack_of_administrator = stack("AdministratorAccount", administrator)?
        .with("OrganizationId", organization)
        .with("ManagementAccountId", management)
        .with("DetectiveRegions", regions);
    let acceptor = acceptor.as_ref().map(|(acceptor, regions)| {
        let stack = stack("MemberAccount", acceptor)?.with("TrustedAdministratorIds", administrator);
        Ok::<_, Failure>(stack.with("DetectiveRegions", regions))
    });
    Ok(Stacks {
        management: with(stack_of_management, of_management),
        administrator: with(stack_of_administrator, of_administrator),
        acceptor: acceptor.transpose()?,
    })
}

/// The accounts of an environment that have stacks.
pub(crate) struct Accounts {
    /// The organization's id.
    pub(crate) organization: String,
    pub(crate) management: String,
    /// Whoever has the organization's graph, or else the first graph.
    pub(crate) administrator: String,
    /// The Regions of its graphs, separated by commas.
    pub(crate) regions: String,
    /// An account outside the organization, or else one in it, that accepts by itself; and in which Regions.
    pub(crate) acceptor: Option<(String, String)>,
}

impl Accounts {
    /// Reads them from the environment.
    ///
    /// # Errors
    /// It has no organization or no graph.
    pub(crate) fn of(cloud: &Cloud) -> Result<Self, Failure> {
        let snapshot = cloud.snapshot();
        let organization = snapshot.organization.ok_or("the scenario has no organization")?;
        let graphs = &snapshot.graphs;
        let first =
            graphs.iter().find(|graph| graph.organization).or(graphs.first()).ok_or("the scenario has no graph")?;
        let administrator = first.administrator.clone();
        let own = graphs.iter().filter(|graph| graph.administrator == administrator);
        let (own, invitation): (Vec<_>, Vec<_>) = own.partition(|graph| graph.organization);
        let names =
            |graphs: &[&GraphView]| graphs.iter().map(|graph| graph.region.as_str()).collect::<Vec<_>>().join(",");
        let regions = names(&[&own[..], &invitation].concat());
        let accepted = if invitation.is_empty() { regions.clone() } else { names(&invitation) };
        let ids = snapshot.standalone.iter().chain(&organization.accounts).map(|account| &account.id);
        let others = || ids.clone().filter(|id| **id != organization.management_account_id && **id != administrator);
        let acceptor = others().find(|id| *id == PARTNER).or_else(|| others().next());
        Ok(Self {
            organization: organization.id,
            management: organization.management_account_id,
            acceptor: acceptor.map(|id| (id.clone(), accepted)),
            regions,
            administrator,
        })
    }
}
