//! What a scenario consists of: accounts, behavior graphs and their members.

use std::collections::BTreeMap;

use detective_emulator::{AccountScenario, GraphScenario, MemberScenario, OptionalPackage, PackageState, Span};

/// The organization's management account.
pub const MANAGEMENT: &str = "111111111111";
/// The organization's security account: Detective's delegated administrator.
pub const ADMINISTRATOR: &str = "222222222222";
/// Seventeen Regions with Detective, as the parameter DetectiveRegions lists them.
pub const SEVENTEEN_REGIONS: &str = "us-east-1,us-east-2,us-west-1,us-west-2,ca-central-1,eu-west-1,eu-west-2,\
    eu-west-3,eu-central-1,eu-north-1,ap-northeast-1,ap-northeast-2,ap-south-1,ap-southeast-1,ap-southeast-2,sa-east-1,\
    eu-south-1";

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
        packages: BTreeMap::new(),
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

/// An account of a scenario.
#[derive(Debug, Clone)]
pub struct Account(pub(super) AccountScenario);

impl Account {
    /// With this root email address; an empty one is none.
    pub fn email(mut self, email: &str) -> Self {
        self.0.email = email.to_owned();
        self
    }

    /// With this name.
    pub fn name(mut self, name: &str) -> Self {
        self.0.name = Some(name.to_owned());
        self
    }

    /// In this state in Organizations, such as `SUSPENDED`.
    pub fn state(mut self, state: &str) -> Self {
        self.0.state = Some(state.to_owned());
        self
    }

    /// Created this long before the start, such as `0s`.
    pub fn age(mut self, age: &str) -> Self {
        self.0.age = Some(span(age));
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

    /// With this data volume: `unknown`, `unverified`, `high`, or a size a day such as `12GB`.
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
pub struct Graph(pub(super) GraphScenario);

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

    /// With this data source package in another state than a new graph has it in.
    pub fn package(mut self, package: OptionalPackage, state: PackageState) -> Self {
        self.0.packages.insert(package, state);
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
pub struct Member(pub(super) MemberScenario);

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
