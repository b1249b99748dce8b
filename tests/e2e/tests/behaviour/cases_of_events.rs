//! Events as people have reported them, and others of their kinds.

use serde_json::{Value, json};

use end_to_end::cases::case_event;
use end_to_end::environment::Environment;
use end_to_end::report::{line, report};
use end_to_end::scenario::two_regions;

use crate::arrivals_queue::{assert_nothing_waits, put, runs};

/// Puts an event on the bus of the management account, and gives the report of the invocation that it causes.
async fn arrive(environment: &Environment, event: Value) -> Value {
    put(environment, event);
    environment.cloud.settle().await;
    assert_nothing_waits(environment);
    report(runs(environment).swap_remove(0))
}

#[track_caller]
fn assert_enrolled(environment: &Environment, report: &Value, case: &str) {
    assert!(report["warning"].is_null(), "{case}: {report:#}");
    assert_eq!(line(report, "us-east-1", "333333333333")["action"], "created", "{case}: {report:#}");
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"), "{case}");
    assert_eq!(environment.calls("ListAccounts"), 0, "{case}: no reconcile");
}

#[track_caller]
fn assert_reconciled(environment: &Environment, report: &Value, case: &str) {
    let warning = report["warning"].as_str().unwrap_or_else(|| panic!("{case}: no warning in {report:#}"));
    assert!(warning.ends_with("organization-reconciler was asked to find the account now"), "{case}: {warning}");
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"), "{case}");
}

#[tokio::test]
async fn the_one_account_that_an_account_joined_event_names_is_enrolled() {
    for case in ["joined-account-object.json", "joined-number.json", "joined-two-ids.json"] {
        let environment = Environment::start(two_regions()).await;
        let report = arrive(&environment, case_event(case)).await;
        assert_enrolled(&environment, &report, case);
    }
}

#[tokio::test]
async fn an_account_joined_event_without_an_id_is_a_warning_and_a_reconcile_now() {
    let environment = Environment::start(two_regions()).await;
    let report = arrive(&environment, case_event("joined-no-id.json")).await;
    assert_reconciled(&environment, &report, "joined-no-id.json");
}

#[tokio::test]
async fn account_joined_events_of_other_shapes_are_enrolled_or_reconciled_and_never_dropped() {
    let enrolled = [
        json!({"accountJoined": {"member": {"ACCOUNT_ID": "333333333333"}}}),
        json!({"joinedAccounts": [{"accountId": "333333333333"}, {"accountId": "333333333333"}]}),
        json!({"accounts": {"333333333333": {"joinedMethod": "INVITED"}}}),
        json!({"accountId": 333_333_333_333.0}),
        json!({"resourceArn": "arn:aws:organizations::111111111111:account/o-exampleorg01/333333333333"}),
        json!({"account": {"Id": "333333333333", "Arn": "arn:aws:organizations::111111111111:account/o-exampleorg01/333333333333"}}),
        json!({"accountId": "333333333333", "organizationArn": "arn:aws:organizations::111111111111:organization/o-exampleorg01"}),
        json!({"accountId": "333333333333", "joinedTime": 1_780_000_000_000_u64, "requestId": "12345678901"}),
        json!({"payer": "111111111111", "accountId": "333333333333", "handshakeId": "h-examplehandshakeid111"}),
        json!([{"accountId": "333333333333"}]),
        json!("333333333333"),
    ];
    let reconciled = [
        json!(null),
        json!({}),
        json!([]),
        json!({"accountId": "111111111111"}),
        json!({"accountId": "33333333333"}),
        json!({"accountId": true}),
        json!({"accountId": -333_333_333_333_i64}),
        json!({"accountId": "333333333333", "formerManagementAccountId": "444444444444"}),
        json!({"accountIds": ["333333333333", "444444444444", "555555555555"]}),
        json!({"email": "root@example.com"}),
        json!({"accountArn": "arn:aws:organizations::111111111111:account/o-exampleorg01"}),
    ];
    let shapes = enrolled.into_iter().map(|details| (details, true));
    for (details, is_enrolled) in shapes.chain(reconciled.into_iter().map(|details| (details, false))) {
        let mut event = case_event("joined-no-id.json");
        event["detail"]["serviceEventDetails"] = details.clone();
        let environment = Environment::start(two_regions()).await;
        let report = arrive(&environment, event).await;
        match is_enrolled {
            true => assert_enrolled(&environment, &report, &details.to_string()),
            false => assert_reconciled(&environment, &report, &details.to_string()),
        }
    }
}

/// Invokes account-onboarder with an event, as people do by hand.
async fn invoke(event: Value) -> (Environment, Value) {
    let environment = Environment::start(two_regions()).await;
    let report = report(environment.onboard(event).await);
    (environment, report)
}

#[tokio::test]
async fn events_that_people_make_by_hand_are_read() {
    for case in [
        "control-tower-without-detail-type.json",
        "time-without-zone.json",
        "create-account-result-as-api-call.json",
        "move-account-null-error.json",
    ] {
        let (environment, report) = invoke(case_event(case)).await;
        assert_enrolled(&environment, &report, case);
    }
}

#[tokio::test]
async fn a_call_without_an_error_is_read_in_any_spelling() {
    for code in [json!(null), json!("")] {
        let mut event = case_event("move-account-null-error.json");
        event["detail"]["errorCode"] = code.clone();
        let (environment, report) = invoke(event).await;
        assert_enrolled(&environment, &report, &code.to_string());
    }
}

/// An event of a case, changed.
fn changed(case: &str, change: impl FnOnce(&mut serde_json::Map<String, Value>)) -> Value {
    let mut event = case_event(case);
    change(event.as_object_mut().expect("an event is an object"));
    event
}

#[tokio::test]
async fn events_that_people_make_by_hand_are_read_whatever_onboarding_does_not_need_is_missing_or_wrong() {
    const CASE: &str = "time-without-zone.json";
    let without = |field: &str| changed(CASE, |event| drop(event.remove(field)));
    let with = |field: &str, value: Value| changed(CASE, |event| drop(event.insert(field.to_owned(), value)));
    let detail = case_event(CASE)["detail"].clone();
    let events = [
        without("version"),
        without("id"),
        without("account"),
        without("region"),
        without("resources"),
        without("time"),
        without("source"),
        with("time", json!("yesterday")),
        with("time", json!(1_767_603_627)),
        with("account", json!(111_111_111_111_u64)),
        with("region", json!("")),
        with("detail-type", json!("Scheduled Event")),
        with("resources", json!({})),
        with("id", json!(7)),
        json!({"source": "aws.organizations", "detail": detail}),
        // What CloudTrail shows of an event, without an envelope.
        detail,
    ];
    for event in events {
        let (environment, report) = invoke(event.clone()).await;
        assert_enrolled(&environment, &report, &event.to_string());
    }
}

#[tokio::test]
async fn a_payload_that_names_no_event_of_organizations_is_answered_with_what_is_wrong_with_it() {
    for event in [
        json!({}),
        json!({"accountId": "333333333333"}),
        json!({"detail": {"eventName": "CreateAccountResult"}}),
        json!({"eventName": "CreateAccountResult", "eventSource": "s3.amazonaws.com"}),
        json!({"source": "aws.organizations", "detail": "text"}),
        json!({"source": "example.app", "detail": {"eventName": "CreateAccountResult", "eventSource": "organizations.amazonaws.com"}}),
    ] {
        let (environment, report) = invoke(event.clone()).await;
        assert!(report["ignored"].is_string(), "{event}: {report:#}");
        assert_eq!(environment.changes(), 0, "{event}");
    }
}
