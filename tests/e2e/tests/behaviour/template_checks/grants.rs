//! Each role may make the calls that its function is seen to make, and no others: neither another action, nor the same on a
//! neighbour's resource, nor under another condition.

use std::collections::BTreeMap;

use detective_emulator::policy::{Policy, Principal, Request};
use end_to_end::deployed_template::DeployedTemplate;
use end_to_end::scenario::ADMINISTRATOR;
use local_cloud::stack::Role;
use serde_json::{Value, json};

use super::stacks::{KEY, SECOND, TRUSTED_GRAPH};

use super::settings::value;
use super::{Seen, Template, in_each};

const ANOTHER_KEY: &str = "arn:aws:kms:us-east-1:222222222222:key/10000000-0000-4000-8000-000000000000";

/// A condition key of an action, its value, and another one.
const CONDITIONS: [(&str, &str, &str, &str); 8] = [
    ("kms:Decrypt", "kms:ViaService", "sqs.us-east-1.amazonaws.com", "ec2.us-east-1.amazonaws.com"),
    ("kms:GenerateDataKey", "kms:ViaService", "sqs.us-east-1.amazonaws.com", "ec2.us-east-1.amazonaws.com"),
    ("events:PutEvents", "events:source", "detective-onboarding", "detective-else"),
    ("s3:GetObject", "aws:ResourceAccount", ADMINISTRATOR, SECOND),
    ("s3:PutObject", "aws:ResourceAccount", ADMINISTRATOR, SECOND),
    ("s3:ListBucket", "aws:ResourceAccount", ADMINISTRATOR, SECOND),
    (
        "organizations:EnableAWSServiceAccess",
        "organizations:ServicePrincipal",
        "detective.amazonaws.com",
        "guardduty.amazonaws.com",
    ),
    (
        "organizations:RegisterDelegatedAdministrator",
        "organizations:ServicePrincipal",
        "detective.amazonaws.com",
        "guardduty.amazonaws.com",
    ),
];

fn allows(policy: &Policy, action: &str, resource: &str, context: BTreeMap<&'static str, String>) -> bool {
    policy.allows(&Request { principal: Principal::Own, action, resource, context })
}

/// The condition keys that a call has.
fn context(action: &str) -> BTreeMap<&'static str, String> {
    CONDITIONS.iter().filter(|(of, ..)| *of == action).map(|(_, key, value, _)| (*key, (*value).to_owned())).collect()
}

/// Resources beside the one of a call, on which it is not to be allowed.
fn neighbours(role: &str, action: &str, resource: &str) -> Vec<String> {
    let parts: Vec<&str> = resource.split(':').collect();
    let [_, _, service, _, account, ..] = parts[..] else { return Vec::new() };
    let in_account = |other: &str| resource.replacen(&format!(":{account}:"), &format!(":{other}:"), 1);
    let (before, last) = resource.rsplit_once(['/', ':']).unwrap_or_default();
    let named = format!("{}{}another", before, &resource[before.len()..=before.len()]);
    let in_organization = || resource.replacen("/o-exampleorg01/", "/o-anotherorg01/", 1);
    match (service, action) {
        // An invitation is rejected whoever sent it, a member role is in any account, and so are its invitations.
        (_, "detective:RejectInvitation") => Vec::new(),
        (_, "sts:AssumeRole") => vec![named],
        ("detective", _) => vec![in_account(SECOND)],
        ("organizations", _) if role.contains("AdministratorKeeper") => vec![resource.replacen(last, SECOND, 1)],
        ("organizations", _) => vec![in_organization()],
        // An object's folder, and its bucket.
        ("s3", _) if resource.contains('/') => {
            let (bucket, key) = resource.split_once('/').unwrap_or_default();
            vec![format!("{bucket}/another/{key}"), format!("arn:aws:s3:::another/{key}")]
        }
        ("s3", _) => vec!["arn:aws:s3:::another".to_owned()],
        ("account" | "iam", _) => vec![in_account("999999999999")],
        // A function's own log group has any streams.
        ("logs", _) => vec![resource.replacen(":log-group:", ":log-group:another-", 1), in_account("999999999999")],
        _ => vec![named, in_account("999999999999")],
    }
}

