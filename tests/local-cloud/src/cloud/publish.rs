//! What the emulated services list of a deployed stack: its outputs, functions, schedules, rules and its buses' policies.

use detective_emulator::{Cloud, EventRule, EventTarget, FunctionDescription, ScheduleDescription, StackDescription};

use crate::error::Error;
use crate::stack::{Deployment, Function, Rule, RuleTarget, Schedule};

/// Makes what a stack has visible in the emulated cloud, and takes away what it no longer has. Rules on a schedule are left out.
///
/// # Errors
/// AWS refuses the stack. Nothing has changed then.
pub(crate) fn publish(cloud: &Cloud, plan: &Deployment) -> Result<(), Error> {
    let target = &plan.target;
    cloud.put_stack(description(plan)).map_err(Error::Refused)?;
    for rule in cloud.event_rules() {
        let same = rule.stack.as_ref() == Some(&target.stack_name);
        if same && rule.account == target.account && rule.region == target.region {
            cloud.delete_event_rule(&rule);
        }
    }
    for rule in plan.rules.iter().filter_map(|rule| event_rule(plan, rule)) {
        cloud.put_event_rule(rule);
    }
    for (arn, policy) in &plan.buses {
        let name = arn.rsplit('/').next().unwrap_or_default();
        cloud.put_event_bus_statements(&target.account, &target.region, name, policy);
    }
    Ok(())
}

fn description(plan: &Deployment) -> StackDescription {
    let shown = |(name, value): (&String, &String)| {
        let is_hidden = plan.hidden_parameters.contains(name);
        (name.clone(), if is_hidden { "****".to_owned() } else { value.clone() })
    };
    StackDescription {
        account: plan.target.account.clone(),
        region: plan.target.region.clone(),
        name: plan.target.stack_name.clone(),
        parameters: plan.template_parameters.iter().map(shown).collect(),
        outputs: plan.outputs.clone(),
        functions: plan.functions.iter().map(function).collect(),
        schedules: plan.schedules.iter().map(schedule).collect(),
    }
}

fn function(function: &Function) -> FunctionDescription {
    FunctionDescription {
        name: function.name.clone(),
        arn: function.arn.clone(),
        handler: function.handler.clone(),
        role: function.role.clone(),
        timeout: function.timeout.as_secs(),
        memory: function.memory,
        environment: function.environment.clone(),
        log_group: function.log_group.clone(),
        reserved: function.reserved.map(|reserved| reserved as u64),
        is_traced: function.tracing,
    }
}

fn schedule(schedule: &Schedule) -> ScheduleDescription {
    ScheduleDescription {
        arn: schedule.arn.clone(),
        expression: schedule.written.clone(),
        is_enabled: schedule.enabled,
        target: schedule.target.clone(),
        role: schedule.role.clone(),
        input: schedule.input.clone(),
        dead_letters: schedule.dead_letters.clone(),
    }
}

fn event_rule(plan: &Deployment, rule: &Rule) -> Option<EventRule> {
    let target = |target: &RuleTarget| EventTarget {
        arn: target.arn.clone(),
        role: target.role.clone(),
        dead_letters: target.dead_letters.clone(),
    };
    Some(EventRule {
        account: plan.target.account.clone(),
        region: plan.target.region.clone(),
        bus: rule.bus.clone(),
        name: rule.arn.rsplit('/').next().unwrap_or_default().to_owned(),
        pattern: rule.pattern.as_ref()?.source().clone(),
        enabled: rule.enabled,
        targets: rule.targets.iter().map(target).collect(),
        stack: Some(plan.target.stack_name.clone()),
    })
}
