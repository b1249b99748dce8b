//! Emulated environments that the tests start from, and short ways to look at them.

use std::collections::BTreeMap;

use aws_sdk_organizations::types::CreateAccountState;
use aws_smithy_http_client::Builder;
use detective_emulator::{Cloud, Emulator, Scenario};
use local_cloud::{InvocationRecord, LocalCloud, Options, Stack};
use serde_json::Value;

use crate::edit::edit;

/// Operations that change something.
const CHANGES: [&str; 15] = [
    "AcceptInvitation",
    "CreateGraph",
    "CreateMembers",
    "DeleteMembers",
    "DeleteMessage",
    "DeleteMessageBatch",
    "EnableOrganizationAdminAccount",
    "PutEvents",
    "PutObject",
    "RejectInvitation",
    "SendMessage",
    "SendMessageBatch",
    "StartMonitoringMember",
    "UpdateDatasourcePackages",
    "UpdateOrganizationConfiguration",
];

pub const MANAGEMENT: &str = "111111111111";
pub const ADMINISTRATOR: &str = "222222222222";

/// An organization whose administrator has an organization graph in us-east-1 and an invitation graph in eu-west-1.
pub const TWO_REGIONS: &str = r#"
startTime: 2026-01-05T09:00:00Z
timing: {accountCreation: 60s, verification: 120s, enabling: 60s}
organization:
  id: o-exampleorg01
  managementAccount: {id: "111111111111", email: management@example.com}
  delegatedAdministrators: [{account: "222222222222", service: detective.amazonaws.com}]
  accounts:
    - {id: "222222222222", email: security@example.com, name: security}
    - {id: "333333333333", email: app@example.com, name: app}
graphs:
  - {administrator: "222222222222", regions: [us-east-1], organization: true}
  - {administrator: "222222222222", regions: [eu-west-1]}
"#;

/// Where the stacks of template.yaml are put, and what they are told.
pub struct Environment {
    pub cloud: LocalCloud,
}

impl Environment {
    /// Starts the scenario with the management account's and the administrator account's stacks from template.yaml.
    pub async fn start(scenario: &str) -> Self {
        Self::start_with(scenario, &template(), &[]).await
    }

    /// The same with another template, and parameters of the administrator account's stack.
    pub async fn start_with(scenario: &str, template: &str, parameters: &[(&str, &str)]) -> Self {
        let environment = Self::bare(scenario).await;
        environment.deploy_both(template, parameters);
        environment
    }

    /// Deploys the management account's and the administrator account's stacks.
    pub fn deploy_both(&self, template: &str, parameters: &[(&str, &str)]) {
        let management = [("AdministratorAccountId", ADMINISTRATOR), ("AdministratorRegion", "us-east-1")];
        self.deploy(template, "ManagementAccount", MANAGEMENT, &management);
        let administrator = [
            ("OrganizationId", "o-exampleorg01"),
            ("ManagementAccountId", MANAGEMENT),
            ("DetectiveRegions", "us-east-1,eu-west-1"),
        ];
        self.deploy(template, "AdministratorAccount", ADMINISTRATOR, &[&administrator, parameters].concat());
    }

    /// Starts the scenario without a stack.
    pub async fn bare(scenario: &str) -> Self {
        Self::bare_with(scenario, Options::default()).await
    }

    /// The same in a local cloud that runs things otherwise.
    pub async fn bare_with(scenario: &str, options: Options) -> Self {
        let scenario = Scenario::from_yaml(scenario).expect("the scenario is valid");
        let cloud = Cloud::new(&scenario).expect("the scenario fits together");
        let emulator = Emulator::start(cloud).await.expect("the emulator starts");
        Self { cloud: LocalCloud::with(emulator, options) }
    }

    pub fn deploy(&self, template: &str, place: &str, account: &str, parameters: &[(&str, &str)]) {
        self.deploy_as("detective-onboarding", template, place, account, parameters);
    }

    /// Deploys a stack of another name.
    pub fn deploy_as(&self, name: &str, template: &str, place: &str, account: &str, parameters: &[(&str, &str)]) {
        let mut parameters: BTreeMap<String, String> =
            parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        parameters.insert("Place".to_owned(), place.to_owned());
        let stack = Stack {
            name: name.to_owned(),
            account: account.to_owned(),
            region: "us-east-1".to_owned(),
            template: template.to_owned(),
            parameters,
        };
        self.cloud.deploy(stack).expect("the stack deploys");
    }

    /// Deploys the acceptor in a member account, for eu-west-1.
    pub fn deploy_acceptor(&self, account: &str, trusted: &str) {
        let parameters = [("TrustedAdministratorIds", trusted), ("DetectiveRegions", "eu-west-1")];
        self.deploy(&template(), "MemberAccount", account, &parameters);
    }

