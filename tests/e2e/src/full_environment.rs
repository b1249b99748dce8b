//! An organization in which every function has something to do, with every stack deployed and everything enabled.

use std::time::Duration;

use chrono::TimeDelta;
use detective_emulator::{OptionalPackage, PackageState, Scenario};
use local_cloud::Options;
use serde_json::json;

use crate::environment::{Environment, MEMBER_ROLE};
use crate::events::account_created;
use crate::scenario::{
    ADMINISTRATOR, MANAGEMENT, ScenarioBuilder, account, invitation_graph, member, organization, organization_graph,
    span,
};
use crate::template::template;

/// The administrator of another organization's graph.
pub const STRANGER: &str = "700000000009";
/// An account outside the organization with the member role.
pub const WITH_ROLE: &str = "700000000000";
/// An account outside the organization with an acceptor of its own.
pub const WITH_ACCEPTOR: &str = "700000000001";
/// Every function, and the account where it is deployed.
pub const FUNCTIONS: [(&str, &str); 7] = [
    (ADMINISTRATOR, "OrganizationReconciler"),
    (ADMINISTRATOR, "AccountOnboarder"),
    (ADMINISTRATOR, "MemberMonitor"),
    (ADMINISTRATOR, "CentralAcceptor"),
    (ADMINISTRATOR, "AccountOffboarder"),
    (WITH_ACCEPTOR, "InvitationAcceptor"),
    (MANAGEMENT, "AdministratorKeeper"),
];
/// Every Region with Detective in the partition `aws`.
const REGIONS: &str = "af-south-1,ap-east-1,ap-northeast-1,ap-northeast-2,ap-south-1,ap-southeast-1,ap-southeast-2,ca-central-1,\
    eu-central-1,eu-north-1,eu-south-1,eu-west-1,eu-west-2,eu-west-3,il-central-1,me-south-1,sa-east-1,us-east-1,us-east-2,us-west-1,\
    us-west-2";
const POLICY: &str = "/security/policy";

fn without_policy() -> ScenarioBuilder {
    let generated = || (0..80).map(|number| member(&format!("3000000000{number:02}")));
    let organization = organization()
        .timing(|timing| {
            timing.departure = span("365days");
            timing.account_closure = span("0s");
            timing.verification = span("0s");
            timing.enabling = span("0s");
            // Members stay disabled until a function starts them.
            timing.hourly_check = span("0s");
        })
        .administrator(|account| account.ou("Workloads"))
        .account(account("333333333333").ou("Workloads/Prod"))
        .account(account("444444444444").ou("Workloads"))
        .account(account("555555555555").ou("Workloads"))
        .account(account("666666666666").ou("Workloads").tag("detective", "off"))
        .generated_in("Workloads", 80, "300000000000")
        .standalone(account(WITH_ROLE))
        .standalone(account(WITH_ACCEPTOR));
    let members = organization_graph("us-east-1")
        .package(OptionalPackage::EksAudit, PackageState::Disabled)
        .members([member("444444444444"), member("666666666666")])
        .members([member("555555555555").status("ACCEPTED_BUT_DISABLED")])
        .members(generated().map(|member| member.status("ACCEPTED_BUT_DISABLED")));
    let invited = invitation_graph("eu-west-1")
        .members([WITH_ROLE, WITH_ACCEPTOR].map(|id| member(id).status("INVITED")))
        .members(generated().map(|member| member.status("INVITED")));
    let strangers = invitation_graph("eu-west-1").administrator(STRANGER);
    let strangers = strangers.members([member(WITH_ACCEPTOR).status("INVITED")]);
    organization.graph(members).graph(invited).graph(strangers)
}

/// A stack of the organization: its place, its account and its parameters.
pub type PlacedStack<'a> = (&'static str, &'static str, Vec<(&'a str, &'a str)>);

/// The organization, before anything is deployed.
pub struct FullOrganization {
    scenario: Scenario,
    root: String,
}

