//! A stack that is deployed again is updated, as `sam deploy` does it.

use std::collections::BTreeMap;

use local_cloud::Stack;

use crate::double::{ACCOUNT, REGION, TEMPLATE, cloud};

fn stack(template: &str, parameters: &[(&str, &str)]) -> Stack {
    let (name, account, region) = ("lambda".to_owned(), ACCOUNT.to_owned(), REGION.to_owned());
    let parameters = parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Stack { name, account, region, template: template.to_owned(), parameters: parameters.collect() }
}

#[tokio::test]
async fn a_parameter_that_is_not_named_keeps_its_value_and_a_new_one_has_its_default() {
    let cloud = cloud(&[("Retries", "1"), ("AtStart", "exit")]).await;
    let parameters = || cloud.emulator().cloud().stack(ACCOUNT, REGION, "lambda").unwrap().parameters;
    let named = |name: &str| parameters().get(name).cloned();
    cloud.deploy(stack(TEMPLATE, &[("AtStart", "")])).unwrap();
    assert_eq!((named("Retries").as_deref(), named("AtStart").as_deref()), (Some("1"), Some("")));
    // The default of a parameter that the stack has already does not matter any more.
    let template = TEMPLATE
        .replace("Default: 21600", "Default: 60")
        .replace("Parameters:", "Parameters:\n  New: {Type: String, Default: new}");
    cloud.deploy(stack(&template, &[])).unwrap();
    assert_eq!((named("LongestAge").as_deref(), named("New").as_deref()), (Some("21600"), Some("new")));
    // One that the template has no more is gone, and begins anew if it comes back.
    let without = template
        .replace("  MaySend: {Type: String, Default: \"sqs:SendMessage\"}\n", "")
        .replace("!Ref MaySend", "\"sqs:SendMessage\"");
    cloud.deploy(stack(TEMPLATE, &[("MaySend", "sqs:*")])).unwrap();
    cloud.deploy(stack(&without, &[])).unwrap();
    assert_eq!(named("MaySend"), None);
    cloud.deploy(stack(TEMPLATE, &[])).unwrap();
    assert_eq!(named("MaySend").as_deref(), Some("sqs:SendMessage"));
    // Another stack has nothing of it.
    cloud.deploy(Stack { name: "another".to_owned(), ..stack(TEMPLATE, &[]) }).unwrap();
    let another: BTreeMap<String, String> =
        cloud.emulator().cloud().stack(ACCOUNT, REGION, "another").unwrap().parameters;
    assert_eq!(another["Retries"], "2");
}

#[tokio::test]
async fn reserved_executions_that_leave_less_than_a_hundred_are_refused_and_nothing_is_changed() {
    let cloud = cloud(&[("Retries", "1")]).await;
    let reserving = |count: u64| {
        TEMPLATE.replace("Timeout: 1", &format!("Timeout: 1\n      ReservedConcurrentExecutions: {count}"))
    };
    let refused = cloud.deploy(stack(&reserving(901), &[("Retries", "0")])).unwrap_err();
    assert!(refused.to_string().contains("below its minimum value of [100]"), "{refused}");
    assert_eq!(cloud.emulator().cloud().stack(ACCOUNT, REGION, "lambda").unwrap().parameters["Retries"], "1");
    cloud.deploy(stack(&reserving(900), &[])).unwrap();
    // Its own are not in its way when it is deployed again; but they are in that of another stack.
    cloud.deploy(stack(&reserving(899), &[])).unwrap();
    cloud.deploy(Stack { name: "another".to_owned(), ..stack(&reserving(2), &[]) }).unwrap_err();
}
