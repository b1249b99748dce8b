//! Each example event arrives in the queue that it is for, and none that only looks like it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use detective_emulator::policy::{Principal, Request};
use end_to_end::deployed_template::DeployedTemplate;
use end_to_end::events::{example_event, example_event_names};
use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT};
use local_cloud::stack::{Deployment, Input, Rule};
use serde_json::Value;

use super::Template;

/// Events of accounts that are to be covered.
const ARRIVALS: [&str; 22] = [
    "accept-handshake-all-features",
    "accept-handshake-invitation",
    "accept-handshake-still-open",
    "account-joined-arn",
    "account-joined-created",
    "account-joined-invited",
    "account-joined-number",
    "account-joined-object",
    "account-joined-other-detail-type",
    "account-joined-two-accounts",
    "account-joined-without-account",
    "control-tower-create-managed-account-failed",
    "control-tower-create-managed-account-succeeded",
    "create-account-failed",
    "create-account-of-administrator",
    "create-account-succeeded",
    "create-account-unknown-account",
    "create-account-without-account",
    "create-govcloud-account-succeeded",
    "hand-made-time-without-zone",
    "move-account",
    "tag-account",
];
const MORE_ARRIVALS: [&str; 2] = ["tag-organizational-unit", "untag-account"];
/// Events of accounts that leave.
const DEPARTURES: [&str; 4] = ["account-departed", "close-account-succeeded", "leave-organization", "remove-account"];

/// Whether a queue admits messages of a rule, or of another one like it.
fn admits(plan: &Deployment, queue: &str, rule: &str) -> bool {
    let context =
        BTreeMap::from([("aws:SourceArn", rule.to_owned()), ("aws:PrincipalIsAWSService", "true".to_owned())]);
    let request = Request {
        principal: Principal::Service("events.amazonaws.com"),
        action: "sqs:SendMessage",
        resource: queue,
        context,
    };
    plan.queues.get(queue).is_some_and(|(policy, _)| policy.allows(&request))
}

fn takes(rule: &Rule, event: &Value) -> bool {
    rule.enabled && rule.bus == "default" && rule.pattern.as_ref().is_some_and(|pattern| pattern.matches(event))
}

/// Where an event goes that is on the bus of a stack: the queues that admit it, and the buses.
fn targets<'a>(stack: &'a DeployedTemplate, event: &Value) -> BTreeSet<&'a str> {
    let rules = stack.deployment.rules.iter().filter(|rule| takes(rule, event));
    let all = rules.flat_map(|rule| rule.targets.iter().map(move |target| (rule, target)));
    let arrives = |rule: &Rule, arn: &str| arn.contains(":event-bus/") || admits(&stack.deployment, arn, &rule.arn);
    all.filter(|(rule, target)| arrives(rule, &target.arn) && matches!(target.input, Input::Event))
        .map(|(_, target)| target.arn.as_str())
        .collect()
}

/// The queue of a stack for an event of that name, if there is one.
fn expected<'a>(stack: &'a DeployedTemplate, name: &str) -> BTreeSet<&'a str> {
    let id = match name {
        name if ARRIVALS.contains(&name) || MORE_ARRIVALS.contains(&name) => "Arrivals",
        name if DEPARTURES.contains(&name) => "Departures",
        _ => return BTreeSet::new(),
    };
    stack.resolved.resources.get(id).map(|queue| queue.arn.as_str()).into_iter().collect()
}

