//! What the template must have although nothing fails without it until something else does: dead-letter queues, reserved
//! concurrency, and a StackSet that deploys to future accounts.

use std::collections::BTreeMap;

use local_cloud::policy::{Policy, Principal, Request};
use local_cloud::stack::Deployment;
use local_cloud::template::{Target, resolve};
use serde_json::{Value, json};

use end_to_end::deployed_template::{DeployedTemplate, MEMBER, ROLE};
use end_to_end::edit::edit;
use end_to_end::template::template;

fn allows(deployed: &DeployedTemplate, policy: &Policy, principal: Principal<'_>, queue: &str, source: &str) -> bool {
    let account = deployed.deployment.target.account.clone();
    let context = BTreeMap::from([("aws:SourceArn", source.to_owned()), ("aws:SourceAccount", account)]);
    policy.allows(&Request { principal, action: "sqs:SendMessage", resource: queue, context })
}

/// What can fail without leaving a dead letter.
fn without_dead_letters(deployed: &DeployedTemplate) -> Vec<String> {
    let Deployment { rules, schedules, functions, queues, roles, .. } = &deployed.deployment;
    let dead = deployed.resolved.resources["DeadLetters"].arn.as_str();
    let mut gaps = Vec::new();
    for rule in rules {
        let admitted = allows(deployed, &queues[dead].0, Principal::Service("events.amazonaws.com"), dead, &rule.arn);
        let kept = rule.targets.iter().all(|target| target.dead_letters.as_deref() == Some(dead));
        if rule.targets.is_empty() || !kept || !admitted {
            gaps.push(rule.logical_id.clone());
        }
    }
    for schedule in schedules {
        let admitted = allows(deployed, &roles[&schedule.role].permissions, Principal::Own, dead, &schedule.arn);
        if schedule.dead_letters.as_deref() != Some(dead) || !admitted {
            gaps.push(schedule.logical_id.clone());
        }
    }
    for function in functions {
        let admitted = allows(deployed, &roles[&function.role].permissions, Principal::Own, dead, &function.arn);
        if function.on_failure.as_deref() != Some(dead) || !admitted {
            gaps.push(function.logical_id.clone());
        }
    }
    let redriven = |settings: &detective_emulator::QueueSettings| {
        settings.redrive.as_ref().is_some_and(|(_, target)| target == dead)
    };
    gaps.extend(queues.iter().filter(|(arn, queue)| *arn != dead && !redriven(&queue.1)).map(|(arn, _)| arn.clone()));
    gaps
}

/// Functions on a schedule whose reserved concurrency is not what they need: one execution for the schedule, those of their
/// mappings, which do not know it, and whose messages would wait for hours, and one for who invokes the reconciler as
/// docs/deploying.md describes it.
fn wrongly_reserved(deployed: &DeployedTemplate) -> Vec<String> {
    let Deployment { functions, schedules, sources, .. } = &deployed.deployment;
    let scheduled = functions.iter().filter(|function| schedules.iter().any(|s| s.target == function.arn));
    let needed = |arn: &str| {
        1 + sources.iter().filter(|source| source.function == arn).map(|source| source.concurrency).sum::<usize>()
    };
    let wrong = scheduled.filter(|function| {
        let by_hand = usize::from(function.logical_id == "OrganizationReconciler");
        function.reserved != Some(needed(&function.arn) + by_hand)
    });
    wrong.map(|function| format!("the reserved concurrency of {}", function.logical_id)).collect()
}

/// Functions that send to a queue that invokes them, and that Lambda would stop after some times.
fn stopped_as_loops(deployed: &DeployedTemplate) -> Vec<String> {
    let Deployment { functions, sources, roles, .. } = &deployed.deployment;
    let continues = |function: &&local_cloud::stack::Function| {
        let own = sources.iter().filter(|source| source.function == function.arn);
        let permissions = &roles[&function.role].permissions;
        own.into_iter().any(|source| allows(deployed, permissions, Principal::Own, &source.queue, &function.arn))
    };
    let stopped = functions.iter().filter(continues).filter(|function| !function.may_recurse);
    stopped.map(|function| format!("{} is stopped as a loop", function.logical_id)).collect()
}

/// What is wrong with the StackSet that deploys the member role.
fn stack_set(deployed: &DeployedTemplate, role: &Value) -> Vec<&'static str> {
    let properties = &deployed.resolved.resources["MemberRoles"].properties;
    let set = &deployed.deployment.stack_sets[0];
    let target = Target { account: MEMBER.to_owned(), ..deployed.deployment.target.clone() };
    let body = resolve(&set.template.0, &target, &set.template.1).unwrap();
    let automatic = json!({"Enabled": true, "RetainStacksOnAccountRemoval": false});
    let checks = [
        ("the service does not manage its permissions", properties["PermissionModel"] == "SERVICE_MANAGED"),
        ("future accounts do not get it", properties["AutoDeployment"] == automatic),
        ("it may not name a role", properties["Capabilities"] == json!(["CAPABILITY_NAMED_IAM"])),
        ("it goes to other OUs", set.units == ["r-ab12"]),
        ("StackSets take no transform", !set.template.0.contains("Transform:")),
        ("it holds more than a role", body.resources.values().all(|it| it.kind == "AWS::IAM::Role")),
        ("the role is another one than a stack's own", &body.resources["MemberRole"].properties == role),
    ];
    checks.iter().filter(|(_, holds)| !holds).map(|(what, _)| *what).collect()
}

