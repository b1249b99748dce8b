//! What docs/security-model.md claims of policies and roles, as one check of the template; and each mutation of a statement that would
//! admit more fails it: a wider principal, action or resource, and each condition that is taken away.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use end_to_end::deployed_template::{DeployedTemplate, ROLE, WITHOUT_RESOURCES};
use end_to_end::template::template;

/// Whether an action can be granted on `*` alone, or is granted there under a condition.
fn is_granted_on_all(action: &str) -> bool {
    WITHOUT_RESOURCES.contains(&action) || action == "organizations:RegisterDelegatedAdministrator"
}

/// Actions that are granted under a condition alone, and its keys.
const WITH_CONDITION: [(&str, &str); 6] = [
    ("events:PutEvents", "events:source"),
    ("s3:GetObject", "aws:ResourceAccount"),
    ("s3:PutObject", "aws:ResourceAccount"),
    ("s3:ListBucket", "aws:ResourceAccount"),
    ("organizations:EnableAWSServiceAccess", "organizations:ServicePrincipal"),
    ("organizations:RegisterDelegatedAdministrator", "organizations:ServicePrincipal"),
];

/// Where a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Who may assume a role.
    Trust,
    /// What a role may do.
    Grant,
    /// Who may use a queue, a topic, a bus or a bucket.
    Admission,
}

/// A text or a list of texts.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

/// The keys of all conditions of a statement.
fn keys(statement: &Value) -> Vec<&str> {
    let operators = statement["Condition"].as_object().into_iter().flat_map(|conditions| conditions.values());
    operators.filter_map(Value::as_object).flat_map(|keys| keys.keys().map(String::as_str)).collect()
}

/// What a statement of a stack in an account admits that it should not; `None` if nothing.
fn problem(account: &str, kind: Kind, statement: &Value) -> Option<String> {
    let (keys, actions, resources) = (keys(statement), texts(&statement["Action"]), texts(&statement["Resource"]));
    let has = |key: &str| keys.contains(&key);
    if statement["Effect"] != "Allow" {
        return None;
    }
    if statement.get("NotAction").or(statement.get("NotResource")).or(statement.get("NotPrincipal")).is_some() {
        return Some("it allows all but something".to_owned());
    }
    if let Some(action) = actions.iter().find(|action| action.contains('*')) {
        return Some(format!("it allows {action}"));
    }
    if kind == Kind::Grant {
        // Organizations' ARNs name the management account, and the organization beside it. A role in a member account admits this one by
        // its own trust. Strangers' invitations are rejected, whoever they are.
        let is_elsewhere =
            actions.iter().all(|action| ["sts:AssumeRole", "detective:RejectInvitation"].contains(action));
        let is_account = |resource: &&&str| {
            let in_any = resource.split(':').nth(4).is_some_and(|account| account == "*");
            in_any && !resource.contains("/o-exampleorg01/") && !is_elsewhere
        };
        let is_anything = |action: &&&str| resources.contains(&"*") && !is_granted_on_all(action);
        if let Some(action) = actions.iter().find(is_anything) {
            return Some(format!("it allows {action} on everything"));
        }
        if let Some(resource) = resources.iter().find(is_account) {
            return Some(format!("it allows something on {resource}, in any account"));
        }
        // EventBridge forwards events of AWS's services to another account's bus.
        let forwards = resources.iter().all(|resource| resource.contains(":event-bus/") && !resource.contains(account));
        let lacks = |(action, key): &&(&str, &str)| {
            actions.contains(action) && !has(key) && !(*action == "events:PutEvents" && forwards)
        };
        return WITH_CONDITION.iter().find(lacks).map(|(action, key)| format!("it allows {action} without {key}"));
    }
    let principal = &statement["Principal"];
    if principal == "*" || texts(&principal["AWS"]).contains(&"*") {
        return Some("it admits everybody".to_owned());
    }
    for service in texts(&principal["Service"]) {
        // Lambda assumes the role of a function for whoever may pass the role to it.
        let is_function = kind == Kind::Trust && service == "lambda.amazonaws.com";
        if service.contains('*') || !(is_function || has("aws:SourceArn") || has("aws:SourceAccount")) {
            return Some(format!("it admits {service} for every account"));
        }
        if kind == Kind::Trust && !is_function && !(has("aws:SourceArn") && has("aws:SourceAccount")) {
            return Some(format!("it trusts {service} for more than the stack's own resources"));
        }
    }
    for _ in texts(&principal["AWS"]) {
        let is_narrow = match kind {
            Kind::Trust => has("sts:ExternalId") && has("aws:PrincipalArn"),
            _ => has("aws:PrincipalOrgID"),
        };
        if !is_narrow {
            return Some("it admits an account without a condition".to_owned());
        }
    }
    None
}

/// All statements, each with the place where it stands.
fn statements(deployed: &DeployedTemplate) -> Vec<(String, Kind, Value)> {
    let list = |value: &Value| match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    let mut statements = Vec::new();
    for (name, resource) in &deployed.resolved.resources {
        let properties = &resource.properties;
        let mut add = |kind, found: &Value| {
            let found = list(found).into_iter().filter(Value::is_object);
            statements.extend(found.map(|statement| (name.clone(), kind, statement)));
        };
        add(Kind::Trust, &properties["AssumeRolePolicyDocument"]["Statement"]);
        let is_of_resource =
            ["QueuePolicy", "TopicPolicy", "BucketPolicy"].iter().any(|kind| resource.kind.ends_with(kind));
        let kind = if is_of_resource { Kind::Admission } else { Kind::Grant };
        add(kind, &properties["PolicyDocument"]["Statement"]);
        if resource.kind == "AWS::Events::EventBusPolicy" {
            add(Kind::Admission, &properties["Statement"]);
        }
        for policy in list(&properties["Policies"]) {
            add(Kind::Grant, &policy["PolicyDocument"]["Statement"]);
        }
    }
    statements
}

