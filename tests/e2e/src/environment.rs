//! An emulated AWS with stacks of template.yaml, and short ways to run their functions and to read what they did.

use std::collections::BTreeMap;

use aws_sdk_detective::config::Credentials;
use aws_sdk_organizations::types::CreateAccountState;
use aws_smithy_http_client::Builder;
use detective_emulator::{Cloud, Emulator, Scenario};
use local_cloud::{InvocationRecord, LocalCloud, Options, Stack};
use serde_json::Value;

use crate::scenario::{ADMINISTRATOR, MANAGEMENT};
use crate::template::template;

/// The mutating operations that the functions call, but PutObject: every run of the reconciler writes its report.
const MUTATING: [&str; 15] = [
    "AcceptInvitation",
    "CreateGraph",
    "CreateMembers",
    "DeleteMembers",
    "DeleteMessage",
    "DeleteMessageBatch",
    "EnableOrganizationAdminAccount",
    "Publish",
    "PutEvents",
    "RejectInvitation",
    "SendMessage",
    "SendMessageBatch",
    "StartMonitoringMember",
    "UpdateDatasourcePackages",
    "UpdateOrganizationConfiguration",
];

/// The parameters for a member role with the external id [`EXTERNAL_ID`].
pub const MEMBER_ROLE: [(&str, &str); 2] =
    [("MemberRoleName", "detective-member"), ("MemberRoleExternalId", EXTERNAL_ID)];
/// The role of central acceptance with those parameters, which alone the member role trusts.
pub const ACCEPTOR_ROLE: &str = "arn:aws:iam::222222222222:role/detective-member-acceptor";
/// The external id of the member role.
pub const EXTERNAL_ID: &str = "agreed-upon-with-them";

/// An emulated AWS, and the stacks that are deployed in it.
pub struct Environment {
    /// Runs the functions of the stacks.
    pub cloud: LocalCloud,
}

impl Environment {
    /// Starts the scenario with the management account's and the administrator account's stacks from template.yaml.
    pub async fn start(scenario: impl Into<Scenario>) -> Self {
        Self::start_with(scenario, &template(), &[]).await
    }

    /// The same with another template, and parameters of the administrator account's stack.
    pub async fn start_with(scenario: impl Into<Scenario>, template: &str, parameters: &[(&str, &str)]) -> Self {
        let environment = Self::bare(scenario).await;
        environment.deploy_both(template, parameters);
        environment
    }

    /// Deploys the management account's and the administrator account's stacks, with parameters of the latter.
    pub fn deploy_both(&self, template: &str, parameters: &[(&str, &str)]) {
        let management = [("AdministratorAccountId", ADMINISTRATOR), ("AdministratorRegion", "us-east-1")];
        self.deploy(template, "ManagementAccount", MANAGEMENT, &management);
        self.deploy_administrator(template, parameters);
    }

    /// Deploys the administrator account's stack, for us-east-1 and eu-west-1 unless the parameters name other Regions.
    pub fn deploy_administrator(&self, template: &str, parameters: &[(&str, &str)]) {
        let administrator = [
            ("OrganizationId", "o-exampleorg01"),
            ("ManagementAccountId", MANAGEMENT),
            ("DetectiveRegions", "us-east-1,eu-west-1"),
        ];
        self.deploy(template, "AdministratorAccount", ADMINISTRATOR, &[&administrator, parameters].concat());
    }

    /// Starts the scenario without a stack.
    pub async fn bare(scenario: impl Into<Scenario>) -> Self {
        Self::bare_with(scenario, Options::default()).await
    }

    /// The same with options of the local cloud.
    pub async fn bare_with(scenario: impl Into<Scenario>, options: Options) -> Self {
        let cloud = Cloud::new(&scenario.into()).expect("the scenario is consistent");
        let emulator = Emulator::start(cloud).await.expect("the emulator starts");
        Self { cloud: LocalCloud::with(emulator, options) }
    }

