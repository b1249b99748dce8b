//! `AWS::Serverless::Function` and its events.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::Value;

use super::deployment::{Deployment, Function};
use super::properties::{number, text, unknown};
use super::{rules, schedules, sources};
use crate::error::Error;
use crate::template::Resource;

/// How many bytes the names and values of a function's variables may have together:
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
const VARIABLES: usize = 4096;

/// Adds a function, its events, and what SAM makes for them.
pub(super) fn read(resource: &Resource, deployment: &mut Deployment) -> Result<(), Error> {
    let (properties, id) = (&resource.properties, &resource.logical_id);
    let place = format!("Resources.{id}");
    let binary = text(&resource.metadata["BuildProperties"]["Binary"])
        .ok_or_else(|| unknown(&format!("{place}.Metadata.BuildProperties.Binary"), "the function names no binary"))?;
    let (on_failure, failure_queue) = destination(properties, deployment, id);
    let role = match text(&properties["Role"]) {
        Some(role) => role,
        None => implied_role(resource, deployment, &on_failure)?,
    };
    if failure_queue && let Some(queue) = &on_failure {
        deployment.queues.entry(queue.clone()).or_default();
    }
    let invoke = &properties["EventInvokeConfig"];
    let name = resource.physical_id.clone();
    let function = Function {
        logical_id: id.clone(),
        arn: resource.arn.clone(),
        account: deployment.target.account.clone(),
        region: deployment.target.region.clone(),
        binary,
        handler: text(&properties["Handler"]).unwrap_or_else(|| "bootstrap".to_owned()),
        environment: environment(properties, &place)?,
        timeout: Duration::from_secs(number(&properties["Timeout"]).unwrap_or(3)),
        memory: number(&properties["MemorySize"]).unwrap_or(128),
        log_group: text(&properties["LoggingConfig"]["LogGroup"]).unwrap_or_else(|| format!("/aws/lambda/{name}")),
        role,
        tracing: properties["Tracing"] == "Active",
        retries: number(&invoke["MaximumRetryAttempts"]).and_then(|count| count.try_into().ok()).unwrap_or(2),
        longest_age: TimeDelta::seconds(
            number(&invoke["MaximumEventAgeInSeconds"]).and_then(|age| age.try_into().ok()).unwrap_or(21_600),
        ),
        on_failure,
        dead_letters: text(&properties["DeadLetterQueue"]["TargetArn"]),
        reserved: number(&properties["ReservedConcurrentExecutions"]).and_then(|count| count.try_into().ok()),
        may_recurse: properties["RecursiveLoop"] == "Allow",
        name,
    };
    for (event_id, event) in properties["Events"].as_object().into_iter().flatten() {
        let place = format!("{place}.Properties.Events.{event_id}");
        let event_name = format!("{id}{event_id}");
        match event["Type"].as_str().unwrap_or_default() {
            "EventBridgeRule" | "CloudWatchEvent" | "Schedule" => {
                rules::read_event(&event_name, &function.arn, &event["Properties"], &place, deployment)?;
            }
            "ScheduleV2" => {
                schedules::read_event(&event_name, &function.arn, &event["Properties"], &place, deployment)?;
            }
            "SQS" => {
                sources::read_event(&function.arn, &event["Properties"], &place, deployment)?;
            }
            other => return Err(unknown(&place, format!("events of type {other:?} are not delivered here"))),
        }
    }
    deployment.functions.push(function);
    Ok(())
}

/// The on-failure destination, and whether SAM makes it.
fn destination(properties: &Value, deployment: &Deployment, id: &str) -> (Option<String>, bool) {
    let on_failure = &properties["EventInvokeConfig"]["DestinationConfig"]["OnFailure"];
    match (text(&on_failure["Destination"]), on_failure["Type"].as_str()) {
        (Some(arn), _) => (Some(arn), false),
        (None, Some("SQS")) => (Some(deployment.arn("sqs", &format!("{id}EventInvokeConfigOnFailureQueue"))), true),
        (None, _) => (None, false),
    }
}

/// The role that SAM makes if the function names none, with what it adds by itself.
fn implied_role(
    resource: &Resource,
    deployment: &mut Deployment,
    on_failure: &Option<String>,
) -> Result<String, Error> {
    let target = &deployment.target;
    let arn = format!("arn:{}:iam::{}:role/{}Role", target.partition(), target.account, resource.logical_id);
    deployment.add_role(&arn, "lambda.amazonaws.com", "logs:*", "*");
    let queue = text(&resource.properties["DeadLetterQueue"]["TargetArn"]);
    for queue in on_failure.iter().chain(&queue) {
        deployment.add_role(&arn, "lambda.amazonaws.com", "sqs:SendMessage", queue);
    }
    let policies = match &resource.properties["Policies"] {
        Value::Array(policies) => policies.as_slice(),
        one => std::slice::from_ref(one),
    };
    let role = deployment.roles.entry(arn.clone()).or_default();
    for policy in policies.iter().filter(|policy| !policy["Statement"].is_null()) {
        let place = format!("Resources.{}.Properties.Policies", resource.logical_id);
        role.permissions.add(policy).map_err(|error| unknown(&place, error.to_string()))?;
    }
    Ok(arn)
}

fn environment(properties: &Value, place: &str) -> Result<BTreeMap<String, String>, Error> {
    let variables = properties["Environment"]["Variables"].as_object();
    let variables: BTreeMap<String, String> = variables
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                _ => {
                    let place = format!("{place}.Properties.Environment.Variables.{name}");
                    return Err(unknown(&place, format!("{value} is not text")));
                }
            };
            Ok((name.clone(), text))
        })
        .collect::<Result<_, Error>>()?;
    let bytes: usize = variables.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > VARIABLES {
        let place = format!("{place}.Properties.Environment.Variables");
        return Err(unknown(&place, format!("they have {bytes} bytes: Lambda takes {VARIABLES} together")));
    }
    Ok(variables)
}
