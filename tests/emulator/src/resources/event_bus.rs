//! EventBridge's event buses, rules and events.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::iam::policy::{Policy, UnknownOperator};

/// The name of the bus that every account has in every Region.
pub(crate) const DEFAULT_BUS: &str = "default";

/// An event bus: its account, Region and name.
pub(crate) type BusKey = (String, String, String);

/// All event buses. Every account has one of the name `default` in every Region.
#[derive(Debug, Default)]
pub(crate) struct EventBuses {
    pub(crate) buses: BTreeMap<BusKey, Bus>,
}

#[derive(Debug, Default)]
pub(crate) struct Bus {
    pub(crate) policy: Policy,
    pub(crate) rules: BTreeMap<String, EventRule>,
}

/// An event bus of an account.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventBus {
    /// The account.
    pub account: String,
    /// The Region.
    #[serde(default = "home")]
    pub region: String,
    /// Its name.
    #[serde(default = "default_bus")]
    pub name: String,
    /// Its policy, as an IAM policy document.
    #[serde(default)]
    pub policy: Value,
}

/// A rule on an event bus.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventRule {
    /// The account.
    pub account: String,
    /// The Region.
    #[serde(default = "home")]
    pub region: String,
    /// The name of the bus that it is on.
    #[serde(default = "default_bus")]
    pub bus: String,
    /// Its name.
    pub name: String,
    /// Which events it takes.
    pub pattern: Value,
    /// Whether it is on.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Where they go.
    #[serde(default)]
    pub targets: Vec<EventTarget>,
    /// The stack that it belongs to.
    #[serde(skip)]
    pub stack: Option<String>,
}

/// Where a rule sends events.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventTarget {
    /// The target's ARN.
    pub arn: String,
    /// The role that EventBridge sends with.
    #[serde(default)]
    pub role: Option<String>,
    /// The ARN of the queue for events that cannot be delivered.
    #[serde(default)]
    pub dead_letters: Option<String>,
}

fn home() -> String {
    "us-east-1".to_owned()
}

fn default_bus() -> String {
    DEFAULT_BUS.to_owned()
}

fn yes() -> bool {
    true
}

impl EventRule {
    /// The bus that it is on.
    pub(crate) fn bus_key(&self) -> BusKey {
        (self.account.clone(), self.region.clone(), self.bus.clone())
    }
}

impl EventBuses {
    pub(crate) fn put_bus(&mut self, bus: &EventBus) -> Result<(), UnknownOperator> {
        let policy = Policy::from_document(&bus.policy)?;
        let key = (bus.account.clone(), bus.region.clone(), bus.name.clone());
        self.buses.entry(key).or_default().policy = policy;
        Ok(())
    }

    /// The policy of a bus, if there is one.
    pub(crate) fn policy(&self, account: &str, region: &str, name: &str) -> Option<&Policy> {
        let bus = self.buses.get(&(account.to_owned(), region.to_owned(), name.to_owned()))?;
        Some(&bus.policy)
    }

    pub(crate) fn put_rule(&mut self, rule: EventRule) {
        self.buses.entry(rule.bus_key()).or_default().rules.insert(rule.name.clone(), rule);
    }
}

/// An event on an EventBridge event bus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BusEvent {
    /// The account that the bus belongs to.
    pub account: String,
    /// The Region of the bus.
    pub region: String,
    /// The bus's name.
    pub bus: String,
    /// The event, envelope included.
    pub event: Value,
}
