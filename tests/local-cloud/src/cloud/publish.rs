//! What the emulated EventBridge lists of a deployed stack: its rules and its buses' policies.

use detective_emulator::{Cloud, EventRule, EventTarget};

use crate::stack::{Deployment, Rule, RuleTarget};

/// Makes the rules and policies of a stack visible in the emulated cloud, and takes away the rules that it no longer has.
/// Rules on a schedule are left out.
pub(crate) fn publish(cloud: &Cloud, plan: &Deployment) {
    let target = &plan.target;
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
        for statement in policy.statements() {
            cloud.put_event_bus_statement(&target.account, &target.region, name, statement.clone());
        }
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
