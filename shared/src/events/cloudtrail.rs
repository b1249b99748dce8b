//! What the events have in common.

use serde::Serialize;
use serde_json::Value;

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

/// The one account that an event names, wherever it does so.
pub(super) fn only_account(detail: &Value) -> Result<AccountId, String> {
    let mut found = Vec::new();
    for part in ["serviceEventDetails", "requestParameters", "responseElements"] {
        collect_account_ids(&detail[part], &mut found);
    }
    found.dedup();
    match found[..] {
        [only] => Ok(only),
        [] => Err("it names no account".to_owned()),
        _ => Err("it names more than one account".to_owned()),
    }
}

pub(super) fn id(value: &Value) -> Result<AccountId, String> {
    match value.as_str() {
        None => Err("it names no account".to_owned()),
        Some(text) => text.parse().map_err(|error| format!("{error}")),
    }
}

fn collect_account_ids(value: &Value, found: &mut Vec<AccountId>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value.as_str() {
                    Some(text) if key == "accountId" => found.extend(text.parse::<AccountId>().ok()),
                    _ => collect_account_ids(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_account_ids(item, found)),
        _ => {}
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
