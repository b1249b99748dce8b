//! Reading schedules.

use serde_json::{Value, json};

use crate::iam::permissions::RequiredAction;
use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::text;
use crate::protocol::page::{page, with_token};
use crate::protocol::service::Command;
use crate::protocol::time::epoch;
use crate::resources::stack::{ScheduleDescription, Stack};
use crate::world::state::State;

/// The largest page, and the usual one.
const PAGE: usize = 100;

/// The group of schedules that name none.
const DEFAULT: &str = "default";

/// What a call requires.
pub(super) fn required(command: &Command<'_>) -> RequiredAction {
    let action = format!("scheduler:{}", command.operation);
    match command.operation {
        "GetSchedule" => {
            let group = command.input["GroupName"].as_str().unwrap_or(DEFAULT);
            let (region, account) = (&command.caller.region, &command.caller.account);
            let name = text(command.input, "Name");
            RequiredAction::new(action, format!("arn:aws:scheduler:{region}:{account}:schedule/{group}/{name}"))
        }
        _ => RequiredAction::new(action, "*"),
    }
}

fn all<'a>(state: &'a State, caller: &'a Caller) -> impl Iterator<Item = (&'a ScheduleDescription, &'a Stack)> {
    let stacks = state.stacks.of(&caller.account, &caller.region);
    stacks.flat_map(|stack| stack.description.schedules.iter().map(move |schedule| (schedule, stack)))
}

/// What both operations show of a schedule.
fn summary(schedule: &ScheduleDescription, stack: &Stack) -> Value {
    let (group, name) = schedule.path();
    json!({
        "Arn": schedule.arn, "GroupName": group, "Name": name,
        "State": if schedule.is_enabled { "ENABLED" } else { "DISABLED" },
        "CreationDate": epoch(stack.created), "LastModificationDate": epoch(stack.updated.unwrap_or(stack.created)),
        "Target": {"Arn": schedule.target},
    })
}

pub(super) fn list(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let prefix = text(input, "NamePrefix");
    let is_wanted = |schedule: &ScheduleDescription, shown: &Value| {
        let (group, name) = schedule.path();
        let is = |member: &str, value: &Value| input[member].is_null() || input[member] == *value;
        is("GroupName", &json!(group)) && is("State", &shown["State"]) && name.starts_with(&prefix)
    };
    let schedules = all(state, caller).map(|(schedule, stack)| (schedule, summary(schedule, stack)));
    let mut found: Vec<_> = schedules.filter(|(schedule, shown)| is_wanted(schedule, shown)).collect();
    found.sort_by_key(|(schedule, _)| schedule.arn.clone());
    let invalid = |error: AwsError| AwsError::new("ValidationException", 400, error.message);
    let (schedules, token) = page(found, |(schedule, _)| schedule.arn.clone(), input, PAGE).map_err(invalid)?;
    let schedules: Vec<Value> = schedules.into_iter().map(|(_, shown)| shown).collect();
    Ok(with_token(json!({"Schedules": schedules}), token))
}

pub(super) fn get(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let (group, name) = (input["GroupName"].as_str().unwrap_or(DEFAULT), text(input, "Name"));
    let found = all(state, caller).find(|(schedule, _)| schedule.path() == (group, name.as_str()));
    let missing = || AwsError::not_found(format!("Schedule {name} does not exist."));
    let (schedule, stack) = found.ok_or_else(missing)?;
    let mut shown = summary(schedule, stack);
    shown["ScheduleExpression"] = json!(schedule.expression);
    shown["ScheduleExpressionTimezone"] = json!("UTC");
    shown["FlexibleTimeWindow"] = json!({"Mode": "OFF"});
    shown["ActionAfterCompletion"] = json!("NONE");
    shown["Target"]["RoleArn"] = json!(schedule.role);
    if let Some(input) = &schedule.input {
        shown["Target"]["Input"] = json!(input);
    }
    if let Some(queue) = &schedule.dead_letters {
        shown["Target"]["DeadLetterConfig"] = json!({"Arn": queue});
    }
    Ok(shown)
}
