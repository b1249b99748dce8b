//! What the emulated cloud holds, and the events.

use detective_emulator::{Effect, Fault, Scenario, Throttle};
use serde_json::{Value, json};

use crate::Failure;

pub(crate) const MANAGEMENT: &str = "111111111111";
pub(crate) const ADMINISTRATOR: &str = "222222222222";
/// The account that events and invitations are about.
pub(crate) const ACCOUNT: &str = "333333333333";

/// Seventeen Regions; Detective is in more.
pub(crate) const REGIONS: [&str; 17] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ca-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-central-1",
    "eu-north-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "sa-east-1",
    "eu-south-1",
];

/// An organization of `accounts` accounts, which include the management account and the administrator, with a graph in each
/// of `regions`. No page is empty, so that no call is superfluous.
pub(crate) fn organization(accounts: usize, regions: &[&str], graph: &str) -> Result<Scenario, Failure> {
    let (generated, regions) = (accounts.saturating_sub(3), regions.join(","));
    let text = format!(
        r#"
startTime: 2026-01-05T09:00:00Z
organization:
  id: o-exampleorg01
  emptyPageAfter: 0
  managementAccount: {{id: "111111111111", email: management@example.com}}
  delegatedAdministrators: [{{account: "{ADMINISTRATOR}", service: detective.amazonaws.com}}]
  accounts:
    - {{id: "{ADMINISTRATOR}", email: security@example.com, name: security}}
    - {{id: "{ACCOUNT}", email: app@example.com, name: app}}
  generate: [{{count: {generated}, firstId: "400000000000"}}]
graphs:
  - {{administrator: "{ADMINISTRATOR}", regions: [{regions}], {graph}}}
buckets: {{{BUCKET}: "{ADMINISTRATOR}"}}
"#
    );
    Ok(Scenario::from_yaml(&text)?)
}

/// The bucket of reports, and of what is remembered from run to run.
pub(crate) const BUCKET: &str = "coverage-reports";

/// The graph's setting that it is the organization's.
pub(crate) const ORGANIZATION_GRAPH: &str = "organization: true";

/// The setting of an invitation graph that the organization's first `count` accounts are members in this status.
pub(crate) fn members(count: usize, status: &str) -> String {
    let id = |number: usize| if number == 0 { ACCOUNT.to_owned() } else { (399_999_999_999 + number).to_string() };
    let member = |number| format!("{{account: \"{}\", status: {status}}}", id(number));
    format!("members: [{}]", (0..count).map(member).collect::<Vec<_>>().join(","))
}

/// Every answer comes late, and every service takes no more than a rate, in real time; a second's calls may come at once.
pub(crate) fn limits(latency_ms: u64, rate: u32) -> Vec<Fault> {
    let throttle = Throttle { rate: f64::from(rate), burst: f64::from(rate), real_time: true, error: None };
    let every = |service: Option<&str>, effect| {
        let service = service.map(str::to_owned);
        Fault { service, operation: None, ..Fault::on("", effect) }
    };
    vec![
        every(None, Effect::DelayMs(latency_ms)),
        every(Some("detective"), Effect::Throttle(throttle.clone())),
        every(Some("organizations"), Effect::Throttle(throttle)),
    ]
}

/// A CreateAccountResult event for [`ACCOUNT`].
pub(crate) fn account_created() -> Result<Value, Failure> {
    let path = local_cloud::binaries::workspace().join("events/create-account-succeeded.json");
    let mut event: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    event["detail"]["serviceEventDetails"]["createAccountStatus"]["accountId"] = ACCOUNT.into();
    Ok(event)
}

/// What a schedule sends.
pub(crate) fn scheduled() -> Value {
    json!({"scheduledTime": "2026-01-05T09:00:00Z"})
}