    /// AWS SDK settings for calls of `account` from outside the functions.
    pub async fn sdk(&self, account: &str, region: &str) -> aws_config::SdkConfig {
        let credentials = aws_sdk_detective::config::Credentials::new(account, "any", None, None, "test");
        aws_config::defaults(aws_config::BehaviorVersion::latest())
            .http_client(Builder::new().build_http())
            .endpoint_url(self.cloud.emulator().endpoint_url())
            .region(aws_config::Region::new(region.to_owned()))
            .credentials_provider(credentials)
            .load()
            .await
    }

    pub async fn organizations(&self) -> aws_sdk_organizations::Client {
        aws_sdk_organizations::Client::new(&self.sdk(MANAGEMENT, "us-east-1").await)
    }

    /// Creates an account through Organizations and lets everything happen that follows. Returns its id.
    pub async fn create_account(&self, name: &str) -> String {
        let organizations = self.organizations().await;
        let email = format!("{name}@example.com");
        let status = organizations.create_account().account_name(name).email(email).send().await.unwrap();
        let request = status.create_account_status().unwrap().id().unwrap().to_owned();
        self.cloud.settle().await;
        let status =
            organizations.describe_create_account_status().create_account_request_id(request).send().await.unwrap();
        let status = status.create_account_status().unwrap();
        assert_eq!(status.state(), Some(&CreateAccountState::Succeeded));
        status.account_id().unwrap().to_owned()
    }

    /// A member's status in the administrator's graph of a Region; `None` if the account is no member.
    pub fn status(&self, region: &str, account: &str) -> Option<String> {
        let snapshot = self.cloud.emulator().cloud().snapshot();
        let graph = snapshot.graphs.iter().find(|graph| graph.region == region && graph.administrator == ADMINISTRATOR);
        let member = graph?.members.iter().find(|member| member.account_id == account)?;
        Some(member.status.clone())
    }

    /// How many calls of an operation the emulator has answered, whatever came of them.
    pub fn calls(&self, operation: &str) -> usize {
        self.cloud.emulator().cloud().journal().iter().filter(|call| call.operation == operation).count()
    }

    /// How many calls that change something the functions have made.
    pub fn changes(&self) -> usize {
        CHANGES.iter().map(|operation| self.calls(operation)).sum()
    }

    pub async fn onboard(&self, event: Value) -> InvocationRecord {
        self.cloud.invoke(ADMINISTRATOR, "AccountOnboarder", event).await
    }

    /// Runs the monitor once, on its schedule, without retries.
    pub async fn monitor(&self) -> InvocationRecord {
        self.cloud.tick(ADMINISTRATOR, "MemberMonitor").await.swap_remove(0)
    }

    /// Runs the reconciler once, on its schedule, without retries.
    pub async fn reconcile(&self) -> InvocationRecord {
        self.cloud.tick(ADMINISTRATOR, "OrganizationReconciler").await.swap_remove(0)
    }

    /// Runs the offboarder once, on its schedule.
    pub async fn offboard(&self) -> InvocationRecord {
        self.cloud.tick(ADMINISTRATOR, "AccountOffboarder").await.swap_remove(0)
    }

    /// Runs the acceptor of a member account once, on its schedule.
    pub async fn accept(&self, account: &str) -> InvocationRecord {
        self.cloud.tick(account, "InvitationAcceptor").await.pop().expect("the acceptor ran")
    }
}

/// The project's template.yaml.
pub fn template() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml");
    std::fs::read_to_string(path).expect("template.yaml can be read")
}

/// The template without the SDK's retries, which would hide most faults, and take real time: a call that fails has failed.
pub fn without_retries() -> String {
    edit(&template(), r#"AWS_MAX_ATTEMPTS: "6""#, r#"AWS_MAX_ATTEMPTS: "1""#)
}

/// The event in events/ of that name.
pub fn example_event(name: &str) -> Value {
    let path = format!("{}/../../events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).expect("an example event is JSON")
}

/// A CreateAccountResult event for an account.
pub fn account_created(id: &str) -> Value {
    let mut event = example_event("create-account-succeeded");
    event["detail"]["serviceEventDetails"]["createAccountStatus"]["accountId"] = id.into();
    event
}

/// The response of an invocation that succeeded.
pub fn report(record: InvocationRecord) -> Value {
    record.outcome.unwrap_or_else(|error| panic!("{}: {}", error.error_type, error.error_message))
}

/// The line of an account in a Region of a report.
pub fn line<'a>(report: &'a Value, region: &str, account: &str) -> &'a Value {
    let regions = report["regions"].as_array().expect("a report has Regions");
    let region = regions.iter().find(|entry| entry["region"] == region).expect("the Region is in the report");
    let accounts = region["accounts"].as_array().expect("a Region has accounts");
    accounts
        .iter()
        .find(|entry| entry["accountId"] == account)
        .unwrap_or_else(|| panic!("{account} is not in {report:#}"))
}
