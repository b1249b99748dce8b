//! Scenarios: what an emulated AWS holds when a test starts. [`organization`] is the smallest of them, and a test adds
//! what matters to it.

use detective_emulator::{
    AccountScenario, GeneratedAccounts, GraphScenario, MemberScenario, OrganizationScenario, Scenario, Span, Timing,
};

/// The organization's management account.
pub const MANAGEMENT: &str = "111111111111";
/// The organization's security account: Detective's delegated administrator.
pub const ADMINISTRATOR: &str = "222222222222";
/// Seventeen Regions with Detective, as the parameter DetectiveRegions lists them.
pub const SEVENTEEN_REGIONS: &str = "us-east-1,us-east-2,us-west-1,us-west-2,ca-central-1,eu-west-1,eu-west-2,\
    eu-west-3,eu-central-1,eu-north-1,ap-northeast-1,ap-northeast-2,ap-south-1,ap-southeast-1,ap-southeast-2,sa-east-1,\
    eu-south-1";

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

/// An active account of that id. Detective knows that its data fits in a graph.
pub fn account(id: &str) -> Account {
    Account(AccountScenario { id: id.to_owned(), email: format!("account-{id}@example.com"), ..Default::default() })
}

/// The graphs of [`ADMINISTRATOR`] in these Regions, separated by commas. It administers Detective for the organization
/// there.
pub fn organization_graph(regions: &str) -> Graph {
    let Graph(graph) = invitation_graph(regions);
    Graph(GraphScenario { organization: true, ..graph })
}

/// The graphs of [`ADMINISTRATOR`] in these Regions, separated by commas. It can only invite accounts there.
pub fn invitation_graph(regions: &str) -> Graph {
    Graph(GraphScenario {
        administrator: ADMINISTRATOR.to_owned(),
        regions: regions.split(',').map(str::to_owned).collect(),
        organization: false,
        auto_enable: false,
        members: Vec::new(),
        enabled_accounts: 0,
    })
}

/// The account of that id as an enabled member.
pub fn member(id: &str) -> Member {
    Member(MemberScenario {
        account: id.to_owned(),
        status: None,
        disabled_reason: None,
        email: None,
        age: Span::default(),
    })
}

/// A span of virtual time such as `90s` or `365days`.
pub fn span(text: &str) -> Span {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
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
        let accounts = GeneratedAccounts { count, first_id, email_domain, ou };
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

    /// Adds a Systems Manager parameter.
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        self.0.parameters.insert(name.to_owned(), value.to_owned());
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

/// An account of a scenario.
#[derive(Debug, Clone)]
pub struct Account(AccountScenario);

impl Account {
    /// In this state in Organizations, such as `SUSPENDED`.
    pub fn state(mut self, state: &str) -> Self {
        self.0.state = Some(state.to_owned());
        self
    }

    /// In this OU, a path of names such as `Workloads/Prod`.
    pub fn ou(mut self, path: &str) -> Self {
        self.0.ou = Some(path.to_owned());
        self
    }

    /// With this tag.
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.0.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    /// With this data volume: `unknown`, `high`, or a size a day such as `12GB`.
    pub fn volume(mut self, volume: &str) -> Self {
        self.0.volume = volume.parse().unwrap_or_else(|error| panic!("{error}"));
        self
    }

    /// Detective's verification of its invitations fails.
    pub fn fails_verification(mut self) -> Self {
        self.0.fails_verification = true;
        self
    }

    /// It has not enabled these opt-in Regions.
    pub fn disabled_regions<const N: usize>(mut self, regions: [&str; N]) -> Self {
        self.0.disabled_regions = regions.map(str::to_owned).into();
        self
    }
}

/// A behavior graph of a scenario, in each of its Regions.
#[derive(Debug, Clone)]
pub struct Graph(GraphScenario);

impl Graph {
    /// With another administrator account.
    pub fn administrator(mut self, id: &str) -> Self {
        self.0.administrator = id.to_owned();
        self
    }

    /// Enables accounts that join the organization by itself.
    pub fn auto_enable(mut self) -> Self {
        self.0.auto_enable = true;
        self
    }

    /// Adds members.
    pub fn members(mut self, members: impl IntoIterator<Item = Member>) -> Self {
        self.0.members.extend(members.into_iter().map(|Member(member)| member));
        self
    }
}

/// A member of a behavior graph of a scenario.
#[derive(Debug, Clone)]
pub struct Member(MemberScenario);

impl Member {
    /// With this status, such as `INVITED`.
    pub fn status(mut self, status: &str) -> Self {
        self.0.status = Some(status.to_owned());
        self
    }

    /// With the status `ACCEPTED_BUT_DISABLED` for this reason: `VOLUME_UNKNOWN` or `VOLUME_TOO_HIGH`.
    pub fn disabled(mut self, reason: &str) -> Self {
        self.0.disabled_reason = Some(reason.to_owned());
        self.status("ACCEPTED_BUT_DISABLED")
    }

    /// Invited with an email address that is not the account's.
    pub fn email(mut self, email: &str) -> Self {
        self.0.email = Some(email.to_owned());
        self
    }

    /// Its status last changed this long before the start, such as `24h`.
    pub fn age(mut self, age: &str) -> Self {
        self.0.age = span(age);
        self
    }
}