/// Events that differ from one in what a rule asks for: each has another name, another source, or was denied.
fn similar(event: &Value) -> Vec<(&'static str, Value)> {
    let changed = |place: &str, value: &str| {
        let mut changed = event.clone();
        let (holder, key) = place.rsplit_once('/').unwrap();
        changed.pointer_mut(holder).unwrap()[key] = value.into();
        changed
    };
    let mut similar = vec![
        ("of another source", changed("/source", "aws.sso")),
        ("of another source's form", changed("/source", "aws.organizations-other")),
        ("of another name", changed("/detail/eventName", "CreateOrganization")),
        ("of a name that only begins so", changed("/detail/eventName", "CreateAccountResultOther")),
    ];
    let name = event["detail"]["eventName"].as_str().unwrap_or_default();
    // What is no result of an event that AWS itself made has an error code if it was denied.
    if !["CreateAccountResult", "CreateManagedAccount", "AccountJoinedOrganization"].contains(&name) {
        similar.push(("that was denied", changed("/detail/errorCode", "AccessDenied")));
    }
    // Its detail-type is documented.
    if ["CreateAccountResult", "CreateManagedAccount", "AcceptHandshake", "MoveAccount", "TagResource", "UntagResource"]
        .contains(&name)
    {
        similar.push(("of another detail-type", changed("/detail-type", "Something via CloudTrail")));
    }
    similar
}

