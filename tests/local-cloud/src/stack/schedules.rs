//! `AWS::Scheduler::Schedule`, and the schedules that SAM makes for a function's events.

use serde_json::Value;

use super::deployment::{Deployment, Schedule};
use super::properties::{text, unknown};
use crate::error::Error;
use crate::schedule::Expression;
use crate::template::Resource;

/// Adds a schedule.
pub(super) fn read(resource: &Resource, deployment: &mut Deployment) -> Result<(), Error> {
    let properties = &resource.properties;
    let place = format!("Resources.{}.Properties", resource.logical_id);
    let target = &properties["Target"];
    let arn = text(&target["Arn"]).ok_or_else(|| unknown(&format!("{place}.Target"), "it has no Arn"))?;
    let role = text(&target["RoleArn"]).ok_or_else(|| unknown(&format!("{place}.Target"), "it has no RoleArn"))?;
    let mut schedule = schedule(&resource.logical_id, resource.arn.clone(), properties, &place)?;
    schedule.target = arn;
    schedule.role = role;
    schedule.input = text(&target["Input"]);
    schedule.dead_letters = text(&target["DeadLetterConfig"]["Arn"]);
    deployment.schedules.push(schedule);
    Ok(())
}

/// Adds the schedule of a function's event, with the role that SAM makes for it.
pub(super) fn read_event(
    name: &str,
    function: &str,
    properties: &Value,
    place: &str,
    deployment: &mut Deployment,
) -> Result<(), Error> {
    let schedule_name = match (text(&properties["Name"]), properties["OmitName"] == true) {
        (Some(name), _) => name,
        (None, true) => deployment.target.name(name),
        (None, false) => name.to_owned(),
    };
    let group = text(&properties["GroupName"]).unwrap_or_else(|| "default".to_owned());
    let arn = deployment.arn("scheduler", &format!("schedule/{group}/{schedule_name}"));
    let mut schedule = schedule(name, arn, properties, place)?;
    schedule.target = function.to_owned();
    schedule.input = text(&properties["Input"]);
    schedule.role = match text(&properties["RoleArn"]) {
        Some(role) => role,
        None => {
            let target = &deployment.target;
            let role = format!("arn:{}:iam::{}:role/{name}Role", target.partition(), target.account);
            deployment.add_role(&role, "scheduler.amazonaws.com", "lambda:InvokeFunction", function);
            role
        }
    };
    let dead_letters = &properties["DeadLetterConfig"];
    schedule.dead_letters = match (text(&dead_letters["Arn"]), dead_letters.is_null()) {
        (Some(queue), _) => {
            if properties["RoleArn"].is_null() {
                deployment.add_role(&schedule.role, "scheduler.amazonaws.com", "sqs:SendMessage", &queue);
            }
            Some(queue)
        }
        (None, true) => None,
        (None, false) => {
            let id = text(&dead_letters["QueueLogicalId"]).unwrap_or_else(|| format!("{name}Queue"));
            let queue = deployment.arn("sqs", &format!("{}-{id}", deployment.target.stack_name));
            deployment.queues.entry(queue.clone()).or_default();
            deployment.add_role(&schedule.role, "scheduler.amazonaws.com", "sqs:SendMessage", &queue);
            Some(queue)
        }
    };
    deployment.schedules.push(schedule);
    Ok(())
}

fn schedule(name: &str, arn: String, properties: &Value, place: &str) -> Result<Schedule, Error> {
    let written = text(&properties["ScheduleExpression"])
        .ok_or_else(|| unknown(&format!("{place}.ScheduleExpression"), "a schedule needs it"))?;
    let expression =
        Expression::parse(&written).map_err(|source| Error::Schedule { place: place.to_owned(), source })?;
    match properties["ScheduleExpressionTimezone"].as_str() {
        None | Some("UTC" | "Etc/UTC") => {}
        Some(zone) => {
            let place = format!("{place}.ScheduleExpressionTimezone");
            return Err(unknown(&place, format!("schedules in {zone} are not understood here, only in UTC")));
        }
    }
    Ok(Schedule {
        logical_id: name.to_owned(),
        arn,
        expression,
        written,
        enabled: properties["State"] != "DISABLED",
        target: String::new(),
        role: String::new(),
        input: None,
        dead_letters: None,
    })
}
