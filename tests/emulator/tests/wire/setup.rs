//! Scenarios that the tests start from, and clients for any account and Region.

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_detective::config::Credentials;
use aws_sdk_detective::types::{Account, MemberDetail};
use aws_smithy_http_client::Builder;
use chrono::TimeDelta;
use detective_emulator::{Cloud, Emulator, Scenario};

pub(crate) const MANAGEMENT: &str = "111111111111";
pub(crate) const ADMINISTRATOR: &str = "222222222222";
pub(crate) const APP: &str = "333333333333";
pub(crate) const OUTSIDER: &str = "999999999999";

pub(crate) const SCENARIO: &str = r#"
seed: 7
startTime: 2026-01-05T09:00:00Z
organization:
  id: o-exampleorg01
  managementAccount: {id: "111111111111", email: management@example.com}
  delegatedAdministrators: [{account: "222222222222", service: detective.amazonaws.com}]
  accounts:
    - {id: "222222222222", email: security@example.com, name: security}
    - {id: "333333333333", email: app@example.com, name: app, ou: Workloads/Prod, tags: {team: web}}
standalone:
  - {id: "999999999999", email: outsider@example.com}
graphs:
  - {administrator: "222222222222", regions: [us-east-1], organization: true}
  - {administrator: "222222222222", regions: [eu-west-1]}
"#;

pub(crate) async fn start(scenario: &str) -> Emulator {
    let cloud = Cloud::new(&Scenario::from_yaml(scenario).unwrap()).unwrap();
    Emulator::start(cloud).await.unwrap()
}

pub(crate) fn config(emulator: &Emulator, credentials: Credentials, region: &str) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(Builder::new().build_http())
        .endpoint_url(emulator.endpoint_url())
        .region(Region::new(region.to_owned()))
        .retry_config(RetryConfig::disabled())
        .credentials_provider(aws_sdk_detective::config::SharedCredentialsProvider::new(credentials))
        .build()
}

pub(crate) fn account(id: &str) -> Credentials {
    Credentials::new(id, "any", None, None, "test")
}

pub(crate) fn detective(emulator: &Emulator, id: &str, region: &str) -> aws_sdk_detective::Client {
    aws_sdk_detective::Client::new(&config(emulator, account(id), region))
}

pub(crate) fn organizations(emulator: &Emulator, id: &str) -> aws_sdk_organizations::Client {
    aws_sdk_organizations::Client::new(&config(emulator, account(id), "us-east-1"))
}

pub(crate) fn sts(emulator: &Emulator, id: &str) -> aws_sdk_sts::Client {
    aws_sdk_sts::Client::new(&config(emulator, account(id), "us-east-1"))
}

/// The ARN of the administrator's graph in the client's Region.
pub(crate) async fn graph(client: &aws_sdk_detective::Client) -> String {
    client.list_graphs().send().await.unwrap().graph_list()[0].arn().unwrap().to_owned()
}

pub(crate) fn invitee(id: &str, email: &str) -> Account {
    Account::builder().account_id(id).email_address(email).build().unwrap()
}

/// One member as the administrator reads it; `None` for an account that is not a member.
pub(crate) async fn member(client: &aws_sdk_detective::Client, graph: &str, id: &str) -> Option<MemberDetail> {
    let answer = client.get_members().graph_arn(graph).account_ids(id).send().await.unwrap();
    answer.member_details().first().cloned()
}

pub(crate) fn minutes(emulator: &Emulator, count: i64) {
    emulator.cloud().advance(TimeDelta::minutes(count));
}

/// AWS's code of an error.
pub(crate) fn code<T: std::fmt::Debug, E>(result: Result<T, aws_sdk_detective::error::SdkError<E>>) -> String
where
    E: aws_sdk_detective::error::ProvideErrorMetadata + std::error::Error + 'static,
{
    use aws_sdk_detective::error::ProvideErrorMetadata as _;
    let error = result.expect_err("the call should fail");
    error.code().map_or_else(|| format!("{error:?}"), str::to_owned)
}
