//! The project's template, typed.

use chrono::TimeDelta;

use super::*;

fn project(place: &str) -> Deployment {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml"));
    let account = if place == "ManagementAccount" { "111111111111" } else { "222222222222" };
    let stack = Stack::from_file(path, "detective", account, "us-east-1").unwrap().with("Place", place);
    let stack = match place {
        "AdministratorAccount" => {
            stack.with("OrganizationId", "o-exampleorg01").with("ManagementAccountId", "111111111111")
        }
        "ManagementAccount" => stack.with("AdministratorAccountId", "222222222222"),
        _ => stack.with("TrustedAdministratorIds", "222222222222"),
    };
    stack.plan().unwrap_or_else(|error| panic!("{place}: {error}"))
}

#[test]
fn the_administrators_stack_has_its_functions_with_their_events() {
    let deployment = project("AdministratorAccount");
    let function = |binary: &str| deployment.functions.iter().find(|function| function.binary == binary).unwrap();
    let (onboarder, monitor) = (function("account-onboarder"), function("member-monitor"));
    let source = deployment.sources.iter().find(|source| source.function == onboarder.arn).unwrap();
    assert!(deployment.rules.iter().any(|rule| rule.targets[0].arn == source.queue));
    let schedule = deployment.schedules.iter().find(|schedule| schedule.target == monitor.arn).unwrap();
    assert!(deployment.roles.contains_key(&schedule.role));
    assert!(deployment.queues.contains_key(onboarder.on_failure.as_ref().unwrap()));
}

#[test]
fn a_second_stack_beside_the_first_has_other_names_for_all_that_it_makes() {
    let named = |name: &str| {
        let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml"));
        let stack = Stack::from_file(path, name, "222222222222", "us-east-1").unwrap();
        let stack = stack.with("OrganizationId", "o-exampleorg01").with("ManagementAccountId", "111111111111");
        let plan = stack.with("RemoveMembers", "true").plan().unwrap();
        let rules = plan.rules.into_iter().map(|rule| rule.arn);
        let schedules = plan.schedules.into_iter().map(|schedule| schedule.arn);
        let functions = plan.functions.into_iter().map(|function| function.arn);
        let queues = plan.queues.into_keys().chain(plan.roles.into_keys()).chain(plan.topics.into_keys());
        rules.chain(schedules).chain(functions).chain(queues).collect::<std::collections::BTreeSet<String>>()
    };
    let (first, second) = (named("first"), named("second"));
    assert_eq!(first.intersection(&second).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(first.len(), second.len());
}

#[test]
fn a_departure_is_remembered_for_the_longest_grace_period_and_buried_before_it_is_too_old() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml"));
    let stack = Stack::from_file(path, "detective", "222222222222", "us-east-1").unwrap();
    let stack = stack.with("OrganizationId", "o-exampleorg01").with("ManagementAccountId", "111111111111");
    let stack = stack.with("RemoveMembers", "true");
    let plan = stack.clone().with("RemovalGraceHours", "240").plan().unwrap();
    stack.with("RemovalGraceHours", "241").plan().unwrap_err();
    let (_, (_, queue)) = plan.queues.iter().find(|(arn, _)| arn.contains("Departures")).unwrap();
    let (readings, _) = queue.redrive.clone().unwrap();
    // However often the schedule is; a message that is seen again too late is read by every second run only.
    assert!(queue.visibility * i32::try_from(readings).unwrap() > TimeDelta::hours(240));
    assert!(queue.visibility < TimeDelta::hours(1));
    assert!(TimeDelta::hours(readings.into()) < queue.retention);
}

#[test]
fn the_globals_environment_reaches_every_function() {
    for function in project("AdministratorAccount").functions {
        assert_eq!(function.environment["LOG_LEVEL"], "info");
        assert_eq!(function.environment["DETECTIVE_REGIONS"], "");
    }
}

#[test]
fn the_management_stack_forwards_events_to_the_administrators_bus() {
    let deployment = project("ManagementAccount");
    assert!(deployment.functions.is_empty());
    let target = &deployment.rules[0].targets[0];
    assert_eq!(target.arn, "arn:aws:events:us-east-1:222222222222:event-bus/default");
    assert!(deployment.roles.contains_key(target.role.as_ref().unwrap()));
}

#[test]
fn an_event_source_that_is_not_delivered_here_is_an_error_with_its_place() {
    let stack = Stack {
        name: "s".into(),
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        template:
            "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Metadata: {BuildProperties: {Binary: b}}\n    \
                   Properties: {Events: {E: {Type: Kinesis}}}"
                .into(),
        parameters: BTreeMap::new(),
    };
    assert_eq!(
        stack.plan().unwrap_err().to_string(),
        "Resources.F.Properties.Events.E: events of type \"Kinesis\" are not delivered here"
    );
}