impl FullOrganization {
    /// The organization with a coverage policy that names its root and an OU.
    pub async fn new() -> Self {
        // The emulator derives the ids of roots and OUs from the organization's: they are the same in every environment.
        let environment = Environment::bare(without_policy()).await;
        let (root, unit) = (environment.root_id().await, environment.ou_id("Workloads").await);
        let policy = json!({
            "include": [{"ou": root}, {"ou": unit}],
            "exclude": [{"tag": {"key": "detective", "value": "off"}}],
        });
        Self { scenario: without_policy().parameter(POLICY, &policy.to_string()).into(), root }
    }

    /// The parameters of the administrator account's stack.
    pub fn administrator_parameters() -> Vec<(&'static str, &'static str)> {
        let parameters = [
            ("DetectiveRegions", "all"),
            ("CoveragePolicyParameter", POLICY),
            ("CreateMissingGraphs", "true"),
            ("InvitationGraphRegions", REGIONS),
            ("GraphTags", "team=security,stage=prod"),
            ("AutoEnable", "on"),
            ("CorrectDrift", "true"),
            ("DatasourcePackages", "EKS_AUDIT"),
            ("ReportBucket", "coverage-reports"),
            ("RemoveMembers", "true"),
            ("MaxRemovalsPercent", "100"),
            ("DailyDigest", "true"),
        ];
        parameters.into_iter().chain(MEMBER_ROLE).collect()
    }

    /// All three stacks and the member role, with everything enabled.
    pub async fn deploy(&self) -> Environment {
        self.deploy_with(&template()).await
    }

    /// The same from another template.
    pub async fn deploy_with(&self, template: &str) -> Environment {
        self.deploy_within(template, None).await
    }

    /// The same; an invocation may take as long as `limit` in real time.
    pub async fn deploy_within(&self, template: &str, limit: Option<Duration>) -> Environment {
        let options = Options { limit, ..Options::default() };
        let environment = Environment::bare_with(self.scenario.clone(), options).await;
        for (place, account, parameters) in self.stacks() {
            environment.deploy(template, place, account, &parameters);
        }
        environment.aws().put_bucket(ADMINISTRATOR, "coverage-reports");
        environment
    }

    /// Its stacks.
    pub fn stacks(&self) -> [PlacedStack<'_>; 4] {
        let management = [
            ("AdministratorAccountId", ADMINISTRATOR),
            ("AdministratorCheck", "correct"),
            ("DetectiveRegions", "all"),
            ("MemberRoleOrganizationalUnitIds", self.root.as_str()),
        ];
        let administrator = [&Environment::ORGANIZATION[..], &Self::administrator_parameters()].concat();
        let role = [&[("AdministratorAccountId", ADMINISTRATOR)][..], &MEMBER_ROLE].concat();
        let acceptor = [
            ("TrustedAdministratorIds", ADMINISTRATOR),
            ("RejectUntrustedInvitations", "true"),
            ("DetectiveRegions", "all"),
        ];
        [
            ("ManagementAccount", MANAGEMENT, [&management[..], &MEMBER_ROLE].concat()),
            ("AdministratorAccount", ADMINISTRATOR, administrator),
            ("MemberAccount", WITH_ROLE, role),
            ("MemberAccount", WITH_ACCEPTOR, acceptor.to_vec()),
        ]
    }
}

/// Runs one of [`FUNCTIONS`]: the onboarder by three events, every other function by its schedule.
pub async fn run(environment: &Environment, account: &str, function: &str) {
    if function == "AccountOnboarder" {
        for id in ["333333333333", "444444444444", "555555555555"] {
            environment.cloud.put_event(MANAGEMENT, "us-east-1", account_created(id));
        }
        // Events are gathered for twenty seconds.
        environment.cloud.run_for(TimeDelta::seconds(20)).await;
    } else {
        let attempts = environment.cloud.tick(account, function).await;
        assert!(!attempts.is_empty(), "{function} has no schedule");
    }
}
