//! EventBridge's buses and rules, to look at: what delivers their events is the local cloud.
//!
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/Welcome.html>

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cloud::handle::Cloud;
use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::page::{page, with_token};
use crate::services::events::put_events;
use crate::world::state::State;

const DEFAULT: &str = "default";

/// The most that ListRules and ListTargetsByRule give at once.
const PAGE: usize = 100;

/// An event bus: its account, Region and name.
type Place = (String, String, String);

/// All event buses. Every account has one of the name `default` in every Region.
#[derive(Debug, Default)]
pub(crate) struct EventBridge {
    buses: BTreeMap<Place, Bus>,
}

#[derive(Debug, Default)]
struct Bus {
    /// The statements of its policy.
    statements: Vec<Value>,
    rules: BTreeMap<String, EventRule>,
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
    DEFAULT.to_owned()
}

fn yes() -> bool {
    true
}

impl EventRule {
    fn place(&self) -> Place {
        (self.account.clone(), self.region.clone(), self.bus.clone())
    }
}

impl EventBridge {
    pub(crate) fn put_bus(&mut self, bus: &EventBus) {
        let place = (bus.account.clone(), bus.region.clone(), bus.name.clone());
        self.buses.entry(place).or_default().statements = match &bus.policy["Statement"] {
            Value::Array(statements) => statements.clone(),
            Value::Null => Vec::new(),
            one => vec![one.clone()],
        };
    }

    pub(crate) fn put_rule(&mut self, rule: EventRule) {
        self.buses.entry(rule.place()).or_default().rules.insert(rule.name.clone(), rule);
    }
}

impl Cloud {
    /// All rules.
    pub fn event_rules(&self) -> Vec<EventRule> {
        self.lock().eventbridge.buses.values().flat_map(|bus| bus.rules.values()).cloned().collect()
    }

    /// Puts a rule on its bus, or changes the one of that name.
    pub fn put_event_rule(&self, rule: EventRule) {
        self.lock().eventbridge.put_rule(rule);
    }

    /// Takes a rule away.
    pub fn delete_event_rule(&self, rule: &EventRule) {
        if let Some(bus) = self.lock().eventbridge.buses.get_mut(&rule.place()) {
            bus.rules.remove(&rule.name);
        }
    }

    /// Makes an event bus, or gives the one of that name this policy in place of its own.
    pub fn put_event_bus(&self, bus: &EventBus) {
        self.lock().eventbridge.put_bus(bus);
    }

    /// Adds a statement to the policy of an event bus; one with the same Sid goes.
    pub fn put_event_bus_statement(&self, account: &str, region: &str, bus: &str, statement: Value) {
        let place = (account.to_owned(), region.to_owned(), bus.to_owned());
        let mut state = self.lock();
        let statements = &mut state.eventbridge.buses.entry(place).or_default().statements;
        statements.retain(|found| *found != statement && (found["Sid"].is_null() || found["Sid"] != statement["Sid"]));
        statements.push(statement);
    }
}

/// Answers an operation whose input is valid by the model.
pub(crate) fn answer(state: &mut State, caller: &Caller, operation: &str, input: &Value) -> Result<Value, AwsError> {
    match operation {
        "DescribeEventBus" => describe_bus(state, caller, input),
        "DescribeRule" => describe_rule(state, caller, input),
        "ListRules" => list_rules(state, caller, input),
        "ListTargetsByRule" => list_targets(state, caller, input),
        "PutEvents" => put_events::put_events(state, caller, input),
        other => Err(AwsError::not_implemented(&format!("events:{other}"))),
    }
}

fn not_found(message: String) -> AwsError {
    AwsError::new("ResourceNotFoundException", 400, message)
}

