//! PutEvents.

use chrono::DateTime;
use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::items;
use crate::protocol::time::iso_seconds;
use crate::services::events::bus;
use crate::world::state::State;

/// Puts events on the caller's own buses and, by their ARN, on those of others.
pub(crate) fn put_events(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    if items(input, "Entries").map(size).sum::<usize>() >= state.event_entry_bytes {
        let message = "Total size of the entries in the request is over the limit.";
        return Err(AwsError::new("ValidationException", 400, message));
    }
    let mut answers = Vec::new();
    let mut failed = 0;
    for entry in items(input, "Entries") {
        let text = |member: &str| entry[member].as_str().unwrap_or_default();
        let detail: Option<Value> = serde_json::from_str(text("Detail")).ok().filter(Value::is_object);
        let problem = match &detail {
            _ if text("Source").is_empty() => {
                Some(("InvalidArgument", "Parameter Source is not valid. Reason: Source is a required argument."))
            }
            // Only AWS's own services have sources that begin with `aws.`.
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
        let time = entry["Time"].as_f64().and_then(|seconds| DateTime::from_timestamp(seconds as i64, 0));
        let time = iso_seconds(time.unwrap_or_else(|| state.now()));
        let event = json!({
            "version": "0", "id": id, "detail-type": text("DetailType"), "source": text("Source"), "account": caller.account,
            "time": time, "region": caller.region, "resources": entry.get("Resources").cloned().unwrap_or_else(|| json!([])),
            "detail": detail,
        });
        let (account, region, bus) = bus::named(caller, entry["EventBusName"].as_str());
        state.put_event(&account, &region, &bus, event);
        answers.push(json!({"EventId": id}));
    }
    Ok(json!({"FailedEntryCount": failed, "Entries": answers}))
}

/// The bytes of an entry: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html>.
fn size(entry: &Value) -> usize {
    let time = if entry["Time"].is_null() { 0 } else { 14 };
    let texts = ["Source", "DetailType", "Detail"].map(|member| entry[member].as_str().unwrap_or_default().len());
    let resources = items(entry, "Resources").filter_map(Value::as_str).map(str::len);
    time + texts.into_iter().chain(resources).sum::<usize>()
}
