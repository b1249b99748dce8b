//! Forged and broken events, through the real account-onboarder: nothing changes, and it survives.

use serde_json::{Value, json};

use end_to_end::edit::edit;
use end_to_end::environment::Environment;
use end_to_end::events::{example_event, example_event_names};
use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT, two_regions};
use end_to_end::template::template;

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Replaces every account id in the value with `forged`, whether it is a text, a number, or the end of an ARN.
fn forge(value: &mut Value, forged: &Value) {
    match value {
        Value::String(text) if text.rsplit('/').next().is_some_and(is_account) => *value = forged.clone(),
        Value::Number(number) if is_account(&number.to_string()) => *value = forged.clone(),
        Value::Array(items) => items.iter_mut().for_each(|item| forge(item, forged)),
        Value::Object(members) => members.values_mut().for_each(|member| forge(member, forged)),
        _ => {}
    }
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!("999999999999"), |inner, _| json!([inner]))
}

/// Replacements for account ids. None of them is an account of the organization that can be a member.
fn forged_ids() -> Vec<Value> {
    let stranger = "999999999999";
    vec![
        json!(stranger),
        json!(ADMINISTRATOR),
        json!(999_999_999_999_u64),
        json!("arn:aws:organizations::111111111111:account/o-exampleorg01/999999999999"),
        json!("3333333333330"),
        json!("333333333333\n"),
        json!("arn:aws:iam::333333333333:root"),
        json!("\u{ff13}33333333333"),
        json!([stranger]),
        json!({"id": stranger}),
        json!(vec![stranger; 50_000]),
        json!("3".repeat(200_000)),
        Value::Null,
        nested(100),
        // Deeper than the runtime parses: the invocation fails, and the function survives.
        nested(400),
    ]
}

/// The event from a source that does not count, with a denial, or with a part of a wrong type.
fn broken(event: &Value) -> Vec<Value> {
    let with = |path: &str, part: Value| {
        let mut event = event.clone();
        if let Some(place) = event.pointer_mut(path) {
            *place = part;
        }
        event
    };
    let mut denied = event.clone();
    if let Some(detail) = denied["detail"].as_object_mut() {
        detail.insert("errorCode".to_owned(), "AccessDenied".into());
    }
    let mut events = vec![denied];
    events.extend(["example.app", "aws.ec2", ""].map(|source| with("/source", source.into())));
    for part in [Value::Null, json!(7), json!([]), json!("detail"), nested(90)] {
        events.extend(["/detail", "/source", "/detail/eventName"].map(|path| with(path, part.clone())));
    }
    // A part that the event does not have was not changed.
    events.retain(|changed| changed != event);
    events
}

#[tokio::test]
async fn forged_and_broken_events_change_nothing_and_the_function_survives() {
    let environment = Environment::start(two_regions()).await;
    let before = environment.aws().snapshot().graphs;
    let (mut cases, mut ignored, mut unreadable, mut held, mut refused) = (0, 0, 0, 0, 0);
    for name in example_event_names() {
        let event = example_event(&name);
        let mut events = broken(&event);
        for id in forged_ids() {
            let mut forged = event.clone();
            forge(&mut forged, &id);
            events.push(forged);
        }
        for event in events {
            let record = environment.onboard(event).await;
            cases += 1;
            match record.outcome {
                Ok(report) if report["ignored"].is_string() => ignored += 1,
                Ok(report) if report["warning"].is_string() => unreadable += 1,
                Ok(report) => {
                    assert_eq!(report["totals"]["done"], 0, "{name}: {report:#}");
                    held += 1;
                }
                // JSON that the runtime cannot parse reaches no function.
                Err(error) => {
                    assert!(error.error_message.contains("recursion limit"), "{name}: {}", error.error_message);
                    refused += 1;
                }
            }
        }
    }
    // The reconciler is asked to find what cannot be read, and believes nothing of it.
    let requests = environment.calls("SendMessageBatch");
    assert_eq!((environment.changes(), unreadable), (requests, requests));
    assert_eq!(environment.aws().snapshot().graphs, before);
    println!(
        "hostile events: {cases} cases, {ignored} ignored, {unreadable} unreadable, {held} held, {refused} not read, changes: 0"
    );
}