/// The bus that an input names, or the default one. Buses of others cannot be looked at.
fn bus(state: &State, caller: &Caller, wanted: Option<&str>) -> Result<Place, AwsError> {
    let place = put_events::bus(caller, wanted);
    let own = place.0 == caller.account && place.1 == caller.region;
    if own && (place.2 == DEFAULT || state.eventbridge.buses.contains_key(&place)) {
        return Ok(place);
    }
    Err(not_found(format!("Event bus {} does not exist.", place.2)))
}

fn describe_bus(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let place = bus(state, caller, input["Name"].as_str())?;
    let (account, region, name) = &place;
    let mut answer = json!({"Name": name, "Arn": format!("arn:aws:events:{region}:{account}:event-bus/{name}")});
    if let Some(bus) = state.eventbridge.buses.get(&place).filter(|bus| !bus.statements.is_empty()) {
        // The policy is a text, as it was put.
        answer["Policy"] = json!(json!({"Version": "2012-10-17", "Statement": bus.statements}).to_string());
    }
    Ok(answer)
}

fn rules_of<'a>(state: &'a State, place: &Place) -> impl Iterator<Item = &'a EventRule> {
    state.eventbridge.buses.get(place).into_iter().flat_map(|bus| bus.rules.values())
}

fn rule<'a>(state: &'a State, caller: &Caller, input: &Value, member: &str) -> Result<&'a EventRule, AwsError> {
    let place = bus(state, caller, input["EventBusName"].as_str())?;
    let name = input[member].as_str().unwrap_or_default();
    let found = rules_of(state, &place).find(|rule| rule.name == name);
    found.ok_or_else(|| not_found(format!("Rule {name} does not exist on EventBus {}.", place.2)))
}

fn described(rule: &EventRule) -> Value {
    let EventRule { account, region, bus, name, .. } = rule;
    let path = if bus == DEFAULT { name.clone() } else { format!("{bus}/{name}") };
    json!({
        "Name": name, "Arn": format!("arn:aws:events:{region}:{account}:rule/{path}"), "EventBusName": bus,
        "EventPattern": rule.pattern.to_string(), "State": if rule.enabled { "ENABLED" } else { "DISABLED" },
    })
}

fn describe_rule(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let rule = rule(state, caller, input, "Name")?;
    let mut answer = described(rule);
    answer["CreatedBy"] = json!(rule.account);
    Ok(answer)
}

/// The page that an input asks for. EventBridge counts by `Limit`.
fn limited<T>(items: Vec<T>, key: impl Fn(&T) -> String, input: &Value) -> Result<(Vec<T>, Option<String>), AwsError> {
    let input = json!({"MaxResults": input["Limit"], "NextToken": input["NextToken"]});
    // These operations model no error for a wrong token.
    page(items, key, &input, PAGE).map_err(|error| AwsError::new("InternalException", 500, error.message))
}

fn list_rules(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let place = bus(state, caller, input["EventBusName"].as_str())?;
    let prefix = input["NamePrefix"].as_str().unwrap_or_default();
    let rules = rules_of(state, &place).filter(|rule| rule.name.starts_with(prefix)).collect();
    let (rules, token) = limited(rules, |rule| rule.name.clone(), input)?;
    Ok(with_token(json!({"Rules": rules.into_iter().map(described).collect::<Vec<_>>()}), token))
}

fn list_targets(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let rule = rule(state, caller, input, "Rule")?;
    let target = |(index, target): (usize, &EventTarget)| {
        let mut shown = json!({"Id": format!("Target{index}"), "Arn": target.arn});
        if let Some(role) = &target.role {
            shown["RoleArn"] = json!(role);
        }
        if let Some(queue) = &target.dead_letters {
            shown["DeadLetterConfig"] = json!({"Arn": queue});
        }
        shown
    };
    let targets: Vec<Value> = rule.targets.iter().enumerate().map(target).collect();
    if targets.is_empty() {
        // By the model, a list of targets is never empty.
        return Ok(json!({}));
    }
    let (targets, token) = limited(targets, |target: &Value| target["Id"].to_string(), input)?;
    Ok(with_token(json!({"Targets": targets}), token))
}
