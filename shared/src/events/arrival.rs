//! EventBridge events that report that an account joined the organization.
//!
//! An event is a hint: it names an account to read, and nothing else in it is believed.

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use serde::Deserialize;
use serde_json::Value;

use crate::events::cloudtrail::{Trigger, display, id, only_account};
use crate::model::account::AccountId;

/// What an event asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Enroll this account, if its state and the policy ask for it.
    Enroll(AccountId),
    /// Nothing, for this reason. Another delivery of the same event would ask for as little.
    Nothing(String),
}

/// Reads the payload of an invocation. Whatever it is, the answer is a request: an event that cannot be used is not an
/// error, because Lambda would retry it.
pub fn read(payload: &Value) -> (Trigger, Request) {
    let event: EventBridgeEvent<Value> = match EventBridgeEvent::deserialize(payload) {
        Ok(event) => event,
        Err(error) => {
            return (Trigger::default(), Request::Nothing(format!("it is not an EventBridge event: {error}")));
        }
    };
    let name = event.detail["eventName"].as_str().unwrap_or_default();
    let request = match account(&event.source, name, &event.detail) {
        Ok(id) => Request::Enroll(id),
        Err(reason) => Request::Nothing(reason),
    };
    let trigger = Trigger {
        event_id: event.id,
        event_name: Some(name.to_owned()).filter(|name| !name.is_empty()),
        account_id: match request {
            Request::Enroll(id) => Some(id),
            Request::Nothing(_) => None,
        },
    };
    (trigger, request)
}

/// The account that came, or why there is none.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_cloudtrail-integration.html>,
/// <https://docs.aws.amazon.com/controltower/latest/userguide/lifecycle-events.html>
fn account(source: &str, name: &str, detail: &Value) -> Result<AccountId, String> {
    // A denied call has the name of the call that was denied.
    if let Some(code) = detail.get("errorCode").filter(|code| !code.is_null()) {
        return Err(format!("the call {name} was denied ({})", display(code)));
    }
    match (source, name) {
        ("aws.organizations", "CreateAccountResult") => {
            let status = &detail["serviceEventDetails"]["createAccountStatus"];
            succeeded(status)?;
            // `govCloudAccountId` beside it belongs to another partition, whose accounts cannot be members here.
            id(&status["accountId"])
        }
        ("aws.controltower", "CreateManagedAccount") => {
            let status = &detail["serviceEventDetails"]["createManagedAccountStatus"];
            succeeded(status)?;
            id(&status["account"]["accountId"])
        }
        ("aws.organizations", "AcceptHandshake") => {
            let handshake = &detail["responseElements"]["handshake"];
            if handshake["state"] != "ACCEPTED" {
                return Err(format!("the handshake's state is {}", display(&handshake["state"])));
            }
            // Other handshakes enable features of the organization.
            if !handshake["action"].as_str().is_some_and(|action| action.eq_ignore_ascii_case("invite")) {
                return Err(format!(
                    "the handshake is no invitation of an account, but {}",
                    display(&handshake["action"])
                ));
            }
            let parties = handshake["parties"].as_array().map_or(&[][..], Vec::as_slice);
            let account = parties.iter().find(|party| party["type"] == "ACCOUNT");
            id(account.map_or(&Value::Null, |party| &party["id"]))
        }
        // Out of scope or into it: the policy decides.
        ("aws.organizations", "MoveAccount") => id(&detail["requestParameters"]["accountId"]),
        // AWS has not published where in the event the account id is. It is looked for where service events and calls
        // carry their data, and never where they name the caller.
        ("aws.organizations", "AccountJoinedOrganization") => only_account(detail),
        _ => Err(format!("{name:.64} of {source:.64} is not an event that brings an account")),
    }
}

fn succeeded(status: &Value) -> Result<(), String> {
    if status["state"] == "SUCCEEDED" {
        return Ok(());
    }
    let reason = status.get("failureReason").map_or_else(String::new, |reason| format!(" ({})", display(reason)));
    Err(format!("no account was created: its state is {}{reason}", display(&status["state"])))
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
            other @ Request::Enroll(_) => panic!("{other:?}"),
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
        assert_eq!(nothing(request("aws.organizations", &detail)), "it names no account");
    }

    #[test]
    fn an_event_that_names_two_accounts_is_ignored() {
        let detail = json!({"eventName": "AccountJoinedOrganization", "serviceEventDetails":
            {"accountId": "444455556666", "other": {"accountId": "777788889999"}}});
        assert_eq!(nothing(request("aws.organizations", &detail)), "it names more than one account");
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
    fn details_of_wrong_types_are_ignored() {
        for detail in [
            json!(null),
            json!([1]),
            json!({"eventName": 7}),
            json!({"eventName": "CreateAccountResult",
            "serviceEventDetails": {"createAccountStatus": {"state": "SUCCEEDED", "accountId": 444455556666_u64}}}),
        ] {
            nothing(request("aws.organizations", &detail));
        }
    }
}