/// What outsiders deploy: the same role, and no more.
#[test]
fn the_template_for_outsiders_is_the_role_alone_and_fits_into_a_request() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../member-role.yaml")).unwrap();
    let target = Target {
        stack_name: "detective-onboarding".to_owned(),
        account: MEMBER.to_owned(),
        region: "us-east-1".to_owned(),
    };
    let parameters: BTreeMap<String, String> =
        ROLE.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let plain = resolve(&text, &target, &parameters).unwrap();
    let own = DeployedTemplate::new(&template(), MEMBER, &[&ROLE[..], &[("Place", "MemberAccount")]].concat());
    assert_eq!(plain.resources, BTreeMap::from([("MemberRole".to_owned(), plain.resources["MemberRole"].clone())]));
    assert_eq!(plain.resources["MemberRole"].properties, own.resolved.resources["MemberRole"].properties);
    assert!(!text.contains("Transform:") && text.len() < 51_200);
}

/// Everything that is wrong in a template.
pub(crate) fn gaps(template: &str) -> Vec<String> {
    let accounts = DeployedTemplate::all(template);
    let member = DeployedTemplate::new(template, MEMBER, &[&ROLE[..], &[("Place", "MemberAccount")]].concat());
    let role = &member.resolved.resources["MemberRole"].properties;
    let mut gaps: Vec<String> = stack_set(&accounts[1], role).into_iter().map(str::to_owned).collect();
    for deployed in &accounts {
        gaps.extend(without_dead_letters(deployed));
        gaps.extend(wrongly_reserved(deployed));
        gaps.extend(stopped_as_loops(deployed));
    }
    gaps
}

#[test]
fn nothing_is_wrong_in_the_template() {
    assert_eq!(gaps(&template()), [""; 0]);
    let functions: usize =
        DeployedTemplate::all(&template()).iter().map(|deployed| deployed.deployment.functions.len()).sum();
    assert_eq!(functions, template().matches("Type: AWS::Serverless::Function").count(), "every function is checked");
}

/// A new account has ten concurrent executions, and Lambda lets none of the last ten be reserved.
#[test]
fn nothing_is_reserved_by_default_and_no_mapping_has_more_than_a_small_account_can_give() {
    let administrator = [("OrganizationId", "o-exampleorg01"), ("ManagementAccountId", "111111111111")];
    let deployed = DeployedTemplate::new(&template(), "222222222222", &administrator);
    assert!(deployed.deployment.functions.iter().all(|function| function.reserved.is_none()));
    let polled: usize = deployed.deployment.sources.iter().map(|source| source.concurrency).sum();
    assert!(polled + deployed.deployment.schedules.len() < 10, "{:?}", deployed.deployment.sources);
}

#[test]
fn each_dead_letter_queue_and_each_reservation_is_missed_where_it_is_taken_away() {
    let template = template();
    for (line, minimum) in [
        ("DeadLetterConfig: {Arn: !GetAtt DeadLetters.Arn}", 13),
        ("OnFailure: {Type: SQS, Destination: !GetAtt DeadLetters.Arn}", 7),
        ("RedrivePolicy: {deadLetterTargetArn: !GetAtt DeadLetters.Arn", 4),
        ("ReservedConcurrentExecutions: !If [ReservesConcurrency, 1, !Ref AWS::NoValue]", 3),
        ("ReservedConcurrentExecutions: !If [ReservesConcurrency, 3, !Ref AWS::NoValue]", 2),
        ("ReservedConcurrentExecutions: !If [ReservesConcurrency, 4, !Ref AWS::NoValue]", 1),
        ("RecursiveLoop: Allow", 3),
    ] {
        let positions: Vec<usize> = template.match_indices(line).map(|(position, _)| position).collect();
        assert!(positions.len() >= minimum, "{line}: {}", positions.len());
        for position in positions {
            let end = position + template[position..].find('\n').unwrap();
            let without = format!("{}{}", &template[..position], &template[end..]);
            assert!(!gaps(&without).is_empty(), "{line} at {position} is not missed");
        }
    }
}

#[test]
fn a_stack_set_that_reaches_fewer_accounts_is_noticed() {
    let template = template();
    let mut body = "AWSTemplateFormatVersion: \"2010-09-09\"\n        Description".to_owned();
    body.insert_str(0, "        ");
    for (from, to) in [
        ("AutoDeployment: {Enabled: true", "AutoDeployment: {Enabled: false"),
        ("PermissionModel: SERVICE_MANAGED", "PermissionModel: SELF_MANAGED"),
        ("RetainStacksOnAccountRemoval: false", "RetainStacksOnAccountRemoval: true"),
        (&body, &edit(&body, "AWS", "Transform: AWS::Serverless-2016-10-31\n        AWS")),
        ("StringEquals: {\"sts:ExternalId\": !Ref ExternalId}", "StringLike: {\"sts:ExternalId\": \"*\"}"),
    ] {
        assert!(!gaps(&edit(&template, from, to)).is_empty(), "{to:?} is not noticed");
    }
}
