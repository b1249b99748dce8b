//! What the events ask for, in every shape.

use serde_json::json;

use super::*;

fn request(source: &str, detail: &Value) -> Request {
    read(&json!({"id": "1", "detail-type": "any", "source": source, "detail": detail})).1
}

fn nothing(request: Request) -> String {
    match request {
        Request::Nothing(reason) => reason,
        other => panic!("{other:?}"),
    }
}

fn reconcile(request: Request) -> String {
    match request {
        Request::Reconcile(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_joined_account_is_found_wherever_the_details_hold_it() {
    for detail in [
        json!({"eventName": "AccountJoinedOrganization", "serviceEventDetails": {"accountId": "444455556666"}}),
        json!({"eventName": "AccountJoinedOrganization", "serviceEventDetails": {"joined": {"accountId": "444455556666"}}}),
        json!({"eventName": "AccountJoinedOrganization", "serviceEventDetails": null, "requestParameters": {"accountId": "444455556666"}}),
    ] {
        assert_eq!(
            request("aws.organizations", &detail),
            Request::Enroll("444455556666".parse().unwrap(), Change::Joined),
            "{detail}"
        );
    }
}

#[test]
fn the_caller_of_an_event_is_never_taken_for_the_account_that_came() {
    let detail = json!({"eventName": "AccountJoinedOrganization", "userIdentity": {"accountId": "111122223333"},
        "recipientAccountId": "111122223333"});
    assert_eq!(reconcile(request("aws.organizations", &detail)), "it names no account");
}

#[test]
fn the_account_that_moves_or_joins_is_the_one_that_is_named_and_not_the_caller() {
    let account = "444455556666".parse().unwrap();
    let caller = json!({"accountId": "111122223333"});
    let moved = json!({"eventName": "MoveAccount", "userIdentity": caller, "recipientAccountId": "111122223333",
        "requestParameters": {"accountId": "444455556666", "sourceParentId": "r-ab12", "destinationParentId": "ou-ab12-workload"}});
    assert_eq!(request("aws.organizations", &moved), Request::Enroll(account, Change::Moved));
    let parties = json!([{"type": "ORGANIZATION", "id": "o-exampleorg01"}, {"type": "ACCOUNT", "id": "444455556666"}]);
    let joined = json!({"eventName": "AcceptHandshake", "userIdentity": caller, "recipientAccountId": "111122223333",
        "responseElements": {"handshake": {"state": "ACCEPTED", "action": "INVITE", "parties": parties}}});
    assert_eq!(request("aws.organizations", &joined), Request::Enroll(account, Change::Joined));
}

#[test]
fn an_event_that_names_two_accounts_asks_for_a_reconcile() {
    let detail = json!({"eventName": "AccountJoinedOrganization", "serviceEventDetails":
        {"accountId": "444455556666", "other": {"accountId": "777788889999"}}});
    assert_eq!(reconcile(request("aws.organizations", &detail)), "it names more than one account");
}

#[test]
fn an_event_of_another_source_is_ignored_whatever_its_name() {
    let detail = json!({"eventName": "CreateAccountResult", "serviceEventDetails":
        {"createAccountStatus": {"state": "SUCCEEDED", "accountId": "444455556666"}}});
    assert!(nothing(request("example.app", &detail)).contains("is not an event that brings an account"));
}

#[test]
fn a_payload_that_is_no_event_is_ignored() {
    for payload in [json!(null), json!([]), json!("text"), json!({"source": "aws.organizations"})] {
        assert!(nothing(read(&payload).1).contains("not an EventBridge event"));
    }
}

#[test]
fn details_without_the_name_of_an_event_of_ours_are_ignored() {
    for detail in [json!(null), json!([1]), json!({"eventName": 7}), json!({"eventName": "DeclineHandshake"})] {
        nothing(request("aws.organizations", &detail));
    }
}

#[test]
fn an_event_of_ours_that_cannot_be_read_asks_for_a_reconcile() {
    for detail in [
        json!({"eventName": "CreateAccountResult"}),
        json!({"eventName": "CreateAccountResult", "serviceEventDetails": {"createAccountStatus": {"state": "SUCCEEDED"}}}),
        json!({"eventName": "CreateAccountResult",
            "serviceEventDetails": {"createAccountStatus": {"state": "SUCCEEDED", "accountId": "33333333333x"}}}),
        json!({"eventName": "AcceptHandshake", "responseElements": null}),
        json!({"eventName": "AcceptHandshake", "responseElements": {"handshake": {"state": "ACCEPTED"}}}),
        json!({"eventName": "AcceptHandshake",
            "responseElements": {"handshake": {"state": "ACCEPTED", "action": "INVITE", "parties": []}}}),
        json!({"eventName": "MoveAccount", "requestParameters": null}),
        json!({"eventName": "TagResource", "requestParameters": {"resourceId": "33333333333"}}),
        json!({"eventName": "AccountJoinedOrganization"}),
    ] {
        reconcile(request("aws.organizations", &detail));
    }
    reconcile(request("aws.controltower", &json!({"eventName": "CreateManagedAccount"})));
}

#[test]
fn an_email_address_in_the_place_of_something_else_is_not_repeated() {
    for detail in [
        json!({"eventName": "MoveAccount", "requestParameters": {"accountId": "a@example.com"}}),
        json!({"eventName": "CreateAccountResult",
            "serviceEventDetails": {"createAccountStatus": {"state": "FAILED", "failureReason": "a@example.com"}}}),
    ] {
        let (_, request) = read(&json!({"source": "aws.organizations", "detail": detail}));
        assert!(!format!("{request:?}").contains("example.com"), "{request:?}");
    }
}

#[test]
fn neither_detail_type_nor_time_nor_anything_else_of_the_envelope_is_needed() {
    let created = json!({"eventName": "CreateManagedAccount", "serviceEventDetails":
        {"createManagedAccountStatus": {"state": "SUCCEEDED", "account": {"accountId": "444455556666"}}}});
    for event in [
        json!({"source": "aws.controltower", "detail": created}),
        json!({"source": "aws.controltower", "detail": created, "time": "2026-01-05T09:00:27.123456", "resources": null,
            "detail-type": null, "account": 7, "region": {}, "id": []}),
    ] {
        assert_eq!(read(&event).1, Request::Enroll("444455556666".parse().unwrap(), Change::Created), "{event}");
    }
}

#[test]
fn a_call_with_a_null_error_code_was_not_denied() {
    let detail =
        json!({"eventName": "MoveAccount", "requestParameters": {"accountId": "444455556666"}, "errorCode": null});
    assert_eq!(request("aws.organizations", &detail), Request::Enroll("444455556666".parse().unwrap(), Change::Moved));
}

#[test]
fn tags_count_where_they_are_an_accounts() {
    for name in ["TagResource", "UntagResource"] {
        let tagged = |id: &str| {
            request("aws.organizations", &json!({"eventName": name, "requestParameters": {"resourceId": id}}))
        };
        assert_eq!(tagged("444455556666"), Request::Enroll("444455556666".parse().unwrap(), Change::Tagged));
        for other in ["r-ab12", "ou-ab12-11111111", "p-examplepolicy", "rp-exampleresource"] {
            assert_eq!(nothing(tagged(other)), format!("{other} is not an account"));
        }
    }
}

#[test]
fn a_handshake_that_is_no_accepted_invitation_brings_no_account() {
    let parties = json!([{"type": "ACCOUNT", "id": "444455556666"}]);
    let handshake = |state: &str, action: &str| {
        let handshake = json!({"state": state, "action": action, "parties": parties});
        let detail = json!({"eventName": "AcceptHandshake", "responseElements": {"handshake": handshake}});
        request("aws.organizations", &detail)
    };
    let account = "444455556666".parse().unwrap();
    assert_eq!(handshake("ACCEPTED", "invite"), Request::Enroll(account, Change::Joined));
    assert!(nothing(handshake("ACCEPTED", "ENABLE_ALL_FEATURES")).contains("no invitation of an account"));
    assert_eq!(nothing(handshake("OPEN", "INVITE")), "the handshake's state is OPEN");
}
