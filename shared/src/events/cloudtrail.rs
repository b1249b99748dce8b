//! What the events have in common.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::error::label;
use crate::model::account::AccountId;

/// The event that an invocation is for, as the report shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trigger {
    /// The event's id; a duplicate has the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// CloudTrail's name of what happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_name: Option<String>,
    /// The account that came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
}

/// The source of events of this project.
pub const SOURCE: &str = "detective-onboarding";

/// What is read of an event. Events that people make by hand often have nothing else, or the rest in another form.
#[derive(Debug)]
pub(super) struct Event<'a> {
    /// The service that it is from, such as `aws.organizations`.
    pub(super) source: &'a str,
    /// CloudTrail's name of what happened; empty if there is none.
    pub(super) name: &'a str,
    /// CloudTrail's record.
    pub(super) detail: &'a Value,
    /// The accounts that the event was recorded in.
    pub(super) own: BTreeSet<AccountId>,
    id: Option<&'a str>,
}

impl<'a> Event<'a> {
    /// Reads an event, or the record of CloudTrail that is its detail.
    ///
    /// # Errors
    /// It is not an EventBridge event, as a sentence.
    pub(super) fn read(payload: &'a Value) -> Result<Self, String> {
        let missing = |field| format!("it is not an EventBridge event: it has no {field}");
        let stated =
            payload.get("source").map(|source| source.as_str().ok_or_else(|| missing("source"))).transpose()?;
        let (source, detail) = match (stated, payload.get("detail")) {
            (Some(source), Some(detail)) => (source, detail),
            (Some(_), None) => return Err(missing("detail")),
            (None, detail) => {
                let record = detail.unwrap_or(payload);
                (recorded_source(record).ok_or_else(|| missing("source"))?, record)
            }
        };
        let own = [&payload["account"], &detail["recipientAccountId"]];
        let own = own.into_iter().filter_map(|account| account.as_str()?.parse().ok()).collect();
        let name = detail["eventName"].as_str().unwrap_or_default();
        Ok(Self { source, name, detail, own, id: payload["id"].as_str() })
    }

    /// The code with which the call was denied that the event records: a denied call has the same name as one that was not.
    pub(super) fn denial(&self) -> Option<String> {
        let code = self.detail.get("errorCode").filter(|code| !code.is_null() && *code != "")?;
        Some(format!("the call {:.64} was denied ({})", self.name, display(code)))
    }

    /// The event as the report shows it.
    pub(super) fn trigger(&self, account_id: Option<AccountId>) -> Trigger {
        let event_name = Some(label(self.name)).filter(|name| !name.is_empty());
        Trigger { event_id: self.id.map(label), event_name, account_id }
    }
}

/// The source of an event with this record of CloudTrail, for the services whose events are read.
fn recorded_source(record: &Value) -> Option<&'static str> {
    match record["eventSource"].as_str()? {
        "organizations.amazonaws.com" => Some("aws.organizations"),
        "controltower.amazonaws.com" => Some("aws.controltower"),
        _ => None,
    }
}

/// A value of the event in a message: short, whatever the event holds.
pub(super) fn display(value: &Value) -> String {
    match value {
        Value::Null => "missing".to_owned(),
        Value::String(text) => text.chars().take(64).collect(),
        other => other.to_string().chars().take(64).collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_read_with_what_it_states_and_a_record_alone_by_its_source() {
        let detail = json!({"eventName": "MoveAccount", "recipientAccountId": "111111111111"});
        let event = json!({"id": "1", "source": "aws.organizations", "account": "222222222222", "detail": detail});
        let read = Event::read(&event).unwrap();
        assert_eq!((read.source, read.name, read.detail), ("aws.organizations", "MoveAccount", &detail));
        let own = ["111111111111", "222222222222"].map(|id| id.parse().unwrap());
        assert_eq!(read.own, BTreeSet::from(own));
        let trigger = Trigger {
            event_id: Some("1".to_owned()),
            event_name: Some("MoveAccount".to_owned()),
            account_id: Some(own[0]),
        };
        assert_eq!(read.trigger(Some(own[0])), trigger);
        assert_eq!(Event::read(&json!({"source": "a", "detail": {}})).unwrap().trigger(None), Trigger::default());
        for (recorded, source) in [
            ("organizations.amazonaws.com", Some("aws.organizations")),
            ("controltower.amazonaws.com", Some("aws.controltower")),
            ("iam.amazonaws.com", None),
        ] {
            let record = json!({"eventSource": recorded, "eventName": "MoveAccount"});
            for payload in [record.clone(), json!({"detail": record})] {
                let read = Event::read(&payload).ok().map(|event| (event.source, event.name));
                assert_eq!(read, source.map(|source| (source, "MoveAccount")), "{payload}");
            }
        }
    }

    #[test]
    fn a_call_was_denied_if_its_record_has_a_code() {
        let denial = |code: Value| {
            let event = json!({"source": "a", "detail": {"eventName": "MoveAccount", "errorCode": code}});
            Event::read(&event).unwrap().denial()
        };
        let stated = "the call MoveAccount was denied (AccessDenied)".to_owned();
        assert_eq!(denial(json!("AccessDenied")), Some(stated));
        assert_eq!(denial(json!(7)).as_deref(), Some("the call MoveAccount was denied (7)"));
        assert_eq!((denial(json!(null)), denial(json!(""))), (None, None));
        assert_eq!(Event::read(&json!({"source": "a", "detail": {}})).unwrap().denial(), None);
    }

    #[test]
    fn a_value_is_shown_in_64_characters_at_most() {
        for (value, shown) in [
            (json!(null), "missing".to_owned()),
            (json!("ä".repeat(65)), "ä".repeat(64)),
            (json!("short"), "short".to_owned()),
            (json!({"a": 1}), "{\"a\":1}".to_owned()),
        ] {
            assert_eq!(display(&value), shown);
        }
    }
}