#[tokio::test]
async fn events_of_another_organization_reach_no_function() {
    let environment = Environment::start(two_regions()).await;
    for name in example_event_names() {
        // A stranger's own bus forwards to nobody here, and a stranger may not put events on this organization's.
        environment.cloud.put_event("999999999999", "us-east-1", example_event(&name));
        let mut own = example_event(&name);
        own["source"] = "example.app".into();
        environment.cloud.put_event(MANAGEMENT, "us-east-1", own);
    }
    environment.cloud.settle().await;
    assert!(environment.cloud.invocations().is_empty());
    assert_eq!(environment.changes(), 0);
}

#[tokio::test]
async fn an_address_in_an_id_a_name_or_a_correlation_id_is_in_no_log_line_and_no_report() {
    let environment = Environment::start_with(two_regions(), &template(), &[("RemoveMembers", "true")]).await;
    const ADDRESS: &str = "root@example.com";
    let mut arrival = example_event("create-account-succeeded");
    arrival["id"] = ADDRESS.into();
    let mut named = arrival.clone();
    named["detail"]["eventName"] = format!("CreateAccountResult of {ADDRESS}").into();
    let body = json!({"region": "us-east-1", "time": "2026-01-05T09:00:00Z", "correlation": ADDRESS}).to_string();
    let wrong = json!({"region": ADDRESS, "time": "2026-01-05T09:00:00Z", "correlation": "c"}).to_string();
    let batch = |bodies: &[&str]| {
        let records: Vec<Value> =
            bodies.iter().map(|body| json!({"messageId": "m", "body": body, "eventSource": "aws:sqs"})).collect();
        json!({ "Records": records })
    };
    for (function, payload) in [
        ("AccountOnboarder", arrival),
        ("AccountOnboarder", named),
        ("MemberMonitor", json!({"id": ADDRESS, "scheduledTime": "2026-01-05T09:00:00Z"})),
        ("OrganizationReconciler", batch(&[&body])),
        ("OrganizationReconciler", batch(&[&wrong])),
        ("AccountOffboarder", json!({"id": ADDRESS, "scheduledTime": "2026-01-05T09:00:00Z"})),
    ] {
        let record = environment.cloud.invoke(ADMINISTRATOR, function, payload).await;
        let text = format!("{:?} {:?}", record.outcome, record.log);
        assert!(!text.contains(ADDRESS), "{function}: {text}");
    }
}

/// What somebody puts on the bus to write to the people who read alerts: in other forms, and in that of a true alert.
fn forged_alerts() -> Vec<Value> {
    let graph = "arn:aws:detective:us-east-1:222222222222:graph:0123456789abcdef0123456789abcdef";
    [
        ("Notice", graph),
        ("Detective Coverage Alert", "arn:aws:iam::222222222222:root"),
        ("Detective Coverage Alert", graph),
    ]
    .map(|(detail_type, resource)| {
        json!({"source": "detective-onboarding", "detail-type": detail_type, "account": ADMINISTRATOR,
                "resources": [resource], "detail": {"region": "us-east-1", "percent": 1, "message": "open this link"}})
    })
    .to_vec()
}

/// How many messages to people a template's stack makes of them.
async fn messages_of_forged_alerts(template: &str) -> usize {
    let environment = Environment::start_with(two_regions(), template, &[]).await;
    for event in forged_alerts() {
        environment.cloud.put_event(ADMINISTRATOR, "us-east-1", event);
    }
    environment.cloud.settle_now().await;
    environment.notices().len()
}

#[tokio::test]
async fn an_alert_that_somebody_else_puts_on_the_bus_is_sent_to_nobody() {
    assert_eq!(messages_of_forged_alerts(&template()).await, 0);
    // A rule that takes alerts from the bus sends whatever looks like one.
    let admission = "          - Effect: Allow\n            Principal: {Service: cloudwatch.amazonaws.com}\n";
    let both = "          - Effect: Allow\n            Principal: {Service: [cloudwatch.amazonaws.com, events.amazonaws.com]}\n";
    let account = "            Condition:\n              StringEquals: {\"aws:SourceAccount\": !Ref AWS::AccountId}\n          # Nobody else writes";
    let alerts = "  AlertSubscription:\n";
    let rule = "  AlertRule:\n    Type: AWS::Events::Rule\n    Condition: InAdministratorAccount\n    Properties:\n      \
        EventPattern: {source: [detective-onboarding], detail-type: [Detective Coverage Alert]}\n      \
        Targets: [{Id: alerts, Arn: !Ref Alerts}]\n";
    let template = edit(&template(), admission, both);
    let template = edit(&template, account, "          # Nobody else writes");
    assert_eq!(messages_of_forged_alerts(&edit(&template, alerts, &format!("{rule}{alerts}"))).await, 2);
}
