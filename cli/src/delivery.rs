//! Which rules of template.yaml send an event to a function.

use std::collections::BTreeMap;

use local_cloud::policy::{Principal, Request};
use local_cloud::stack::{Deployment, Rule};
use serde_json::Value;

use crate::environment::Stacks;
use crate::failure::Failure;

/// The detail-types that CloudTrail's events have.
const DETAIL_TYPES: [&str; 2] = ["AWS Service Event via CloudTrail", "AWS API Call via CloudTrail"];

/// States which rules of stacks send an event to a function of the administrator account, given by its name in the template;
/// `None` for what is not an event, such as the input of a schedule.
///
/// # Errors
/// A stack cannot be planned.
pub(crate) fn describe(stacks: &Stacks, function: &str, event: &Value) -> Result<Option<String>, Failure> {
    if !event["source"].is_string() || event.get("detail").is_none() {
        return Ok(None);
    }
    let (management, administrator) = (stacks.management.plan()?, stacks.administrator.plan()?);
    let forwarding = |event: &Value| taking(&management, event, |target| target.contains(":event-bus/"));
    let arn = administrator.functions.iter().find(|found| found.logical_id == function).map(|found| &found.arn);
    // A rule starts the function itself, or by a queue that Lambda polls for it.
    let queues =
        administrator.sources.iter().filter(|source| Some(&source.function) == arn).map(|source| &source.queue);
    let starts: Vec<&String> = arn.into_iter().chain(queues).collect();
    let starting = |event: &Value| taking(&administrator, event, |target| starts.iter().any(|arn| *arn == target));
    let role = administrator.functions.iter().find(|found| found.logical_id == function).map(|found| &found.role);
    let queueing = |event: &Value| taking(&administrator, event, |target| reads(&administrator, role, target));
    for (rules, does) in [(starting(event), "starts"), (queueing(event), "sends it to the queue that is read by")] {
        if let ([forwards, ..], [rule, ..]) = (&forwarding(event)[..], &rules[..]) {
            return Ok(Some(format!(
                "The rule {} in the management account ({}) forwards this event, and the rule {} in the administrator account ({}) \
                 {does} {function}.",
                forwards.logical_id, stacks.management.account, rule.logical_id, stacks.administrator.account
            )));
        }
    }
    let with = |detail_type: &str| {
        let mut event = event.clone();
        event["detail-type"] = detail_type.into();
        let rule = starting(&event).first()?.logical_id.clone();
        (!forwarding(&event).is_empty()).then(|| format!(" {rule} takes it with the detail-type \"{detail_type}\"."))
    };
    let hint = DETAIL_TYPES.into_iter().find_map(with).unwrap_or_default();
    Ok(Some(format!("No rule of template.yaml sends this event to {function}; it is invoked all the same.{hint}")))
}

/// Whether a role may receive messages of a queue: then its function reads the queue.
fn reads(stack: &Deployment, role: Option<&String>, queue: &str) -> bool {
    let request =
        Request { principal: Principal::Own, action: "sqs:ReceiveMessage", resource: queue, context: BTreeMap::new() };
    let role = role.and_then(|role| stack.roles.get(role));
    queue.contains(":sqs:") && role.is_some_and(|role| role.permissions.allows(&request))
}

/// The rules that take an event and have a target of a kind.
fn taking<'a>(stack: &'a Deployment, event: &Value, is_target: impl Fn(&str) -> bool) -> Vec<&'a Rule> {
    let takes = |rule: &&Rule| rule.enabled && rule.pattern.as_ref().is_some_and(|pattern| pattern.matches(event));
    stack.rules.iter().filter(takes).filter(|rule| rule.targets.iter().any(|target| is_target(&target.arn))).collect()
}
