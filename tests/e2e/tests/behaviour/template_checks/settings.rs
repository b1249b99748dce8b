//! Each parameter arrives where it takes effect: in the variable of its name, or in what the stack makes.

use end_to_end::deployed_template::DeployedTemplate;
use end_to_end::template::template;
use local_cloud::stack::Function;
use serde_json::{Value, json};

use super::stacks::{CASES, deployed};
use super::{Template, in_each};

/// The value of a parameter in a stack: given, or its default.
pub(super) fn value<'a>(stack: &'a DeployedTemplate, parameter: &str) -> &'a str {
    stack.resolved.parameters.get(parameter).map_or("", String::as_str)
}

/// The parameter that a variable is named after.
fn parameter_of(variable: &str) -> String {
    let capitalized = |word: &str| format!("{}{}", &word[..1], word[1..].to_ascii_lowercase());
    variable.split('_').map(capitalized).collect()
}

/// A queue's URL, by its ARN.
fn url(arn: &str) -> String {
    let parts: Vec<&str> = arn.split(':').collect();
    format!("https://sqs.{}.amazonaws.com/{}/{}", parts[3], parts[4], parts[5])
}

/// The URL of the queue that starts a function.
fn queue_of(stack: &DeployedTemplate, function: &str) -> String {
    let source = stack.deployment.sources.iter().find(|one| one.function.contains(&format!("-{function}-")));
    source.map_or_else(String::new, |source| url(&source.queue))
}

/// What a variable of a function should hold; `None` if nothing is known of it.
fn expected(stack: &DeployedTemplate, function: &Function, variable: &str) -> Option<String> {
    let parameter = |name: &str| value(stack, name).to_owned();
    let made = |id: &str| stack.resolved.resources.get(id).map(|one| one.physical_id.clone());
    let account = &stack.deployment.target.account;
    let or_else = |first: String, other: String| if first.is_empty() { other } else { first };
    let id = function.logical_id.as_str();
    Some(match variable {
        "AWS_MAX_ATTEMPTS" => "6".to_owned(),
        "EVENT_BUS_NAME" => "default".to_owned(),
        "ALERT_TOPIC_ARN" => made("Alerts")?,
        "CONTINUATION_QUEUE_URL" => queue_of(stack, id),
        "RECONCILE_QUEUE_URL" => queue_of(stack, "OrganizationReconciler"),
        "ARRIVALS_QUEUE_URL" => queue_of(stack, "AccountOnboarder"),
        "ACCEPTANCE_QUEUE_URL" => queue_of(stack, "CentralAcceptor"),
        "DEPARTURES_QUEUE_URL" => {
            let rule = stack.deployment.rules.iter().find(|rule| rule.logical_id == "AccountDeparted");
            let is_kept = id == "AccountOffboarder" || parameter("RemovalGraceHours") != "0";
            rule.filter(|_| is_kept).map_or_else(String::new, |rule| url(&rule.targets[0].arn))
        }
        "COVERAGE_POLICY_PARAMETER" => made("Policy").unwrap_or_else(|| parameter("CoveragePolicyParameter")),
        "REPORT_BUCKET" | "STATE_BUCKET" => or_else(parameter("ReportBucket"), made("Reports").unwrap_or_default()),
        // The stack's own bucket is this account's, whatever is given.
        "REPORT_BUCKET_OWNER" | "STATE_BUCKET_OWNER" if parameter("ReportBucket").is_empty() => account.clone(),
        "REPORT_BUCKET_OWNER" | "STATE_BUCKET_OWNER" => or_else(parameter("ReportBucketOwner"), account.clone()),
        "SCHEDULE" if id == "MemberMonitor" => parameter("MonitorSchedule"),
        "SCHEDULE" => parameter("ReconcileSchedule"),
        "CORRECT_DRIFT" if id == "AdministratorKeeper" => (parameter("AdministratorCheck") == "correct").to_string(),
        "ADMINISTRATOR_ACCOUNT_ID" if parameter("Place") == "AdministratorAccount" => account.clone(),
        other => stack.resolved.parameters.get(&parameter_of(other))?.clone(),
    })
}

pub(super) fn gaps(template: &Template) -> Vec<String> {
    in_each(template, |stack| {
        let mut gaps = of_resources(stack);
        for function in &stack.deployment.functions {
            for (variable, held) in &function.environment {
                let expected = expected(stack, function, variable);
                if expected.as_ref() != Some(held) {
                    let id = &function.logical_id;
                    gaps.push(format!("{variable} of {id} is {held:?}, and not {expected:?}"));
                }
            }
        }
        gaps
    })
}

