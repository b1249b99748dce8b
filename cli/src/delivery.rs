//! Which rules of template.yaml send an event to a function.

use local_cloud::stack::{Deployment, Rule};
use serde_json::Value;

use crate::environment::{self, ADMINISTRATOR, MANAGEMENT};
use crate::failure::Failure;

/// The detail-types that CloudTrail's events have.
const DETAIL_TYPES: [&str; 2] = ["AWS Service Event via CloudTrail", "AWS API Call via CloudTrail"];

/// States which rules send an event to a function of the administrator account, given by its name in the template; `None`
/// for what is not an event, such as the input of a schedule.
///
/// # Errors
/// template.yaml cannot be read.
pub(crate) fn describe(function: &str, event: &Value) -> Result<Option<String>, Failure> {
    if !event["source"].is_string() || event.get("detail").is_none() {
        return Ok(None);
    }
    let management = environment::management_stack()?.plan()?;
    let administrator = environment::administrator_stack()?.plan()?;
    let forwarding = |event: &Value| taking(&management, event, |target| target.contains(":event-bus/"));
    let arn = administrator.functions.iter().find(|found| found.logical_id == function).map(|found| &found.arn);
    // A rule starts the function itself, or by a queue that Lambda polls for it.
    let queues =
        administrator.sources.iter().filter(|source| Some(&source.function) == arn).map(|source| &source.queue);
    let starts: Vec<&String> = arn.into_iter().chain(queues).collect();
    let starting = |event: &Value| taking(&administrator, event, |target| starts.iter().any(|arn| *arn == target));
    if let ([forwards, ..], [starts, ..]) = (&forwarding(event)[..], &starting(event)[..]) {
        return Ok(Some(format!(
            "The rule {} in the management account ({MANAGEMENT}) forwards this event, and the rule {} in the administrator \
             account ({ADMINISTRATOR}) starts {function}.",
            forwards.logical_id, starts.logical_id
        )));
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

/// The rules that take an event and have a target of a kind.
fn taking<'a>(stack: &'a Deployment, event: &Value, is_target: impl Fn(&str) -> bool) -> Vec<&'a Rule> {
    let takes = |rule: &&Rule| rule.enabled && rule.pattern.as_ref().is_some_and(|pattern| pattern.matches(event));
    stack.rules.iter().filter(takes).filter(|rule| rule.targets.iter().any(|target| is_target(&target.arn))).collect()
}