/// The statements of a role without their conditions: those were fulfilled when they were used.
fn without_conditions(role: &Role) -> Vec<Value> {
    let statements = role.permissions.statements().iter();
    let without = |statement: &Value| {
        let mut statement = statement.clone();
        statement["Condition"] = Value::Null;
        statement
    };
    statements.map(without).collect()
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

pub(super) fn gaps(template: &Template, seen: &Seen) -> Vec<String> {
    let mut gaps = Vec::new();
    let (mut roles, mut queues) = (BTreeMap::new(), BTreeMap::new());
    for (place, account, parameters) in seen.organization.stacks() {
        let parameters = [&[("Place", place)][..], &parameters].concat();
        match DeployedTemplate::in_region(&template.text, account, "us-east-1", &parameters) {
            Ok(stack) => {
                roles.extend(stack.deployment.roles);
                queues.extend(stack.deployment.queues);
            }
            Err(error) => return vec![format!("{account}: {error}")],
        }
    }
    for (arn, role) in &roles {
        // Roles of a StackSet are the same in every account: one of them stands for all.
        let uses: Vec<_> =
            seen.uses.iter().filter(|(user, ..)| user.rsplit('/').next() == arn.rsplit('/').next()).collect();
        if uses.is_empty() {
            gaps.push(format!("{arn} is never used"));
        }
        gaps.extend(of_role(arn, role, &uses));
    }
    for (user, action, _) in &seen.uses {
        let name = user.rsplit('/').next();
        if !roles.keys().any(|arn| arn.rsplit('/').next() == name) {
            gaps.push(format!("there is no {user}, which calls {action}"));
        }
    }
    let names: Vec<&str> = roles.keys().map(String::as_str).collect();
    for (user, _, queue) in seen.uses.iter().filter(|(_, action, _)| action == "sqs:SendMessage") {
        gaps.extend(queues.get(queue).and_then(|(policy, _)| denied(seen, policy, user, queue, &names)));
    }
    gaps.extend(in_settings(template));
    gaps.extend(in_each(template, in_buckets));
    gaps.extend(in_each(template, of_regions));
    gaps.extend(in_each(template, of_topics));
    for (name, stack) in template.doubtful() {
        for (arn, role) in &stack.deployment.roles {
            let is_exact = |statement: &Value| {
                let actions = texts(&statement["Action"]);
                !actions.is_empty()
                    && !texts(&statement["Resource"]).is_empty()
                    && actions.iter().all(|action| !action.contains('*'))
            };
            if !role.permissions.statements().iter().all(is_exact) {
                gaps.push(format!("{name}: {arn} has a statement on all actions, or on none"));
            }
        }
    }
    gaps
}

/// A queue that denies its senders, or takes messages of another function than those.
fn denied(seen: &Seen, policy: &Policy, sender: &str, queue: &str, roles: &[&str]) -> Option<String> {
    let denies = |role: &str, service: &str| {
        let context =
            BTreeMap::from([("aws:PrincipalArn", role.to_owned()), ("aws:PrincipalIsAWSService", service.to_owned())]);
        let principal = Principal::Caller { account: ADMINISTRATOR, arn: role };
        policy.denies(&Request { principal, action: "sqs:SendMessage", resource: queue, context })
    };
    if denies(sender, "false") || denies("", "true") {
        return Some(format!("{queue} denies {sender}, or AWS's services"));
    }
    // The dead letters are everybody's.
    let sends = |role: &str| {
        seen.uses.iter().any(|(user, action, on)| user == role && action == "sqs:SendMessage" && on == queue)
    };
    let other = roles.iter().find(|role| !sends(role) && !denies(role, "false"));
    other.filter(|_| !queue.contains("-DeadLetters-")).map(|other| format!("{queue} takes messages of {other}"))
}

fn of_role(arn: &str, role: &Role, uses: &[&(String, String, String)]) -> Vec<String> {
    let mut gaps = Vec::new();
    let forwards = arn.contains("EventForwardingRole");
    for (_, action, resource) in uses {
        let policy = &role.permissions;
        if !allows(policy, action, resource, context(action)) {
            gaps.push(format!("{arn} may not {action} on {resource}"));
        }
        for (_, key, _, other) in CONDITIONS.iter().filter(|(of, ..)| of == action && !forwards) {
            if allows(policy, action, resource, [(*key, (*other).to_owned())].into())
                || allows(policy, action, resource, BTreeMap::new())
            {
                gaps.push(format!("{arn} may {action} with another {key}"));
            }
        }
        for neighbour in neighbours(arn, action, resource) {
            if neighbour != *resource && allows(policy, action, &neighbour, context(action)) {
                gaps.push(format!("{arn} may {action} on {neighbour}"));
            }
        }
    }
    for statement in without_conditions(role) {
        for action in texts(&statement["Action"]) {
            for resource in texts(&statement["Resource"]) {
                let alone = json!({"Statement": {"Effect": "Allow", "Action": action, "Resource": resource}});
                let alone = Policy::from_document(&alone).expect("it has no conditions");
                if !uses.iter().any(|(_, done, on)| allows(&alone, done, on, BTreeMap::new())) {
                    gaps.push(format!("{arn}: {action} on {resource} is never used"));
                }
            }
        }
    }
    gaps
}

/// A stack, a role in it, an action, a resource, and whether it is granted there.
const IN_SETTINGS: &[(&str, &str, &str, &str, bool)] = &[
    // Removing is off by default, and inviting again is not.
    ("administrator", "OrganizationReconcilerRole", "detective:DeleteMembers", TRUSTED_GRAPH, true),
    ("graphs without tags", "OrganizationReconcilerRole", "detective:DeleteMembers", TRUSTED_GRAPH, false),
    ("everything", "OrganizationReconcilerRole", "detective:DeleteMembers", TRUSTED_GRAPH, true),
    ("administrator", "OrganizationReconcilerRole", "detective:CreateGraph", "*", false),
    ("graphs without tags", "OrganizationReconcilerRole", "detective:CreateGraph", "*", true),
    ("graphs without tags", "OrganizationReconcilerRole", "detective:TagResource", TRUSTED_GRAPH, false),
    (
        "one account",
        "OrganizationReconcilerRole",
        "detective:TagResource",
        "arn:aws:detective:eu-west-1:111111111111:graph:1",
        false,
    ),
    ("everything", "OrganizationReconcilerRole", "detective:TagResource", TRUSTED_GRAPH, true),
    ("administrator", "OrganizationReconcilerRole", "detective:UpdateOrganizationConfiguration", TRUSTED_GRAPH, false),
    ("everything", "OrganizationReconcilerRole", "detective:UpdateOrganizationConfiguration", TRUSTED_GRAPH, true),
    ("administrator", "OrganizationReconcilerRole", "detective:UpdateDatasourcePackages", TRUSTED_GRAPH, false),
    ("everything", "OrganizationReconcilerRole", "detective:UpdateDatasourcePackages", TRUSTED_GRAPH, true),
    (
        "administrator",
        "OrganizationReconcilerRole",
        "ssm:GetParameter",
        "arn:aws:ssm:us-east-1:222222222222:parameter",
        false,
    ),
    (
        "administrator",
        "AccountOnboarderRole",
        "ssm:GetParameter",
        "arn:aws:ssm:us-east-1:222222222222:parameter",
        false,
    ),
    (
        "everything",
        "AccountOnboarderRole",
        "ssm:GetParameter",
        "arn:aws:ssm:us-east-1:222222222222:parameter/security/policy",
        true,
    ),
    ("administrator", "AccountOnboarderRole", "account:ListRegions", "arn:aws:account::222222222222:account", false),
    ("everything", "AccountOnboarderRole", "account:ListRegions", "arn:aws:account::222222222222:account", true),
    ("one account", "AdministratorKeeperRole", "account:ListRegions", "arn:aws:account::111111111111:account", false),
    (
        "management, everything",
        "AdministratorKeeperRole",
        "account:ListRegions",
        "arn:aws:account::111111111111:account",
        true,
    ),
    ("member", "InvitationAcceptorRole", "account:ListRegions", "arn:aws:account::333333333333:account", false),
    (
        "member, everything",
        "InvitationAcceptorRole",
        "account:ListRegions",
        "arn:aws:account::333333333333:account",
        true,
    ),
    (
        "member, everything",
        "InvitationAcceptorRole",
        "detective:AcceptInvitation",
        "arn:aws:detective:eu-west-3:222222222222:graph:00000000000000000000000000000003",
        true,
    ),
    // What fails goes to a queue under the key.
    ("member", "InvitationAcceptorRole", "kms:GenerateDataKey", KEY, false),
    ("member, everything", "InvitationAcceptorRole", "kms:GenerateDataKey", KEY, true),
    ("member, everything", "InvitationAcceptorRole", "kms:Decrypt", KEY, true),
    ("member, everything", "InvitationAcceptorRole", "kms:Decrypt", ANOTHER_KEY, false),
    ("member, everything", "InvitationAcceptorScheduleRole", "kms:GenerateDataKey", KEY, true),
    ("member, everything", "InvitationAcceptorScheduleRole", "kms:Decrypt", KEY, true),
    ("member, everything", "InvitationAcceptorScheduleRole", "kms:Decrypt", ANOTHER_KEY, false),
    // The administrator is only looked at, unless the stack is to designate it.
    ("management in another Region", "AdministratorKeeperRole", "detective:ListOrganizationAdminAccount", "*", true),
    ("management in another Region", "AdministratorKeeperRole", "detective:EnableOrganizationAdminAccount", "*", false),
    (
        "management in another Region",
        "AdministratorKeeperRole",
        "iam:CreateServiceLinkedRole",
        "arn:aws:iam::111111111111:role/aws-service-role/detective.amazonaws.com/AWSServiceRoleForDetective",
        false,
    ),
    ("management in another Region", "AdministratorKeeperRole", "organizations:EnableAWSServiceAccess", "*", false),
    (
        "management in another Region",
        "AdministratorKeeperRole",
        "organizations:RegisterDelegatedAdministrator",
        "arn:aws:organizations::111111111111:account/o-exampleorg01/111111111111",
        false,
    ),
    ("management, everything", "AdministratorKeeperRole", "organizations:EnableAWSServiceAccess", "*", true),
    (
        "management, everything",
        "AdministratorKeeperRole",
        "organizations:RegisterDelegatedAdministrator",
        "arn:aws:organizations::111111111111:account/o-exampleorg01/222222222222",
        true,
    ),
    ("management, everything", "AdministratorKeeperRole", "detective:EnableOrganizationAdminAccount", "*", true),
    ("management, everything", "AdministratorKeeperRole", "kms:GenerateDataKey", KEY, true),
    ("management, everything", "AdministratorKeeperRole", "kms:Decrypt", KEY, true),
    ("management, everything", "AdministratorKeeperRole", "kms:Decrypt", ANOTHER_KEY, false),
    ("management, everything", "AdministratorKeeperScheduleRole", "kms:GenerateDataKey", KEY, true),
    ("management, everything", "AdministratorKeeperScheduleRole", "kms:Decrypt", KEY, true),
    ("management, everything", "AdministratorKeeperScheduleRole", "kms:Decrypt", ANOTHER_KEY, false),
    (
        "one account",
        "AdministratorKeeperRole",
        "organizations:DescribeAccount",
        "arn:aws:organizations::111111111111:account/o-exampleorg01/111111111111",
        true,
    ),
    (
        "one account",
        "AdministratorKeeperRole",
        "organizations:DescribeAccount",
        "arn:aws:organizations::111111111111:account/o-exampleorg01/222222222222",
        false,
    ),
    (
        "one account",
        "AdministratorKeeperRole",
        "organizations:RegisterDelegatedAdministrator",
        "arn:aws:organizations::111111111111:account/o-exampleorg01/111111111111",
        true,
    ),
    (
        "one account",
        "AdministratorKeeperRole",
        "organizations:RegisterDelegatedAdministrator",
        "arn:aws:organizations::111111111111:account/o-exampleorg01/222222222222",
        false,
    ),
    // The trusted administrators' graphs, in each partition, or the trusted graphs alone.
    ("member", "InvitationAcceptorRole", "detective:RejectInvitation", TRUSTED_GRAPH, false),
    ("member, everything", "InvitationAcceptorRole", "detective:RejectInvitation", TRUSTED_GRAPH, true),
    ("member", "InvitationAcceptorRole", "detective:AcceptInvitation", TRUSTED_GRAPH, true),
    (
        "member",
        "InvitationAcceptorRole",
        "detective:AcceptInvitation",
        "arn:aws:detective:eu-west-1:700000000009:graph:1",
        true,
    ),
    (
        "member",
        "InvitationAcceptorRole",
        "detective:AcceptInvitation",
        "arn:aws:detective:eu-west-1:700000000008:graph:1",
        false,
    ),
    ("member, everything", "InvitationAcceptorRole", "detective:AcceptInvitation", TRUSTED_GRAPH, true),
    (
        "member, everything",
        "InvitationAcceptorRole",
        "detective:AcceptInvitation",
        "arn:aws:detective:eu-west-1:222222222222:graph:2",
        false,
    ),
    (
        "member in GovCloud",
        "InvitationAcceptorRole",
        "detective:AcceptInvitation",
        "arn:aws-us-gov:detective:us-gov-west-1:222222222222:graph:1",
        true,
    ),
    (
        "member in GovCloud",
        "InvitationAcceptorRole",
        "detective:AcceptInvitation",
        "arn:aws-us-gov:detective:us-gov-west-1:700000000009:graph:1",
        true,
    ),
    (
        "member in GovCloud",
        "InvitationAcceptorRole",
        "detective:AcceptInvitation",
        "arn:aws-us-gov:detective:us-gov-west-1:700000000008:graph:1",
        false,
    ),
];

/// The functions that remember which failures they have told, and the names of their documents.
const FAILURES: [(&str, &str); 5] = [
    ("OrganizationReconciler", "organization-reconciler"),
    ("AccountOnboarder", "account-onboarder"),
    ("AccountOffboarder", "account-offboarder"),
    ("MemberMonitor", "member-monitor"),
    ("CentralAcceptor", "invitation-acceptor"),
];

/// Objects are read and written in a bucket of the account that is expected to own it, and in no other's.
fn in_buckets(stack: &DeployedTemplate) -> Vec<String> {
    let own = stack.deployment.target.account.as_str();
    let is_named = !value(stack, "ReportBucket").is_empty() && !value(stack, "ReportBucketOwner").is_empty();
    let owner = if is_named { value(stack, "ReportBucketOwner") } else { own };
    let other = if owner == own { SECOND } else { own };
    let mut gaps = Vec::new();
    // Removals are recorded by who removes.
    let made = stack.resolved.resources.get("Reports").map_or("", |bucket| bucket.physical_id.as_str());
    let bucket = [value(stack, "ReportBucket"), made].into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    let removals = format!("arn:{}:s3:::{bucket}/removals/eu-west-1.json", stack.deployment.target.partition());
    let reconciler = stack.resolved.resources.get("OrganizationReconcilerRole");
    if let Some(role) = reconciler.and_then(|role| stack.deployment.roles.get(&role.arn)) {
        let context = BTreeMap::from([("aws:ResourceAccount", owner.to_owned())]);
        if allows(&role.permissions, "s3:PutObject", &removals, context) != (value(stack, "RemoveMembers") == "true") {
            gaps.push(format!("that {removals} is written is for who removes members"));
        }
    }
    let arn_of_bucket = format!("arn:{}:s3:::{bucket}", stack.deployment.target.partition());
    let is_within = |user: &str, action: &str, resource: &str| {
        // What a function has told is a document of its own, which the digest alone reads of all.
        let is_digest = value(stack, "DailyDigest") == "true"
            && user.contains("-OrganizationReconcilerRole-")
            && action == "s3:GetObject";
        let key = resource.strip_prefix(&arn_of_bucket);
        key.is_some_and(|key| match key {
            "/*" => false,
            "/failures/*" => is_digest,
            key => key.is_empty() || key.starts_with('/'),
        })
    };
    for (arn, role) in &stack.deployment.roles {
        for statement in role.permissions.statements() {
            for action in texts(&statement["Action"]).into_iter().filter(|action| action.starts_with("s3:")) {
                for resource in texts(&statement["Resource"]) {
                    if !is_within(arn, action, resource) {
                        gaps.push(format!("{arn}: {action} on {resource} is more than is its own in {bucket}"));
                    }
                    let may = |account: &str| {
                        let context = BTreeMap::from([("aws:ResourceAccount", account.to_owned())]);
                        allows(&role.permissions, action, &resource.replace('*', "one"), context)
                    };
                    if !may(owner) || may(other) {
                        gaps.push(format!("{arn}: that {action} on {resource} is for {owner} alone"));
                    }
                }
            }
        }
    }
    gaps
}

/// Who is to cover all Regions asks which there are, and nobody else does.
fn of_regions(stack: &DeployedTemplate) -> Vec<String> {
    let target = &stack.deployment.target;
    let account = format!("arn:{}:account::{}:account", target.partition(), target.account);
    let asks = value(stack, "DetectiveRegions") == "all";
    let roles = stack.deployment.functions.iter().filter_map(|one| Some((one, stack.deployment.roles.get(&one.role)?)));
    let wrong =
        roles.filter(|(_, role)| allows(&role.permissions, "account:ListRegions", &account, BTreeMap::new()) != asks);
    wrong.map(|(one, _)| format!("that {} may list Regions is not {asks}", one.logical_id)).collect()
}

/// A topic's policy is about what is published: the topic itself is changed by whom the account allows it.
fn of_topics(stack: &DeployedTemplate) -> Vec<String> {
    let policies = stack.resolved.resources.values().filter(|one| one.kind == "AWS::SNS::TopicPolicy");
    let statements = policies.flat_map(|one| one.properties["PolicyDocument"]["Statement"].as_array()).flatten();
    let other = statements.filter(|statement| texts(&statement["Action"]) != ["sns:Publish"]);
    other.map(|statement| format!("a topic's policy is about {}", statement["Action"])).collect()
}

fn in_settings(template: &Template) -> Vec<String> {
    let mut gaps = Vec::new();
    for (stack, name, action, resource, granted) in IN_SETTINGS {
        let stack_with_it = &template.stacks[stack];
        let arn = stack_with_it.resolved.resources.get(*name).map(|role| role.arn.as_str());
        let role = arn.and_then(|arn| stack_with_it.deployment.roles.get(arn));
        if role.is_none_or(|role| allows(&role.permissions, action, resource, context(action)) != *granted) {
            gaps.push(format!("{stack}: that {name} may {action} on {resource} is not {granted}"));
        }
        for (_, key, _, other) in CONDITIONS.iter().filter(|(of, ..)| of == action) {
            let otherwise = BTreeMap::from([(*key, (*other).to_owned())]);
            if role.is_some_and(|role| allows(&role.permissions, action, resource, otherwise)) {
                gaps.push(format!("{stack}: {name} may {action} with another {key}"));
            }
        }
    }
    // The policy that the stack keeps, and its own bucket.
    let stack = &template.stacks["own policy"];
    let made = |id: &str| stack.resolved.resources.get(id).map(|one| one.physical_id.clone()).unwrap_or_default();
    let policy = format!("arn:aws:ssm:us-east-1:222222222222:parameter/{}", made("Policy"));
    let bucket = format!("arn:aws:s3:::{}", made("Reports"));
    for (name, role) in ["OrganizationReconciler", "AccountOnboarder", "AccountOffboarder", "MemberMonitor"]
        .map(|name| (name, stack.deployment.roles.iter().find(|(arn, _)| arn.contains(&format!("-{name}Role-")))))
    {
        let Some((_, role)) = role else { return vec![format!("there is no role of {name}")] };
        let may = |action: &str, resource: &str| allows(&role.permissions, action, resource, context(action));
        let reads = ["OrganizationReconciler", "AccountOnboarder"].contains(&name);
        let removes = ["OrganizationReconciler", "AccountOffboarder"].contains(&name);
        // What each has told is a document of its own.
        for (of, document) in FAILURES {
            let document = format!("{bucket}/failures/{document}.json");
            for action in ["s3:GetObject", "s3:PutObject"] {
                if may(action, &document) != (of == name) {
                    gaps.push(format!("own policy: whether {name} may {action} what {of} has told"));
                }
            }
        }
        for (holds, what) in [
            (may("ssm:GetParameter", &policy) == reads, "the stack's policy"),
            (!may("ssm:GetParameter", &format!("{policy}-other")), "other parameters"),
            (!may("ssm:GetParameter", &policy.replace(ADMINISTRATOR, SECOND)), "another account's parameters"),
            (may("s3:ListBucket", &bucket), "the stack's bucket"),
            (
                may("s3:GetObject", &format!("{bucket}/state/us-east-1.json")) == (name != "AccountOnboarder"),
                "what is remembered",
            ),
            (may("s3:PutObject", &format!("{bucket}/removals/us-east-1.json")) == removes, "the record of removals"),
            (
                may("s3:PutObject", &format!("{bucket}/coverage/index.html")) == (name == "OrganizationReconciler"),
                "reports",
            ),
        ] {
            if !holds {
                gaps.push(format!("own policy: what {name} may do with {what}"));
            }
        }
    }
    gaps
}
