//! The events that reach EventBridge: what CloudTrail tells of Organizations, and what PutEvents puts.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::world::state::State;

/// Organizations events come to the management account's default bus in us-east-1 only.
const REGION: &str = "us-east-1";

/// An event of the service itself, such as the result of a request.
pub(crate) fn service_event(state: &mut State, name: &str, details: &Value) {
    let Some(management) = state.organization.as_ref().map(|organization| organization.management.clone()) else {
        return;
    };
    let detail = json!({
        "eventVersion": "1.11",
        "userIdentity": {"accountId": management, "invokedBy": "organizations.amazonaws.com"},
        "eventSource": "organizations.amazonaws.com", "eventName": name, "awsRegion": REGION,
        "sourceIPAddress": "organizations.amazonaws.com", "userAgent": "organizations.amazonaws.com",
        "requestParameters": null, "responseElements": null, "eventID": state.fresh_uuid(), "readOnly": false,
        "eventType": "AwsServiceEvent", "managementEvent": true, "recipientAccountId": management,
        "serviceEventDetails": details, "eventCategory": "Management",
    });
    put(state, &management, "AWS Service Event via CloudTrail", detail);
}

/// An event of a call that somebody made.
pub(crate) fn call_event(state: &mut State, caller: &Caller, name: &str, request: &Value, response: &Value) {
    let Some(management) = state.organization.as_ref().map(|organization| organization.management.clone()) else {
        return;
    };
    let detail = json!({
        "eventVersion": "1.08",
        "userIdentity": {"type": identity_type(&caller.arn), "principalId": caller.user_id, "arn": caller.arn, "accountId": caller.account},
        "eventSource": "organizations.amazonaws.com", "eventName": name, "awsRegion": REGION,
        "sourceIPAddress": "192.0.2.10", "userAgent": "emulated", "requestParameters": request,
        "responseElements": response, "requestID": state.fresh_uuid(), "eventID": state.fresh_uuid(), "readOnly": false,
        "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": caller.account,
        "eventCategory": "Management",
    });
    put(state, &management, "AWS API Call via CloudTrail", detail);
}

fn identity_type(arn: &str) -> &'static str {
    if arn.contains(":assumed-role/") { "AssumedRole" } else { "IAMUser" }
}

fn put(state: &mut State, account: &str, detail_type: &str, mut detail: Value) {
    let time = state.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    detail["eventTime"] = json!(time);
    let event = json!({
        "version": "0", "id": state.fresh_uuid(), "detail-type": detail_type, "source": "aws.organizations",
        "account": account, "time": time, "region": REGION, "resources": [], "detail": detail,
    });
    state.put(account, REGION, "default", event);
}

/// A time as CloudTrail writes it inside Organizations events: for people to read, not for programs.
pub(crate) fn prose(time: DateTime<Utc>) -> String {
    time.format("%b %-d, %Y %-I:%M:%S %p").to_string()
}

/// The bus that a name or an ARN stands for: account, Region and name.
pub(crate) fn bus(caller: &Caller, wanted: Option<&str>) -> (String, String, String) {
    let own = |name: &str| (caller.account.clone(), caller.region.clone(), name.to_owned());
    let Some(wanted) = wanted else { return own("default") };
    match wanted.split(':').collect::<Vec<_>>()[..] {
        ["arn", _, "events", region, account, resource] => {
            let name = resource.trim_start_matches("event-bus/");
            (account.to_owned(), region.to_owned(), name.to_owned())
        }
        _ => own(wanted),
    }
}

/// EventBridge's PutEvents, on the caller's own buses and, by their ARN, on those of others: their policies are not
/// asked here.
pub(crate) fn put_events(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let entries = input["Entries"].as_array().map_or(&[][..], Vec::as_slice);
    let mut answers = Vec::new();
    let mut failed = 0;
    for entry in entries {
        let text = |member: &str| entry[member].as_str().unwrap_or_default();
        let detail: Option<Value> = serde_json::from_str(text("Detail")).ok().filter(Value::is_object);
        let problem = match &detail {
            _ if text("Source").is_empty() => {
                Some(("InvalidArgument", "Parameter Source is not valid. Reason: Source is a required argument."))
            }
            // Sources of AWS's own cannot be made up.
            _ if text("Source").starts_with("aws.") => {
                Some(("NotAuthorizedForSourceException", "Not authorized for the source."))
            }
            _ if text("DetailType").is_empty() => Some((
                "InvalidArgument",
                "Parameter DetailType is not valid. Reason: DetailType is a required argument.",
            )),
            None => Some(("MalformedDetail", "Detail is malformed.")),
            Some(_) => None,
        };
        if let Some((code, message)) = problem {
            failed += 1;
            answers.push(json!({"ErrorCode": code, "ErrorMessage": message}));
            continue;
        }
        let id = state.fresh_uuid();
        let time = state.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let event = json!({
            "version": "0", "id": id, "detail-type": text("DetailType"), "source": text("Source"), "account": caller.account,
            "time": time, "region": caller.region, "resources": entry.get("Resources").cloned().unwrap_or_else(|| json!([])),
            "detail": detail,
        });
        let (account, region, bus) = bus(caller, entry["EventBusName"].as_str());
        state.put(&account, &region, &bus, event);
        answers.push(json!({"EventId": id}));
    }
    Ok(json!({"FailedEntryCount": failed, "Entries": answers}))
}
