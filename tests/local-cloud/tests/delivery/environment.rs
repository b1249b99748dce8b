//! The accounts, and what the tests of delivery do with them.

use std::collections::BTreeMap;

use detective_emulator::{Cloud, Scenario};
use local_cloud::{LocalCloud, Stack, What};
use serde_json::json;

pub(crate) const SENDER: &str = "111111111111";
pub(crate) const RECEIVER: &str = "222222222222";
pub(crate) const STRANGER: &str = "999999999999";
const REGION: &str = "eu-west-1";

const ORGANIZATION: &str = r#"
startTime: 2026-01-05T09:00:00Z
organization:
  id: o-exampleorg01
  managementAccount: {id: "111111111111", email: management@example.com}
  accounts: [{id: "222222222222", email: security@example.com, name: security}]
standalone: [{id: "999999999999", email: stranger@example.com}]
"#;

pub(crate) async fn cloud() -> LocalCloud {
    let scenario = Scenario::from_yaml(ORGANIZATION).expect("the scenario is valid");
    let cloud = Cloud::new(&scenario).expect("the scenario fits together");
    LocalCloud::start(cloud).await.expect("the local cloud starts")
}

pub(crate) fn deploy(cloud: &LocalCloud, account: &str, template: &str) {
    let stack = Stack {
        name: "s".to_owned(),
        account: account.to_owned(),
        region: REGION.to_owned(),
        template: template.to_owned(),
        parameters: BTreeMap::new(),
    };
    cloud.deploy(stack).expect("the stack deploys");
}

/// Puts an event on the account's bus and lets everything follow that it causes.
pub(crate) async fn put(cloud: &LocalCloud, account: &str) {
    let event = json!({"id": "e-1", "source": "test", "detail-type": "Test", "account": account, "detail": {}});
    cloud.put_event(account, REGION, event);
    cloud.settle().await;
}

/// Why something was not delivered.
pub(crate) fn failures(cloud: &LocalCloud) -> Vec<String> {
    let failures = cloud.timeline().into_iter().filter_map(|entry| match entry.what {
        What::DeliveryFailed { reason, .. } => Some(reason),
        _ => None,
    });
    failures.collect()
}

/// A template without a line that it has.
pub(crate) fn replaced(template: &str, from: &str, to: &str) -> String {
    assert!(template.contains(from), "{from}");
    template.replace(from, to)
}
