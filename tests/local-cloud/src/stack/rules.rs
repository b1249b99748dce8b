//! `AWS::Events::Rule`, and the rules that SAM makes for a function's events.

use serde_json::Value;

use super::deployment::{Deployment, Input, Rule, RuleTarget};
use super::properties::{text, unknown};
use crate::error::Error;
use crate::pattern::Pattern;
use crate::schedule::Expression;
use crate::template::Resource;

/// Adds a rule.
pub(super) fn read(resource: &Resource, deployment: &mut Deployment) -> Result<(), Error> {
    let properties = &resource.properties;
    let place = format!("Resources.{}.Properties", resource.logical_id);
    let mut targets = Vec::new();
    for (index, target) in properties["Targets"].as_array().into_iter().flatten().enumerate() {
        let arn = text(&target["Arn"]).ok_or_else(|| unknown(&format!("{place}.Targets.{index}"), "it has no Arn"))?;
        let dead_letters = text(&target["DeadLetterConfig"]["Arn"]);
        let input = input(target, &format!("{place}.Targets.{index}"))?;
        targets.push(RuleTarget { arn, role: text(&target["RoleArn"]), input, dead_letters });
    }
    let mut rule = rule(&resource.logical_id, resource.arn.clone(), properties, &place)?;
    rule.pattern = pattern(&properties["EventPattern"], &format!("{place}.EventPattern"))?;
    rule.targets = targets;
    if rule.pattern.is_none() && rule.schedule.is_none() {
        return Err(unknown(&place, "a rule needs EventPattern or ScheduleExpression"));
    }
    deployment.rules.push(rule);
    Ok(())
}

/// Adds the rule of a function's event, with the permission that SAM adds.
pub(super) fn read_event(
    name: &str,
    function: &str,
    properties: &Value,
    place: &str,
    deployment: &mut Deployment,
) -> Result<(), Error> {
    let rule_name = text(&properties["RuleName"]).or_else(|| text(&properties["Name"]));
    let rule_name = rule_name.unwrap_or_else(|| deployment.target.name(name));
    let bus = text(&properties["EventBusName"]).filter(|bus| bus != "default");
    let arn = match &bus {
        Some(bus) => deployment.arn("events", &format!("rule/{bus}/{rule_name}")),
        None => deployment.arn("events", &format!("rule/{rule_name}")),
    };
    let dead_letters = match (&properties["DeadLetterConfig"], text(&properties["DeadLetterConfig"]["Arn"])) {
        (Value::Null, _) => None,
        (_, Some(arn)) => Some(arn),
        (config, None) => {
            let id = text(&config["QueueLogicalId"]).unwrap_or_else(|| format!("{name}Queue"));
            let queue = deployment.arn("sqs", &format!("{}-{id}", deployment.target.stack_name));
            deployment.add_queue(&queue, &arn);
            Some(queue)
        }
    };
    let mut rule = rule(name, arn, properties, place)?;
    rule.pattern = pattern(&properties["Pattern"], &format!("{place}.Properties.Pattern"))?;
    if rule.pattern.is_none() && rule.schedule.is_none() {
        return Err(unknown(place, "it needs Pattern or Schedule"));
    }
    let target = RuleTarget { arn: function.to_owned(), role: None, input: input(properties, place)?, dead_letters };
    rule.targets.push(target);
    deployment.permit_rule(function, &rule.arn);
    deployment.rules.push(rule);
    Ok(())
}

fn rule(name: &str, arn: String, properties: &Value, place: &str) -> Result<Rule, Error> {
    let expression = text(&properties["ScheduleExpression"]).or_else(|| text(&properties["Schedule"]));
    let schedule = match expression {
        None => None,
        Some(expression) => {
            Some(Expression::parse(&expression).map_err(|source| Error::Schedule { place: place.to_owned(), source })?)
        }
    };
    let bus = text(&properties["EventBusName"]).unwrap_or_else(|| "default".to_owned());
    // The bus may be given by its ARN.
    let bus = bus.rsplit('/').next().unwrap_or_default().to_owned();
    let enabled = properties["State"] != "DISABLED" && properties["Enabled"] != false;
    Ok(Rule { logical_id: name.to_owned(), arn, bus, enabled, pattern: None, schedule, targets: Vec::new() })
}

fn pattern(pattern: &Value, place: &str) -> Result<Option<Pattern>, Error> {
    if pattern.is_null() {
        return Ok(None);
    }
    Pattern::new(pattern).map(Some).map_err(|source| Error::Pattern { place: place.to_owned(), source })
}

fn input(target: &Value, place: &str) -> Result<Input, Error> {
    if !target["InputPath"].is_null() {
        return Err(unknown(&format!("{place}.InputPath"), "it is not understood here"));
    }
    let transformer = &target["InputTransformer"];
    if let Some(template) = text(&transformer["InputTemplate"]) {
        let paths = transformer["InputPathsMap"].as_object().into_iter().flatten();
        let paths = paths.filter_map(|(name, path)| Some((name.clone(), text(path)?))).collect();
        return Ok(Input::Transformed(paths, template));
    }
    match target["Input"].as_str() {
        None => Ok(Input::Event),
        Some(input) => serde_json::from_str(input)
            .map(Input::Constant)
            .map_err(|error| unknown(&format!("{place}.Input"), format!("it is not JSON: {error}"))),
    }
}
