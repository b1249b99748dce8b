//! The checks on untrusted input: the parsers neither panic nor name an account that the input does not name in the
//! documented place.
//!
//! The places are repeated here from AWS's documentation, independently of the parsers.

use std::collections::BTreeSet;

use detective_onboarding::events::arrival::Request;
use detective_onboarding::events::{arrival, departure};
use detective_onboarding::lambda::continuation::Continuation;
use detective_onboarding::lambda::invocation::{Cause, Invocation};
use detective_onboarding::model::policy::{Policy, Scope, Traits};
use detective_onboarding::model::time::parse_time;
use detective_onboarding::plan::offboard::Recorded;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Number, Value};

/// Checks a parser on an input. Returns whether the parser accepted it, and panics if a check fails.
pub type Entry = fn(&[u8]) -> bool;

/// The entries by name. A fuzz target and a folder of the corpus have the same name.
pub const ENTRIES: [(&str, Entry); 4] =
    [("arrival", arrival), ("departure", departure), ("policy", policy), ("invocation", invocation)];

/// The payload of account-onboarder.
pub fn arrival(data: &[u8]) -> bool {
    let Ok(payload) = serde_json::from_slice::<Value>(data) else { return false };
    let (trigger, request) = arrival::read(&payload);
    match request {
        Request::Enroll(id, _) => {
            assert_eq!(trigger.account_id, Some(id));
            assert_eq!(places(&payload, JOINED), BTreeSet::from([id.to_string()]), "{payload}");
            assert!(is_done(&payload), "the call was denied: {payload}");
            true
        }
        Request::Reconcile(reason) | Request::Nothing(reason) => {
            assert_eq!(trigger.account_id, None);
            assert!(!reason.is_empty() && reason.len() < 4096, "a reason of {} bytes", reason.len());
            false
        }
    }
}

/// The body of a message in the queue of departures.
pub fn departure(data: &[u8]) -> bool {
    let body = String::from_utf8_lossy(data);
    let Ok((trigger, departure)) = departure::read(&body) else { return false };
    let payload: Value = serde_json::from_str(&body).expect("a departure is JSON");
    assert_eq!(trigger.account_id, Some(departure.account));
    assert_eq!(places(&payload, LEFT), BTreeSet::from([departure.account.to_string()]), "{payload}");
    assert!(is_done(&payload), "the call was denied: {payload}");
    // Whatever its time, a grace period can be counted from it and be reported.
    let time = departure.time.or_else(|| parse_time("2026-01-05T09:00:00Z")).expect("it is a time");
    let verdict = Recorded::at(time, departure.time).verdict_without_asking(time, 240 * 3600);
    format!("{verdict:?}").contains("GracePeriod")
}

/// A coverage policy.
pub fn policy(data: &[u8]) -> bool {
    let text = String::from_utf8_lossy(data);
    let Ok(policy) = text.parse::<Policy>() else { return false };
    let written: Value = serde_json::from_str(&text).expect("a policy is JSON");
    let named = |list: &str, id: &str| {
        written[list].as_array().is_some_and(|rules| rules.iter().any(|rule| rule["account"] == id))
    };
    for id in ["000000000000", "333333333333", "444444444444", "999999999999"] {
        let scope = policy.scope(id.parse().expect("twelve digits"), &Traits::default());
        // An account without OUs and tags is selected by its id alone.
        let includes = written["include"].as_array().is_some_and(|rules| !rules.is_empty());
        let expected = match (named("exclude", id), includes && !named("include", id)) {
            (true, _) => "excluded",
            (false, true) => "not included",
            (false, false) => "in scope",
        };
        let scope = match scope {
            Scope::Excluded => "excluded",
            Scope::NotIncluded => "not included",
            Scope::In { .. } => "in scope",
        };
        assert_eq!(scope, expected, "{id}, {text}");
    }
    true
}

/// The payload of any function.
pub fn invocation(data: &[u8]) -> bool {
    let Ok(payload) = serde_json::from_slice::<Value>(data) else { return false };
    let invocation = Invocation::new(LambdaEvent { payload: payload.clone(), context: Context::default() });
    let messages = match invocation.cause {
        Cause::Schedule => {
            assert!(payload["Records"].is_null() || payload.get("scheduledTime").is_some(), "{payload}");
            return false;
        }
        Cause::Event(event) => {
            assert_eq!(event, payload);
            return false;
        }
        Cause::Messages(messages) => messages,
    };
    let records = payload["Records"].as_array().expect("continuations are a list of records");
    assert_eq!(messages.len(), records.len(), "{payload}");
    let mut is_accepted = false;
    for (message, record) in messages.into_iter().zip(records) {
        assert!(message.id.is_empty() || record["messageId"] == message.id.as_str(), "{payload}");
        let body: Value = serde_json::from_str(record["body"].as_str().unwrap_or_default()).unwrap_or_default();
        if let Ok(continuation) = Continuation::of(&message) {
            assert_eq!(body["region"], continuation.region.as_str(), "{payload}");
            assert_eq!(body["correlation"], continuation.run.correlation.as_str(), "{payload}");
            is_accepted = true;
        }
    }
    is_accepted
}

