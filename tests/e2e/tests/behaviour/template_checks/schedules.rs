//! Each schedule starts its function, when it is set to, and not before everything is there that the function needs.

use std::collections::{BTreeMap, BTreeSet};

use detective_emulator::policy::{Principal, Request};
use end_to_end::deployed_template::DeployedTemplate;
use serde_json::Value;

use super::Template;
use super::settings::value;

/// The parameter of a function's schedule.
fn parameter(function: &str) -> &'static str {
    match function {
        "OrganizationReconciler" => "ReconcileSchedule",
        "MemberMonitor" => "MonitorSchedule",
        "AccountOffboarder" => "OffboardSchedule",
        "AdministratorKeeper" => "AdministratorCheckSchedule",
        _ => "AcceptSchedule",
    }
}

pub(super) fn gaps(template: &Template) -> Vec<String> {
    let mut gaps = Vec::new();
    for (name, stack) in &template.stacks {
        for schedule in &stack.deployment.schedules {
            let resource = &stack.resolved.resources[&schedule.logical_id];
            let properties = &resource.properties;
            let Some(function) = stack.deployment.functions.iter().find(|one| one.arn == schedule.target) else {
                gaps.push(format!("{} starts nothing", schedule.logical_id));
                continue;
            };
            let expression = value(stack, parameter(&function.logical_id));
            let invokes = Request {
                principal: Principal::Own,
                action: "lambda:InvokeFunction",
                resource: &function.arn,
                context: BTreeMap::new(),
            };
            let another = format!("{}-other", function.arn);
            let others = Request {
                principal: Principal::Own,
                action: "lambda:InvokeFunction",
                resource: &another,
                context: BTreeMap::new(),
            };
            let role = stack.deployment.roles.get(&schedule.role);
            let group = stack.resolved.resources.get("Schedules").map(|group| group.physical_id.as_str());
            let input: Value = serde_json::from_str(schedule.input.as_deref().unwrap_or_default()).unwrap_or_default();
            for (holds, what) in [
                (schedule.logical_id == format!("{}OnSchedule", function.logical_id), "it starts another function"),
                (properties["ScheduleExpression"] == expression, "it is not when it was set to be"),
                (properties["FlexibleTimeWindow"]["Mode"] == "OFF", "it starts at some other time"),
                // The group is what its role's trust and the alarm on dropped invocations name.
                (properties["GroupName"].as_str() == group, "it is in another group"),
                // By it, a run knows for when it was started: a retry is no other run.
                (input["scheduledTime"] == "<aws.scheduler.scheduled-time>", "a retry is another run"),
                (role.is_some_and(|role| role.permissions.allows(&invokes)), "it may not start its function"),
                (role.is_some_and(|role| !role.permissions.allows(&others)), "it may start another function"),
                (schedule.enabled, "it is off"),
            ] {
                if !holds {
                    gaps.push(format!("{}: {}: {what}", name, schedule.logical_id));
                }
            }
            let depends = names(&template.json["Resources"][&schedule.logical_id]["DependsOn"]);
            for needed in needed(template, stack, &schedule.logical_id, &function.logical_id) {
                if !depends.contains(needed.as_str()) {
                    gaps.push(format!("{} may start its function before there is {needed}", schedule.logical_id));
                }
            }
            for other in depends.iter().filter(|other| !is_there(stack, other)) {
                gaps.push(format!("{}: {} waits for {other}, which is not there", name, schedule.logical_id));
            }
        }
    }
    gaps
}

fn names(value: &Value) -> BTreeSet<&str> {
    value.as_array().into_iter().flatten().chain(Some(value)).filter_map(Value::as_str).collect()
}

/// Whether a stack has a resource: one of the template, or one that SAM makes for a function.
fn is_there(stack: &DeployedTemplate, id: &str) -> bool {
    let resources = &stack.resolved.resources;
    resources.contains_key(id)
        || stack.deployment.functions.iter().any(|function| {
            let rest = id.strip_prefix(function.logical_id.as_str());
            let events = &resources[&function.logical_id].properties["Events"];
            rest.is_some_and(|rest| rest == "EventInvokeConfig" || events[rest].is_object())
        })
}

/// What a function needs when it runs, and what does not come with it by itself: where its failures go, what starts it again, and
/// the policies of its queues. A policy counts if it is there wherever the schedule is.
fn needed(template: &Template, stack: &DeployedTemplate, schedule: &str, function: &str) -> BTreeSet<String> {
    let resources = &stack.resolved.resources;
    let mut needed = BTreeSet::from([format!("{function}EventInvokeConfig")]);
    let events = resources[function].properties["Events"].as_object().into_iter().flatten();
    needed.extend(events.map(|(event, _)| format!("{function}{event}")));
    let role = &template.json["Resources"][format!("{function}Role")].to_string();
    let with_schedule = |policy: &str| {
        let stacks = template.stacks.values().filter(|stack| stack.resolved.resources.contains_key(schedule));
        stacks.into_iter().all(|stack| stack.resolved.resources.contains_key(policy))
    };
    // The queues that it receives from, and the dead letters.
    let own = ["DeadLetters".to_owned(), format!("{function}Continuations"), "Departures".to_owned()];
    let policies = own.iter().filter(|queue| role.contains(&format!("[\"{queue}\",\"Arn\"]")));
    let policies = policies.map(|queue| format!("{queue}Policy"));
    needed.extend(policies.filter(|policy| {
        resources.contains_key(policy)
            && with_schedule(policy)
            && (policy != "DeparturesPolicy" || function == "AccountOffboarder")
    }));
    needed
}