/// The three places, and the member role.
fn deployed() -> Vec<DeployedTemplate> {
    let role = [&[("Place", "MemberAccount")][..], &ROLE].concat();
    let all = DeployedTemplate::all(&template()).into_iter();
    all.chain([DeployedTemplate::new(&template(), "333333333333", &role)]).collect()
}

/// Statements that admit more than the given one does.
fn mutations(kind: Kind, statement: &Value) -> Vec<(String, Value)> {
    let mut mutated = Vec::new();
    let mut change = |what: String, edit: &dyn Fn(&mut Value)| {
        let mut changed = statement.clone();
        edit(&mut changed);
        mutated.push((what, changed));
    };
    change("any action".to_owned(), &|changed| changed["Action"] = json!("*"));
    for action in texts(&statement["Action"]) {
        let service = format!("{}:*", action.split(':').next().unwrap_or_default());
        change(format!("any action like {action}"), &|changed| changed["Action"] = json!(service));
    }
    if kind == Kind::Grant {
        let are_all = texts(&statement["Action"]).iter().all(|action| is_granted_on_all(action));
        if !are_all {
            change("any resource".to_owned(), &|changed| changed["Resource"] = json!("*"));
        }
    } else {
        change("anybody".to_owned(), &|changed| changed["Principal"] = json!("*"));
        change("any account".to_owned(), &|changed| changed["Principal"] = json!({"AWS": "*"}));
    }
    for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
        for key in keys.as_object().into_iter().flat_map(|keys| keys.keys()) {
            change(format!("without {key}"), &|changed| {
                changed["Condition"][operator].as_object_mut().expect("it has keys").remove(key);
            });
        }
    }
    mutated
}

#[test]
fn no_statement_admits_more_than_the_security_model_claims_and_every_wider_one_is_noticed() {
    let (mut of_kind, mut mutants) = (BTreeMap::<Kind, usize>::new(), 0);
    let (mut wrong, mut unnoticed) = (Vec::new(), Vec::new());
    for deployed in deployed() {
        let account = deployed.deployment.target.account.as_str();
        for (name, kind, statement) in statements(&deployed) {
            wrong.extend(problem(account, kind, &statement).map(|problem| format!("{name}: {problem}: {statement}")));
            *of_kind.entry(kind).or_default() += 1;
            if statement["Effect"] != "Allow" {
                continue;
            }
            for (what, mutant) in mutations(kind, &statement) {
                mutants += 1;
                if problem(account, kind, &mutant).is_none() {
                    unnoticed.push(format!("{name}, {what}: {mutant}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
    println!("claims: {of_kind:?}, {mutants} wider statements, all of them noticed");
    assert!(mutants > 150, "{mutants}");
}

/// Whether a statement denies messages in a queue to all but AWS's services and the roles that it names.
fn guards(statement: &Value, queue: &Value) -> bool {
    let is_excepted = |(operator, keys): (&String, &Value)| match operator.as_str() {
        "BoolIfExists" => *keys == json!({"aws:PrincipalIsAWSService": false}),
        "ArnNotEquals" => keys.as_object().is_some_and(|keys| keys.keys().eq(["aws:PrincipalArn"])),
        _ => false,
    };
    let conditions = statement["Condition"].as_object();
    statement["Effect"] == "Deny"
        && statement["Principal"] == "*"
        && texts(&statement["Action"]) == ["sqs:SendMessage"]
        && texts(&statement["Resource"]) == texts(queue)
        && conditions.is_some_and(|all| all.contains_key("BoolIfExists") && all.iter().all(is_excepted))
}

#[test]
fn every_queue_that_a_function_reads_denies_messages_of_others_and_a_narrower_denial_is_noticed() {
    let mut queues = 0;
    for deployed in deployed() {
        let statements = statements(&deployed);
        let is_read = |statement: &Value| texts(&statement["Action"]).contains(&"sqs:ReceiveMessage");
        for (name, _, statement) in statements.iter().filter(|(_, _, statement)| is_read(statement)) {
            let queue = &statement["Resource"];
            let mut guarding =
                statements.iter().filter(|(_, kind, other)| *kind == Kind::Admission && guards(other, queue));
            let Some((_, _, guard)) = guarding.next() else {
                panic!("{name} reads {queue}, which anybody in the account may send to")
            };
            for (place, narrower) in [
                ("/Effect", json!("Allow")),
                ("/Principal", json!({"AWS": "222222222222"})),
                ("/Action", json!("sqs:DeleteMessage")),
                ("/Resource", json!("arn:aws:sqs:us-east-1:222222222222:another")),
                ("/Condition", json!({"BoolIfExists": {"aws:PrincipalIsAWSService": true}})),
                ("/Condition", json!({"Bool": {"aws:PrincipalIsAWSService": false}})),
                ("/Condition/BoolIfExists/aws:SecureTransport", json!(false)),
                ("/Condition/StringEquals", json!({"aws:PrincipalTag/team": "security"})),
            ] {
                let mut mutant = guard.clone();
                let (holder, key) = place.rsplit_once('/').unwrap();
                mutant.pointer_mut(holder).unwrap()[key] = narrower;
                assert!(!guards(&mutant, queue), "{name}: {mutant}");
            }
            queues += 1;
        }
    }
    assert!(queues >= 5, "{queues}");
}
