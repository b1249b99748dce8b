//! ChangeMessageVisibility: when a message that was received can be received again.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html>

use chrono::TimeDelta;
use serde_json::Value;

use crate::protocol::error::AwsError;
use crate::services::sqs::errors::{bad_handle, error, invalid_value};
use crate::world::state::State;

/// The longest time from a message's receipt to the end of its visibility timeout, in seconds.
pub(super) const LONGEST: i64 = 43_200;

/// Changes the visibility timeout of one message.
pub(super) fn change(state: &mut State, arn: &str, input: &Value) -> Result<(), AwsError> {
    let now = state.now();
    let seconds = input["VisibilityTimeout"].as_i64().filter(|seconds| (0..=LONGEST).contains(seconds));
    let seconds = seconds.ok_or_else(|| invalid_value("VisibilityTimeout must be from 0 to 43200"))?;
    let message = state.queues.received(arn, input["ReceiptHandle"].as_str().unwrap_or_default());
    let message = message.ok_or_else(bad_handle)?;
    if message.visible <= now {
        let text = "The message is not in flight: its visibility timeout is over.";
        return Err(error("MessageNotInflight", text));
    }
    let until = now + TimeDelta::seconds(seconds);
    if message.last_received.is_some_and(|received| until - received > TimeDelta::seconds(LONGEST)) {
        return Err(invalid_value("Total VisibilityTimeout for the message is beyond the limit [43200 seconds]"));
    }
    message.visible = until;
    state.changed.notify_one();
    Ok(())
}