    /// The emulated AWS.
    pub fn aws(&self) -> &Cloud {
        self.cloud.emulator().cloud()
    }

    /// Deploys the template in an account: its part for `place`.
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
        self.sdk_with(Credentials::new(account, "any", None, None, "test"), region).await
    }

    /// AWS SDK settings for calls in a session of a role, by its ARN.
    pub async fn sdk_as(&self, role: &str, region: &str) -> aws_config::SdkConfig {
        let keys = self.aws().start_session(role, "test");
        self.sdk_with(Credentials::new(keys.access_key, keys.secret, Some(keys.token), None, "test"), region).await
    }

    async fn sdk_with(&self, credentials: Credentials, region: &str) -> aws_config::SdkConfig {
        aws_config::defaults(aws_config::BehaviorVersion::latest())
            .http_client(Builder::new().build_http())
            .endpoint_url(self.cloud.emulator().endpoint_url())
            .region(aws_config::Region::new(region.to_owned()))
            .credentials_provider(credentials)
            .load()
            .await
    }

    /// Organizations, as the management account calls it.
    pub async fn organizations(&self) -> aws_sdk_organizations::Client {
        aws_sdk_organizations::Client::new(&self.sdk(MANAGEMENT, "us-east-1").await)
    }

    /// Removes an account from the organization, as the management account does.
    pub async fn remove_from_organization(&self, id: &str) {
        let request = self.organizations().await.remove_account_from_organization().account_id(id);
        request.send().await.expect("the account can leave");
    }

    /// Removes a member from the administrator's graph of a Region and invites it anew, as people do.
    pub async fn invite_again(&self, region: &str, id: &str, email: &str) {
        let detective = aws_sdk_detective::Client::new(&self.sdk(ADMINISTRATOR, region).await);
        let graphs = detective.list_graphs().send().await.unwrap();
        let graph = graphs.graph_list()[0].arn().unwrap();
        detective.delete_members().graph_arn(graph).account_ids(id).send().await.unwrap();
        let account = aws_sdk_detective::types::Account::builder().account_id(id).email_address(email);
        detective.create_members().graph_arn(graph).accounts(account.build().unwrap()).send().await.unwrap();
    }

    /// The id of the OU of that name, anywhere in the organization.
    pub async fn ou_id(&self, name: &str) -> String {
        let client = self.organizations().await;
        let mut parents = vec![self.root_id().await];
        while let Some(parent) = parents.pop() {
            let units = client.list_organizational_units_for_parent().parent_id(parent).send().await.unwrap();
            for unit in units.organizational_units() {
                if unit.name() == Some(name) {
                    return unit.id().unwrap().to_owned();
                }
                parents.push(unit.id().unwrap().to_owned());
            }
        }
        panic!("there is no OU {name}")
    }

    /// The id of the organization's root.
    pub async fn root_id(&self) -> String {
        let roots = self.organizations().await.list_roots().send().await.unwrap();
        roots.roots()[0].id().unwrap().to_owned()
    }

    /// Creates an account through Organizations, and waits until everything that follows is done. Returns its id.
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

    /// A member's status in the administrator's graph of a Region; `None` if the account is not a member.
    pub fn status(&self, region: &str, account: &str) -> Option<String> {
        let snapshot = self.aws().snapshot();
        let graph = snapshot.graphs.iter().find(|graph| graph.region == region && graph.administrator == ADMINISTRATOR);
        let member = graph?.members.iter().find(|member| member.account_id == account)?;
        Some(member.status.clone())
    }

    /// How many calls of an operation there were, successful or not.
    pub fn calls(&self, operation: &str) -> usize {
        self.aws().journal().iter().filter(|call| call.operation == operation).count()
    }

    /// How many mutating calls the functions have made.
    pub fn changes(&self) -> usize {
        MUTATING.iter().map(|operation| self.calls(operation)).sum()
    }

    /// Invokes the onboarder once, without retries.
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