/// Source and name of an event, and where in its detail the account is; `*` stands for every item of a list. No places stand
/// for all of the details that are not about the call, but for the accounts that the event was recorded in: AWS has not
/// published the place.
type Places = &'static [(&'static str, &'static str, &'static [&'static str])];

const JOINED: Places = &[
    ("aws.organizations", "CreateAccountResult", &["serviceEventDetails/createAccountStatus/accountId"]),
    ("aws.controltower", "CreateManagedAccount", &["serviceEventDetails/createManagedAccountStatus/account/accountId"]),
    ("aws.organizations", "AcceptHandshake", &["responseElements/handshake/parties/*/id"]),
    ("aws.organizations", "MoveAccount", &["requestParameters/accountId"]),
    ("aws.organizations", "TagResource", &["requestParameters/resourceId"]),
    ("aws.organizations", "UntagResource", &["requestParameters/resourceId"]),
    ("aws.organizations", "AccountJoinedOrganization", ANYWHERE),
];

const LEFT: Places = &[
    ("aws.organizations", "CloseAccountResult", &["serviceEventDetails/closeAccountStatus/accountId"]),
    ("aws.organizations", "RemoveAccountFromOrganization", &["requestParameters/accountId"]),
    ("aws.organizations", "LeaveOrganization", &["userIdentity/accountId"]),
    ("aws.organizations", "AccountDepartedOrganization", ANYWHERE),
    ("detective-onboarding", "MemberDepartureDetected", &["accountId"]),
];

const ANYWHERE: &[&str] = &[];

/// The source of an event and its detail. What names no source is CloudTrail's record, in an envelope or alone.
fn source_and_detail(payload: &Value) -> (&str, &Value) {
    let detail = payload.get("detail").unwrap_or(payload);
    let recorded = match detail["eventSource"].as_str() {
        Some("organizations.amazonaws.com") => "aws.organizations",
        Some("controltower.amazonaws.com") => "aws.controltower",
        _ => "",
    };
    (payload.get("source").map_or(recorded, |source| source.as_str().unwrap_or_default()), detail)
}

/// Whether a call was not denied.
fn is_done(payload: &Value) -> bool {
    let error = &source_and_detail(payload).1["errorCode"];
    error.is_null() || *error == ""
}

/// The account ids in the documented places of an event.
fn places(payload: &Value, documented: Places) -> BTreeSet<String> {
    let (stated, detail) = source_and_detail(payload);
    let mut ids = BTreeSet::new();
    for (source, name, paths) in documented {
        if stated == *source && detail["eventName"] == *name {
            paths.iter().for_each(|path| collect(detail, path, &mut ids));
            if paths.is_empty() {
                let about = detail.as_object().into_iter().flatten().filter(|(key, _)| {
                    !["userIdentity", "recipientAccountId", "vpcEndpointAccountId"].contains(&key.as_str())
                });
                about.for_each(|(key, value)| collect_anywhere(key, value, &mut ids));
                ids.retain(|id| payload["account"] != *id && detail["recipientAccountId"] != *id);
            }
        }
    }
    ids
}

/// Adds the account ids that a path leads to.
fn collect(value: &Value, path: &str, ids: &mut BTreeSet<String>) {
    let (step, next) = path.split_once('/').unwrap_or((path, ""));
    match (step, value) {
        ("", value) => ids.extend(account(value)),
        // Of the parties of a handshake, the first account is the one that joins.
        ("*", Value::Array(items)) => {
            let account = items.iter().find(|item| item["type"] == "ACCOUNT");
            account.into_iter().for_each(|item| collect(item, next, ids));
        }
        (_, Value::Object(members)) => {
            members.get(step).into_iter().for_each(|value| collect(value, next, ids));
        }
        _ => {}
    }
}

/// Adds all account ids in a value that has a key.
fn collect_anywhere(key: &str, value: &Value, ids: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| {
            ids.extend(Some(key.clone()).filter(|key| is_id(key)));
            collect_anywhere(key, value, ids);
        }),
        Value::Array(items) => items.iter().for_each(|item| collect_anywhere(key, item, ids)),
        // Fewer digits are an id that lost its leading zeros, where the key is that of one.
        Value::Number(number) if digits(number).len() < 12 && !key.to_lowercase().ends_with("accountid") => {}
        one => ids.extend(account(one)),
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number as it is written, without a fraction that is zero.
fn digits(number: &Number) -> String {
    number.to_string().trim_end_matches(".0").to_owned()
}

/// The account id that a text, a number, or the ARN of an account of an organization is.
fn account(value: &Value) -> Option<String> {
    let id = match value {
        Value::String(text) => match text.split(':').collect::<Vec<_>>()[..] {
            ["arn", _, "organizations", _, _, resource] => match resource.split('/').collect::<Vec<_>>()[..] {
                ["account", _, id] => id.to_owned(),
                _ => return None,
            },
            _ => text.clone(),
        },
        Value::Number(number) => format!("{:0>12}", digits(number)),
        _ => return None,
    };
    is_id(&id).then_some(id)
}
