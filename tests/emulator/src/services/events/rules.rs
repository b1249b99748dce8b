//! Reading event buses and rules. They deliver nothing here: the local cloud delivers events.
//!
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/Welcome.html>

use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::model::definition::Model;
use crate::protocol::page::{page, with_token};
use crate::resources::event_bus::{BusKey, DEFAULT_BUS, EventRule, EventTarget};
use crate::services::events::bus;
use crate::world::state::State;

/// The maximum page size of ListRules and ListTargetsByRule.
const PAGE: usize = 100;

fn not_found(message: String) -> AwsError {
    AwsError::new("ResourceNotFoundException", 400, message)
}

/// The bus that an input names, or the default one. Buses of other accounts and Regions cannot be read.
fn own_bus(state: &State, caller: &Caller, wanted: Option<&str>) -> Result<BusKey, AwsError> {
    let key = bus::named(caller, wanted);
    let own = key.0 == caller.account && key.1 == caller.region;
    if own && (key.2 == DEFAULT_BUS || state.event_buses.buses.contains_key(&key)) {
        return Ok(key);
    }
    Err(not_found(format!("Event bus {} does not exist.", key.2)))
}

pub(super) fn describe_bus(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let key = own_bus(state, caller, input["Name"].as_str())?;
    let (account, region, name) = &key;
    let mut answer = json!({"Name": name, "Arn": format!("arn:aws:events:{region}:{account}:event-bus/{name}")});
    if let Some(bus) = state.event_buses.buses.get(&key).filter(|bus| !bus.policy.statements().is_empty()) {
        // The policy is a JSON document in a string.
        answer["Policy"] = json!(json!({"Version": "2012-10-17", "Statement": bus.policy.statements()}).to_string());
    }
    Ok(answer)
}

fn rules_of<'a>(state: &'a State, key: &BusKey) -> impl Iterator<Item = &'a EventRule> {
    state.event_buses.buses.get(key).into_iter().flat_map(|bus| bus.rules.values())
}

fn rule<'a>(state: &'a State, caller: &Caller, input: &Value, member: &str) -> Result<&'a EventRule, AwsError> {
    let key = own_bus(state, caller, input["EventBusName"].as_str())?;
    let name = input[member].as_str().unwrap_or_default();
    let found = rules_of(state, &key).find(|rule| rule.name == name);
    found.ok_or_else(|| not_found(format!("Rule {name} does not exist on EventBus {}.", key.2)))
}

fn described(rule: &EventRule) -> Value {
    let EventRule { account, region, bus, name, .. } = rule;
    let path = if bus == DEFAULT_BUS { name.clone() } else { format!("{bus}/{name}") };
    json!({
        "Name": name, "Arn": format!("arn:aws:events:{region}:{account}:rule/{path}"), "EventBusName": bus,
        "EventPattern": rule.pattern.to_string(), "State": if rule.enabled { "ENABLED" } else { "DISABLED" },
    })
}

pub(super) fn describe_rule(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let rule = rule(state, caller, input, "Name")?;
    let mut answer = described(rule);
    answer["CreatedBy"] = json!(rule.account);
    Ok(answer)
}

/// The page that an input asks for. EventBridge names its size `Limit`.
fn limited<T>(items: Vec<T>, key: impl Fn(&T) -> String, input: &Value) -> Result<(Vec<T>, Option<String>), AwsError> {
    let input = json!({"MaxResults": input["Limit"], "NextToken": input["NextToken"]});
    // The model has no error for a wrong token.
    page(items, key, &input, PAGE).map_err(|error| AwsError::new("ValidationException", 400, error.message))
}

pub(super) fn list_rules(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let key = own_bus(state, caller, input["EventBusName"].as_str())?;
    let prefix = input["NamePrefix"].as_str().unwrap_or_default();
    let rules = rules_of(state, &key).filter(|rule| rule.name.starts_with(prefix)).collect();
    let (rules, token) = limited(rules, |rule| rule.name.clone(), input)?;
    Ok(with_token(json!({"Rules": rules.into_iter().map(described).collect::<Vec<_>>()}), token))
}

fn targets(rule: &EventRule) -> Vec<Value> {
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
    rule.targets.iter().enumerate().map(target).collect()
}

/// Checks all buses and rules.
pub(super) fn check_world(model: &Model, state: &State) -> Result<(), String> {
    let check = |what: &str, shape: &str, value: &Value| {
        model.check_shape(shape, value).map_err(|violation| format!("{what}: {}", violation.message))
    };
    for ((_, _, name), bus) in &state.event_buses.buses {
        check(&format!("event bus {name:?}"), "EventBusName", &json!(name))?;
        for rule in bus.rules.values() {
            let what = format!("event rule {:?}", rule.name);
            check(&what, "Rule", &described(rule))?;
            targets(rule).iter().try_for_each(|target| check(&what, "Target", target))?;
        }
    }
    Ok(())
}

pub(super) fn list_targets(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let rule = rule(state, caller, input, "Rule")?;
    let targets = targets(rule);
    if targets.is_empty() {
        // By the model, a list of targets is never empty.
        return Ok(json!({}));
    }
    let (targets, token) = limited(targets, |target: &Value| target["Id"].to_string(), input)?;
    Ok(with_token(json!({"Targets": targets}), token))
}