/// What takes effect in what the stack makes.
fn of_resources(stack: &DeployedTemplate) -> Vec<String> {
    let parameter = |name: &str| value(stack, name);
    let mut gaps = Vec::new();
    for (id, resource) in &stack.resolved.resources {
        let properties = &resource.properties;
        let expected: Vec<(&str, Value)> = match resource.kind.as_str() {
            "AWS::Serverless::Function" => vec![("/Architectures", json!([parameter("Architecture")]))],
            "AWS::Logs::LogGroup" => vec![("/RetentionInDays", json!(parameter("LogRetentionDays")))],
            "AWS::SNS::Subscription" => vec![
                ("/Endpoint", json!(parameter("AlertEmail"))),
                ("/Protocol", json!("email")),
                ("/TopicArn", json!(stack.resolved.resources["Alerts"].physical_id)),
            ],
            "AWS::SSM::Parameter" => vec![("/Value", json!(parameter("CoveragePolicy"))), ("/Type", json!("String"))],
            "AWS::CloudFormation::StackSet" => vec![(
                "/StackInstancesGroup",
                json!([{"DeploymentTargets": {"OrganizationalUnitIds": [parameter("MemberRoleOrganizationalUnitIds")]}, "Regions": ["us-east-1"]}]),
            )],
            "AWS::CloudWatch::Dashboard" => {
                vec![("/DashboardName", json!(format!("detective-onboarding-{}", stack.deployment.target.region)))]
            }
            "AWS::CloudWatch::Alarm" => match id.as_str() {
                "CoverageAlarm" => vec![("/Threshold", json!(parameter("CoverageAlertPercent")))],
                "StuckAlarm" => vec![("/Threshold", json!(parameter("StuckAfterHours")))],
                "LimitAlarm" => vec![("/Threshold", json!(parameter("WarnAtPercentOfLimit")))],
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        for (place, expected) in expected {
            let found = properties.pointer(place).unwrap_or(&Value::Null);
            if *found != expected {
                gaps.push(format!("{id}{place} is {found}, and not {expected}"));
            }
        }
        if resource.kind == "AWS::CloudWatch::Dashboard" {
            gaps.extend(dashboard(stack, properties, parameter("RunbookUrl")));
        }
        let text = properties["AlarmDescription"].as_str();
        if text.is_some_and(|text| !text.contains(&format!(") {}#", parameter("RunbookUrl")))) {
            gaps.push(format!("{id} does not lead to {}", parameter("RunbookUrl")));
        }
    }
    gaps
}

/// The dashboard shows what is in its Region, reads the functions' logs, and leads on.
fn dashboard(stack: &DeployedTemplate, properties: &Value, runbook: &str) -> Vec<String> {
    let body = properties["DashboardBody"].as_str().unwrap_or_default();
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let widgets = body["widgets"].as_array().cloned().unwrap_or_default();
    let of_kind =
        |kind: &str| widgets.iter().filter(|one| one["type"] == kind).map(|one| &one["properties"]).collect::<Vec<_>>();
    let region = stack.deployment.target.region.as_str();
    let group = |id: &str| format!("SOURCE '{}'", stack.resolved.resources[id].physical_id);
    let groups = ["AccountOnboarderLogs", "MemberMonitorLogs", "OrganizationReconcilerLogs"].map(group);
    let (logs, texts) = (of_kind("log"), of_kind("text"));
    let query =
        |one: &&Value| one["query"].as_str().is_some_and(|query| groups.iter().all(|group| query.contains(group)));
    let leads = |one: &&Value| {
        one["markdown"].as_str().is_some_and(|text| {
            text.contains(&format!("to do: {runbook}. ")) && text.contains("`detective-onboarding`")
        })
    };
    let shown = of_kind("metric").into_iter().chain(logs.iter().copied());
    let holds =
        shown.into_iter().all(|one| one["region"] == region) && logs.iter().any(query) && texts.iter().any(leads);
    if holds { Vec::new() } else { vec!["the dashboard is of another Region, or leads nowhere".to_owned()] }
}

/// Parameters that these stacks give, and that make a difference: without one, something else is deployed, or nothing at all.
#[test]
fn every_parameter_is_set_and_makes_a_difference() {
    let text = template();
    let json = local_cloud::template::parse(&text).unwrap();
    let stacks = deployed(&text, None).unwrap();
    for parameter in json["Parameters"].as_object().unwrap().keys() {
        let makes_difference = CASES.iter().any(|case| {
            let without: Vec<_> = case.parameters.iter().copied().filter(|(name, _)| name != parameter).collect();
            let (target, with) = (&stacks[case.name].deployment.target, &stacks[case.name].resolved);
            without.len() < case.parameters.len()
                && DeployedTemplate::in_region(&text, &target.account, &target.region, &without).map_or(true, |other| {
                    (&other.resolved.resources, &other.resolved.outputs) != (&with.resources, &with.outputs)
                })
        });
        assert!(makes_difference, "{parameter} is never set, or makes no difference");
    }
}
