//! EventBridge events that report that an account joined the organization, or that the policy may see it in another way.
//!
//! An event is a hint: it names an account to read, and nothing else in it is believed.

use serde_json::Value;

use crate::error::excerpt;
use crate::events::accounts::{named, only_account};
use crate::events::cloudtrail::{Event, Trigger, display};
use crate::model::account::AccountId;

/// What an event asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Enroll this account, if its state and the policy ask for it.
    Enroll(AccountId),
    /// Compare the whole organization: an account may have joined, and the event does not name it, for this reason.
    Reconcile(String),
    /// Nothing, for this reason. Another delivery of the same event would ask for as little.
    Nothing(String),
}

/// Reads the payload of an invocation. Whatever it is, the answer is a request: an event that cannot be used is not an
/// error, because Lambda would retry it.
pub fn read(payload: &Value) -> (Trigger, Request) {
    let event = match Event::read(payload) {
        Ok(event) => event,
        Err(reason) => return (Trigger::default(), Request::Nothing(reason)),
    };
    // An event may hold anything, in every place.
    match request(&event) {
        Request::Enroll(id) => (event.trigger(Some(id)), Request::Enroll(id)),
        Request::Reconcile(reason) => (event.trigger(None), Request::Reconcile(excerpt(&reason))),
        Request::Nothing(reason) => (event.trigger(None), Request::Nothing(excerpt(&reason))),
    }
}

/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_cloudtrail-integration.html>,
/// <https://docs.aws.amazon.com/controltower/latest/userguide/lifecycle-events.html>
fn request(event: &Event<'_>) -> Request {
    let Event { source, name, detail, .. } = event;
    if let Some(reason) = event.denial() {
        return Request::Nothing(reason);
    }
    match (*source, *name) {
        ("aws.organizations", "CreateAccountResult") => {
            let status = &detail["serviceEventDetails"]["createAccountStatus"];
            // `govCloudAccountId` beside it belongs to another partition, whose accounts cannot be members here.
            created(status, &status["accountId"])
        }
        ("aws.controltower", "CreateManagedAccount") => {
            let status = &detail["serviceEventDetails"]["createManagedAccountStatus"];
            created(status, &status["account"]["accountId"])
        }
        ("aws.organizations", "AcceptHandshake") => accepted(&detail["responseElements"]["handshake"]),
        // Out of scope or into it: the policy decides.
        ("aws.organizations", "MoveAccount") => enroll(named(&detail["requestParameters"]["accountId"])),
        ("aws.organizations", "TagResource" | "UntagResource") => tagged(&detail["requestParameters"]["resourceId"]),
        // AWS has not published where in the event the account id is.
        ("aws.organizations", "AccountJoinedOrganization") => enroll(only_account(detail, &event.own)),
        _ => Request::Nothing(format!("{name:.64} of {source:.64} is not an event that brings an account")),
    }
}

fn enroll(account: Result<AccountId, String>) -> Request {
    account.map_or_else(Request::Reconcile, Request::Enroll)
}

fn created(status: &Value, account: &Value) -> Request {
    match status["state"].as_str() {
        Some("SUCCEEDED") => enroll(named(account)),
        Some(state) => {
            let reason = status.get("failureReason");
            let reason = reason.map_or_else(String::new, |reason| format!(" ({})", display(reason)));
            Request::Nothing(format!("no account was created: its state is {state:.64}{reason}"))
        }
        None => Request::Reconcile("it does not state whether the account was created".to_owned()),
    }
}

fn accepted(handshake: &Value) -> Request {
    match (handshake["state"].as_str(), handshake["action"].as_str()) {
        (Some("ACCEPTED"), Some(action)) if action.eq_ignore_ascii_case("invite") => {
            let parties = handshake["parties"].as_array().map_or(&[][..], Vec::as_slice);
            let account = parties.iter().find(|party| party["type"] == "ACCOUNT");
            enroll(named(account.map_or(&Value::Null, |party| &party["id"])))
        }
        // Other handshakes enable features of the organization.
        (Some("ACCEPTED"), Some(action)) => {
            Request::Nothing(format!("the handshake is no invitation of an account, but {action:.64}"))
        }
        (Some("ACCEPTED") | None, _) => {
            Request::Reconcile("it does not state which kind of handshake was accepted".to_owned())
        }
        (Some(state), _) => Request::Nothing(format!("the handshake's state is {state:.64}")),
    }
}

/// Tags of accounts, of which the policy may name some. The ids of everything else that has tags begin with a letter.
fn tagged(resource: &Value) -> Request {
    let is_other = resource.as_str().is_some_and(|id| id.starts_with(|first: char| first.is_ascii_lowercase()));
    match named(resource) {
        Ok(id) => Request::Enroll(id),
        Err(_) if is_other => Request::Nothing(format!("{} is not an account", display(resource))),
        Err(reason) => Request::Reconcile(reason),
    }
}

#[cfg(test)]
mod tests {
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
                Request::Enroll("444455556666".parse().unwrap()),
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
            assert_eq!(read(&event).1, Request::Enroll("444455556666".parse().unwrap()), "{event}");
        }
    }

    #[test]
    fn a_call_with_a_null_error_code_was_not_denied() {
        let detail =
            json!({"eventName": "MoveAccount", "requestParameters": {"accountId": "444455556666"}, "errorCode": null});
        assert_eq!(request("aws.organizations", &detail), Request::Enroll("444455556666".parse().unwrap()));
    }

    #[test]
    fn tags_count_where_they_are_an_accounts() {
        for name in ["TagResource", "UntagResource"] {
            let tagged = |id: &str| {
                request("aws.organizations", &json!({"eventName": name, "requestParameters": {"resourceId": id}}))
            };
            assert_eq!(tagged("444455556666"), Request::Enroll("444455556666".parse().unwrap()));
            for other in ["r-ab12", "ou-ab12-11111111", "p-examplepolicy", "rp-exampleresource"] {
                assert_eq!(nothing(tagged(other)), format!("{other} is not an account"));
            }
        }
    }
}
