//! Each role is assumed by what uses it, and by nothing else.

use std::collections::BTreeMap;

use detective_emulator::policy::{Policy, Principal, Request};
use end_to_end::deployed_template::DeployedTemplate;
use end_to_end::scenario::ADMINISTRATOR;

use super::{Template, in_each};

const SERVICES: [&str; 6] = [
    "lambda.amazonaws.com",
    "scheduler.amazonaws.com",
    "events.amazonaws.com",
    "s3.amazonaws.com",
    "cloudformation.amazonaws.com",
    "ec2.amazonaws.com",
];

/// Who assumes a role, and with which condition keys.
struct User<'a> {
    principal: Principal<'a>,
    context: Vec<(&'static str, String)>,
}

fn assumes(trust: &Policy, role: &str, principal: Principal<'_>, context: &[(&'static str, String)]) -> bool {
    trust.allows(&Request {
        principal,
        action: "sts:AssumeRole",
        resource: role,
        context: context.iter().cloned().collect::<BTreeMap<_, _>>(),
    })
}

pub(super) fn gaps(template: &Template) -> Vec<String> {
    in_each(template, of_stack)
}

fn of_stack(stack: &DeployedTemplate) -> Vec<String> {
    let plan = &stack.deployment;
    let (account, partition) = (plan.target.account.as_str(), plan.target.partition());
    let group = stack.resolved.resources.get("Schedules").map(|group| group.arn.clone()).unwrap_or_default();
    let mut gaps = Vec::new();
    for (arn, role) in &plan.roles {
        let source =
            |source: &str| vec![("aws:SourceAccount", account.to_owned()), ("aws:SourceArn", source.to_owned())];
        let forwarding = plan
            .rules
            .iter()
            .find(|rule| rule.targets.iter().any(|target| target.role.as_deref() == Some(arn.as_str())));
        let acceptor = format!("arn:{partition}:iam::{ADMINISTRATOR}:role/detective-acceptor-acceptor");
        let user = if plan.functions.iter().any(|one| one.role == *arn) {
            User { principal: Principal::Service("lambda.amazonaws.com"), context: Vec::new() }
        } else if plan.schedules.iter().any(|one| one.role == *arn) {
            User { principal: Principal::Service("scheduler.amazonaws.com"), context: source(&group) }
        } else if let Some(rule) = forwarding {
            User { principal: Principal::Service("events.amazonaws.com"), context: source(&rule.arn) }
        } else {
            let context = vec![("aws:PrincipalArn", acceptor), ("sts:ExternalId", "agreed-upon-with-them".to_owned())];
            User { principal: Principal::Account(ADMINISTRATOR), context }
        };
        if !assumes(&role.trust, arn, user.principal, &user.context) {
            gaps.push(format!("{:?} may not assume {arn}", user.principal));
        }
        for service in SERVICES {
            let is_user = matches!(user.principal, Principal::Service(used) if used == service);
            if !is_user && assumes(&role.trust, arn, Principal::Service(service), &user.context) {
                gaps.push(format!("{service} may assume {arn}"));
            }
        }
        for other in ["999999999999", account] {
            if assumes(&role.trust, arn, Principal::Account(other), &user.context) {
                gaps.push(format!("the account {other} may assume {arn}"));
            }
        }
        for (index, (key, _)) in user.context.iter().enumerate() {
            let (mut without, mut other) = (user.context.clone(), user.context.clone());
            without.remove(index);
            other[index].1.push_str("-other");
            // The same of another account.
            let mut neighbour = user.context.clone();
            neighbour[index].1 = neighbour[index].1.replacen(&format!(":{account}:"), ":999999999999:", 1);
            let neighbour = Some(neighbour).filter(|neighbour| *neighbour != user.context);
            if [Some(without), Some(other), neighbour]
                .iter()
                .flatten()
                .any(|context| assumes(&role.trust, arn, user.principal, context))
            {
                gaps.push(format!("{arn} is assumed with another {key}"));
            }
        }
    }
    let buses = stack.resolved.resources.values().filter(|one| one.kind == "AWS::Events::EventBusPolicy");
    for policy in buses {
        let bus = format!("arn:{partition}:events:{}:{account}:event-bus/default", plan.target.region);
        if policy.properties["Statement"]["Resource"] != bus {
            gaps.push(format!("{} is of other buses than {bus}", policy.logical_id));
        }
    }
    gaps
}