/// An example event, and those that only look like it.
struct Example {
    name: String,
    event: Value,
    similar: Vec<(&'static str, Value)>,
}

static EXAMPLES: LazyLock<Vec<Example>> = LazyLock::new(|| {
    let names = example_event_names().into_iter().filter(|name| *name != "scheduled");
    let example = |name: String| {
        let event = example_event(&name);
        Example { similar: similar(&event), name, event }
    };
    names.map(example).collect()
});

pub(super) fn gaps(template: &Template) -> Vec<String> {
    let mut gaps = Vec::new();
    for example in EXAMPLES.iter() {
        let Example { name, event, similar } = example;
        for stack in ["administrator", "everything"] {
            let stack = &template.stacks[stack];
            let (found, expected) = (targets(stack, event), expected(stack, name));
            if found != expected {
                gaps.push(format!("{name} goes to {found:?}, and not to {expected:?}"));
            }
            for (what, event) in similar {
                let found = targets(stack, event);
                if !expected.is_empty() && !found.is_empty() {
                    gaps.push(format!("one like {name}, {what}, goes to {found:?}"));
                }
            }
        }
        gaps.extend(forwarded(template, example));
    }
    for (_, stack) in template.doubtful() {
        for rule in &stack.deployment.rules {
            for queue in rule.targets.iter().map(|target| &target.arn).filter(|arn| arn.contains(":sqs:")) {
                if admits(&stack.deployment, queue, &format!("{}-other", rule.arn))
                    || admits(&stack.deployment, queue, "")
                {
                    gaps.push(format!("{queue} admits events of other rules"));
                }
            }
        }
    }
    gaps.extend(bus(template));
    gaps.extend(topic(template));
    gaps
}

/// The management account forwards what the administrator account has a queue for.
fn forwarded(template: &Template, Example { name, event, similar }: &Example) -> Vec<String> {
    let wanted = !expected(&template.stacks["everything"], name).is_empty();
    let mut gaps = Vec::new();
    for (stack, region, administrator) in [
        ("management", "us-east-1", ADMINISTRATOR),
        ("management, everything", "eu-central-1", ADMINISTRATOR),
        ("management in another Region", "eu-west-1", MANAGEMENT),
    ] {
        let stack = &template.stacks[stack];
        let bus = format!("arn:aws:events:{region}:{administrator}:event-bus/default");
        let found = targets(stack, event);
        if wanted && !found.iter().eq([&bus]) {
            gaps.push(format!("{name} is forwarded to {found:?}, and not to {bus}"));
        }
        let strange = similar.iter().filter(|(what, _)| !["that was denied", "of another detail-type"].contains(what));
        for (what, event) in strange {
            if !targets(stack, event).is_empty() {
                gaps.push(format!("one like {name}, {what}, is forwarded"));
            }
        }
        for rule in stack.deployment.rules.iter().filter(|rule| takes(rule, event)) {
            let role = rule.targets[0].role.as_ref().and_then(|role| stack.deployment.roles.get(role));
            let puts = Request {
                principal: Principal::Own,
                action: "events:PutEvents",
                resource: &bus,
                context: BTreeMap::new(),
            };
            if !role.is_some_and(|role| role.permissions.allows(&puts)) {
                gaps.push(format!("the role may not forward {name}"));
            }
        }
    }
    gaps
}

/// The administrator account's bus admits the management account of the organization.
fn bus(template: &Template) -> Vec<String> {
    let bus = format!("arn:aws:events:us-east-1:{ADMINISTRATOR}:event-bus/default");
    let admits = |account: &str, organization: &str, action: &str| {
        let context = BTreeMap::from([("aws:PrincipalOrgID", organization.to_owned())]);
        let policy = template.stacks["administrator"].deployment.buses.get(&bus);
        policy.is_some_and(|policy| {
            policy.allows(&Request { principal: Principal::Account(account), action, resource: &bus, context })
        })
    };
    let mut gaps = Vec::new();
    let statement = |stack: &str| match template.stacks[stack].resolved.resources.get("EventsFromTheOrganization") {
        Some(policy) => policy.properties["StatementId"].as_str().unwrap_or_default(),
        None => "",
    };
    // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html, and a bus has one of each id.
    let is_taken = |one: char| one.is_ascii_alphanumeric() || ['-', '_'].contains(&one);
    let id = statement("administrator");
    if !(1..=64).contains(&id.len()) || !id.chars().all(is_taken) || id == statement("GovCloud") {
        gaps.push(format!("the statement {id:?} of the bus is not taken, or is another stack's"));
    }
    for (account, organization, action, admitted) in [
        (MANAGEMENT, "o-exampleorg01", "events:PutEvents", true),
        (MANAGEMENT, "o-anotherorg01", "events:PutEvents", false),
        ("333333333333", "o-exampleorg01", "events:PutEvents", false),
        (MANAGEMENT, "o-exampleorg01", "events:PutRule", false),
    ] {
        if admits(account, organization, action) != admitted {
            gaps.push(format!("that {account} of {organization} may {action} is not {admitted}"));
        }
    }
    gaps
}

/// Alarms of the account publish to the topic, and the functions that send alerts, and nobody else.
fn topic(template: &Template) -> Vec<String> {
    let mut gaps = Vec::new();
    for (name, stack) in template.doubtful().filter(|(_, stack)| stack.resolved.resources.contains_key("Alerts")) {
        let (topic, account) = (&stack.resolved.resources["Alerts"].arn, &stack.deployment.target.account);
        let policy = stack.deployment.topics.get(topic).cloned().unwrap_or_default();
        let publishes = |service: &str, account: &str| {
            let context = [("aws:SourceAccount", account), ("aws:PrincipalIsAWSService", "true")];
            policy.allows(&publishing(Principal::Service(service), topic, &context))
        };
        if !publishes("cloudwatch.amazonaws.com", account)
            || publishes("cloudwatch.amazonaws.com", "999999999999")
            || ["s3.amazonaws.com", "events.amazonaws.com"].iter().any(|service| publishes(service, account))
        {
            gaps.push(format!("{name}: which services publish to the topic"));
        }
        let denied = |role: &str| {
            let context = [("aws:PrincipalArn", role), ("aws:PrincipalIsAWSService", "false")];
            policy.denies(&publishing(Principal::Caller { account, arn: role }, topic, &context))
        };
        let sends = |arn: &str| {
            stack
                .deployment
                .roles
                .get(arn)
                .is_some_and(|role| role.permissions.allows(&publishing(Principal::Own, topic, &[])))
        };
        let is_guarded = stack.deployment.roles.keys().any(|arn| sends(arn));
        let other = format!("arn:aws:iam::{account}:role/administrators");
        for arn in stack.deployment.roles.keys().chain([&other]).filter(|_| is_guarded) {
            if denied(arn) == sends(arn) {
                gaps.push(format!("{name}: whether {arn} sends alerts"));
            }
        }
    }
    gaps
}

/// A call of Publish on a topic.
fn publishing<'a>(principal: Principal<'a>, topic: &'a str, context: &[(&'static str, &str)]) -> Request<'a> {
    let context = context.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
    Request { principal, action: "sns:Publish", resource: topic, context }
}
