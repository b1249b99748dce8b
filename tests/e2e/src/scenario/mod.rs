//! Scenarios: what an emulated AWS holds when a test starts. [`organization`] is the smallest of them, and a test adds
//! what matters to it.

mod parts;

use detective_emulator::{
    GeneratedAccounts, Joining, MemberLimitCounts, OrganizationScenario, Scenario, Timing, TooMuchData, Volume,
};

pub use self::parts::{
    ADMINISTRATOR, Account, Graph, MANAGEMENT, Member, SEVENTEEN_REGIONS, account, invitation_graph, member,
    organization_graph, span,
};

const ORGANIZATION: &str = r#"
startTime: 2026-01-05T09:00:00Z
organization:
  id: o-exampleorg01
  managementAccount: {id: "111111111111", email: management@example.com}
  delegatedAdministrators: [{account: "222222222222", service: detective.amazonaws.com}]
  accounts: [{id: "222222222222", email: security@example.com, name: security}]
"#;

/// The organization o-exampleorg01 at 09:00 UTC on 2026-01-05: [`MANAGEMENT`] and [`ADMINISTRATOR`], and no graph.
pub fn organization() -> ScenarioBuilder {
    ScenarioBuilder(Scenario::from_yaml(ORGANIZATION).expect("the smallest organization is valid"))
}

/// The organization with one more account, 333333333333, an organization graph in us-east-1 and an invitation graph in
/// eu-west-1.
pub fn two_regions() -> ScenarioBuilder {
    two_regions_with(account("333333333333"))
}

/// The same as [`two_regions`] with an account of the test's own.
pub fn two_regions_with(account: Account) -> ScenarioBuilder {
    organization().account(account).graph(organization_graph("us-east-1")).graph(invitation_graph("eu-west-1"))
}

/// The organization with an organization graph in us-east-1, an account that fits in it, and one that cannot be monitored.
pub fn partly_covered() -> ScenarioBuilder {
    let accounts = organization().account(account("333333333333")).account(account("444444444444").volume("unknown"));
    accounts.graph(organization_graph("us-east-1"))
}

/// A [`Scenario`] under construction.
#[derive(Debug, Clone)]
pub struct ScenarioBuilder(Scenario);

impl ScenarioBuilder {
    /// Adds an account to the organization.
    pub fn account(self, Account(account): Account) -> Self {
        self.organization(|organization| organization.accounts.push(account))
    }

    /// Adds accounts with consecutive ids to the organization.
    pub fn generated(self, count: u64, first_id: &str) -> Self {
        self.generate(count, first_id, None)
    }

    /// Adds accounts with consecutive ids to an OU of the organization.
    pub fn generated_in(self, ou: &str, count: u64, first_id: &str) -> Self {
        self.generate(count, first_id, Some(ou.to_owned()))
    }

    fn generate(self, count: u64, first_id: &str, ou: Option<String>) -> Self {
        let (first_id, email_domain) = (first_id.to_owned(), "example.com".to_owned());
        let accounts = GeneratedAccounts { count, first_id, email_domain, ou, volume: Volume::default() };
        self.organization(|organization| organization.generate.push(accounts))
    }

    /// Changes the account [`ADMINISTRATOR`].
    pub fn administrator(self, change: impl FnOnce(Account) -> Account) -> Self {
        self.organization(|organization| {
            let Account(changed) = change(Account(organization.accounts[0].clone()));
            organization.accounts[0] = changed;
        })
    }

    /// Adds an account outside the organization.
    pub fn standalone(mut self, Account(account): Account) -> Self {
        self.0.standalone.push(account);
        self
    }

    /// Adds a behavior graph in each of its Regions.
    pub fn graph(mut self, Graph(graph): Graph) -> Self {
        self.0.graphs.push(graph);
        self
    }

    /// Adds a Systems Manager parameter of the administrator account, in us-east-1.
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        let arn = format!("arn:aws:ssm:us-east-1:{ADMINISTRATOR}:parameter{name}");
        self.0.parameters.insert(arn, value.to_owned());
        self
    }

    /// Which members count for a graph's limit when more are created.
    pub fn member_limit_counts(mut self, counts: MemberLimitCounts) -> Self {
        self.0.member_limit_counts = counts;
        self
    }

    /// What an invited member of the organization's graph becomes when its account joins the organization.
    pub fn joining(mut self, joining: Joining) -> Self {
        self.0.joining = joining;
        self
    }

    /// Whether StartMonitoringMember changes the UpdatedTime of a member that it does not enable.
    pub fn start_moves_updated_time(mut self, moves: bool) -> Self {
        self.0.start_moves_updated_time = moves;
        self
    }

    /// What becomes of an account in CreateMembers whose data would be too much for the graph.
    pub fn too_much_data(mut self, becomes: TooMuchData) -> Self {
        self.0.too_much_data = becomes;
        self
    }

    /// Changes how long what AWS does in the background takes.
    pub fn timing(mut self, change: impl FnOnce(&mut Timing)) -> Self {
        change(&mut self.0.timing);
        self
    }

    /// Changes something else of the organization.
    pub fn organization(mut self, change: impl FnOnce(&mut OrganizationScenario)) -> Self {
        change(self.0.organization.as_mut().expect("there is an organization"));
        self
    }
}

impl From<ScenarioBuilder> for Scenario {
    fn from(ScenarioBuilder(scenario): ScenarioBuilder) -> Self {
        scenario
    }
}
