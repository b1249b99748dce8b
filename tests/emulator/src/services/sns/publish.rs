//! Publish.

use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::resources::topic::Notice;
use crate::world::state::State;

/// How long a message is at most, in bytes: <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>.
const LONGEST_MESSAGE: usize = 262_144;

/// What a subject has fewer characters than, by the same page.
const SUBJECT_LIMIT: usize = 100;

/// Publishes a message to a topic, which must be in the Region of the call.
pub(super) fn publish(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let text = |member: &str| input[member].as_str();
    let Some(topic) = text("TopicArn") else {
        return Err(invalid("TopicArn or TargetArn Reason: no value for required parameter"));
    };
    let parts: Vec<&str> = topic.split(':').collect();
    if !matches!(parts[..], ["arn", _, "sns", region, _, _] if region == caller.region) {
        return Err(invalid("TopicArn"));
    }
    let message = text("Message").unwrap_or_default();
    if message.is_empty() {
        return Err(invalid("Empty message"));
    }
    if message.len() > LONGEST_MESSAGE {
        return Err(invalid("Message too long"));
    }
    // What subscribers of each protocol get is in one object; all others, and the local cloud, get the default.
    // https://docs.aws.amazon.com/sns/latest/dg/sns-send-custom-platform-specific-payloads-mobile-devices.html
    let message = match text("MessageStructure") {
        None => message.to_owned(),
        Some("json") => default_text(message)?,
        Some(_) => return Err(invalid("MessageStructure")),
    };
    let subject = text("Subject");
    if subject.is_some_and(|subject| !is_subject(subject)) {
        return Err(invalid("Subject"));
    }
    if !state.topics.policies.contains_key(topic) {
        return Err(AwsError::new("NotFound", 404, "Topic does not exist"));
    }
    let notice = Notice { topic: topic.to_owned(), subject: subject.map(str::to_owned), message };
    state.topics.published.push_back(notice);
    state.changed.notify_one();
    Ok(json!({ "MessageId": state.fresh_uuid() }))
}

/// The text for protocols that the object has none for.
fn default_text(message: &str) -> Result<String, AwsError> {
    let Ok(Value::Object(texts)) = serde_json::from_str(message) else {
        return Err(invalid("Message Structure - JSON message body failed to parse"));
    };
    let default = texts.get("default").and_then(Value::as_str);
    default.map(str::to_owned).ok_or_else(|| invalid("Message Structure - No default entry in JSON message body"))
}

fn is_subject(subject: &str) -> bool {
    !subject.is_empty() && subject.chars().count() < SUBJECT_LIMIT && !subject.chars().any(char::is_control)
}

fn invalid(problem: &str) -> AwsError {
    AwsError::new("InvalidParameter", 400, format!("Invalid parameter: {problem}"))
}
