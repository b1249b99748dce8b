//! Each function is its own code, on the processor and the runtime that it is built for, with the time and memory that it needs.

use std::path::Path;
use std::time::Duration;

use end_to_end::deployed_template::DeployedTemplate;
use serde_json::Value;

use super::settings::value;
use super::{Template, in_each};

/// Lambda takes no longer.
const LONGEST: Duration = Duration::from_secs(900);
/// `deadline.rs` stops a minute before: what is left must be most of it.
const SHORTEST: Duration = Duration::from_secs(300);

/// The package of a function's code, by its id in the template.
fn package(id: &str) -> String {
    match id {
        "CentralAcceptor" => "invitation-acceptor".to_owned(),
        id => {
            let dashed = |letter: char| {
                if letter.is_uppercase() { format!("-{}", letter.to_ascii_lowercase()) } else { letter.into() }
            };
            id.chars().map(dashed).collect::<String>().trim_start_matches('-').to_owned()
        }
    }
}

pub(super) fn gaps(template: &Template) -> Vec<String> {
    let mut gaps = in_each(template, of_stack);
    // A policy that is right in one stack may be another in the next: nothing names a partition, but for the lists of trusted
    // administrators, of which there is one for each.
    let lists = ["arn:aws:detective:*:${Ids}:graph:*", ":graph:*,arn:aws:detective:*:"];
    for (id, resource) in template.json["Resources"].as_object().into_iter().flatten() {
        let text = lists.iter().fold(resource.to_string(), |text, list| text.replace(list, ""));
        if text.contains("arn:aws:") {
            gaps.push(format!("{id} is for one partition"));
        }
    }
    gaps
}

fn of_stack(stack: &DeployedTemplate) -> Vec<String> {
    let mut gaps = Vec::new();
    for function in &stack.deployment.functions {
        let properties = &stack.resolved.resources[&function.logical_id].properties;
        let id = &function.logical_id;
        let package = package(id);
        let code = format!("functions/{package}");
        let manifest = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(&code).join("Cargo.toml");
        // SAM's asynchronous invocations: a scheduled run is repeated if it fails.
        let invoke = &properties["EventInvokeConfig"];
        let group = stack
            .resolved
            .resources
            .values()
            .find(|one| one.kind == "AWS::Logs::LogGroup" && one.physical_id == function.log_group);
        for (holds, what) in [
            (properties["CodeUri"] == *code && manifest.exists(), "its code is another function's"),
            (function.binary == package, "its binary is another one"),
            // What cargo lambda builds: https://docs.aws.amazon.com/lambda/latest/dg/lambda-rust.html
            (properties["Runtime"] == "provided.al2023" && function.handler == "bootstrap", "no runtime runs it"),
            ((SHORTEST..=LONGEST).contains(&function.timeout), "it has too little time"),
            // docs/cost.md reckons with 256 MB; docs/benchmarks.md has what a large organization needs.
            ((256..=1024).contains(&function.memory), "it has too little memory, or is dear"),
            (function.tracing, "it is not traced"),
            (
                function.retries >= 1 && invoke["DestinationConfig"]["OnFailure"]["Type"] == "SQS",
                "a run that fails is not repeated, or leaves nothing",
            ),
            (function.retries <= 2, "Lambda takes no more retries"),
            (properties["Handler"] == "bootstrap", "Lambda takes no code without a handler"),
            (
                value(stack, "ReserveConcurrency") == "true" || properties["ReservedConcurrentExecutions"].is_null(),
                "it reserves executions that nobody asked for, which a new account has not",
            ),
            (group.is_some_and(|group| group.logical_id == format!("{id}Logs")), "it has no log group of its own"),
            (properties["Tags"]["Application"] == "detective-onboarding", "nobody finds it by its tag"),
        ] {
            if !holds {
                gaps.push(format!("{id}: {what}"));
            }
        }
    }
    // A partition, an account or a Region that is written down is wrong in another one.
    for resource in stack.resolved.resources.values().filter(|_| stack.deployment.target.partition() != "aws") {
        // Parameters name graphs and keys of any partition.
        let given = ["arn:aws:kms:us-east-1:222222222222:key/", "arn:aws:detective:us-east-1:222222222222:graph:"];
        let text = given.iter().fold(resource.properties.to_string(), |text, given| text.replace(given, ""));
        if text.contains("arn:aws:") || text.contains("us-east-1") {
            gaps.push(format!("{} is for another partition or Region", resource.logical_id));
        }
    }
    gaps.extend(stack_set(stack));
    gaps
}

/// A StackSet reaches every account, although some of them fail.
fn stack_set(stack: &DeployedTemplate) -> Vec<String> {
    let sets = stack.resolved.resources.values().filter(|one| one.kind == "AWS::CloudFormation::StackSet");
    let mut gaps = Vec::new();
    for set in sets {
        let properties = &set.properties;
        let number = |name: &str| properties["OperationPreferences"][name].as_i64().unwrap_or_default();
        let parameters = properties["Parameters"].as_array().into_iter().flatten();
        let given = |key: &str| {
            parameters
                .clone()
                .find(|one| one["ParameterKey"] == key)
                .map_or(Value::Null, |one| one["ParameterValue"].clone())
        };
        let body = properties["TemplateBody"].as_str().unwrap_or_default();
        let within = local_cloud::template::parse(body).unwrap_or_default();
        let asked = within["Parameters"].as_object().cloned().unwrap_or_default();
        for (holds, what) in [
            // A number loses the zeros that an account id begins with.
            (asked.values().all(|one| one["Type"] == "String"), "an account id is no number"),
            (asked.get("ExternalId").is_some_and(|one| one["NoEcho"] == true), "the external id is shown"),
            (number("FailureTolerancePercentage") == 100, "one account that fails stops all others"),
            ((10..=100).contains(&number("MaxConcurrentPercentage")), "accounts wait for each other"),
            (properties["ManagedExecution"]["Active"] == true, "operations that come together fail"),
            (properties["StackSetName"] == "detective-onboarding-member-role", "it is not named after its stack"),
            (given("RoleName") == "detective-acceptor", "the role has another name"),
            (given("ExternalId") == "agreed-upon-with-them", "the role asks for another external id"),
            // The administrator account is the management account in one of them.
            (given("AdministratorAccountId") == administrator(stack), "the role trusts another account"),
        ] {
            if !holds {
                gaps.push(format!("{}: {what}", set.logical_id));
            }
        }
    }
    gaps
}

fn administrator(stack: &DeployedTemplate) -> &str {
    match stack.resolved.resources.contains_key("AccountOnboarder") {
        true => &stack.deployment.target.account,
        false => end_to_end::scenario::ADMINISTRATOR,
    }
}
