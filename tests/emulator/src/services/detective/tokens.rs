//! Tokens of pages. A token is for its caller, its operation and the arguments that it was returned for.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::protocol::error::AwsError;
use crate::protocol::service::Command;
use crate::resources::id::hex;

/// Operations whose tokens end:
/// <https://docs.aws.amazon.com/detective/latest/APIReference/API_ListInvestigations.html>.
const THAT_END: [&str; 2] = ["ListIndicators", "ListInvestigations"];
/// How long they are good for.
const LIFETIME: TimeDelta = TimeDelta::hours(24);

/// What a token is for: who called which operation with which arguments.
fn purpose(command: &Command<'_>) -> String {
    let mut arguments = command.input.clone();
    if let Some(members) = arguments.as_object_mut() {
        members.remove("NextToken");
        // AWS does not document whether pages of one list can differ in size. Here they can.
        members.remove("MaxResults");
    }
    let caller = command.caller;
    hex(&format!("{}/{}/{}/{arguments}", command.operation, caller.account, caller.region), 16)
}

/// The input with the token that the operation itself made.
pub(super) fn open(command: &Command<'_>, now: DateTime<Utc>) -> Result<Value, AwsError> {
    let mut input = command.input.clone();
    if let Some(token) = input["NextToken"].as_str() {
        let inner = inner(token, command, now);
        let message = "The NextToken is not one that this operation returned for these arguments, or it has expired";
        input["NextToken"] = inner.ok_or_else(|| AwsError::validation(message))?.into();
    }
    Ok(input)
}

fn inner(token: &str, command: &Command<'_>, now: DateTime<Utc>) -> Option<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (purpose_of_token, rest) = text.split_once('.')?;
    let (made, inner) = rest.split_once('.')?;
    let made = DateTime::from_timestamp(made.parse().ok()?, 0)?;
    let is_over = THAT_END.contains(&command.operation) && now - made >= LIFETIME;
    (purpose_of_token == purpose(command) && !is_over).then(|| inner.to_owned())
}

/// Makes the token in an answer good for its purpose alone.
pub(super) fn seal(command: &Command<'_>, answer: &mut Value, now: DateTime<Utc>) {
    if let Some(inner) = answer["NextToken"].as_str() {
        let text = format!("{}.{}.{inner}", purpose(command), now.timestamp());
        answer["NextToken"] = URL_SAFE_NO_PAD.encode(text).into();
    }
}
