//! ChangeMessageVisibility: when a message that was received can be received again.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html>

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::protocol::error::AwsError;
use crate::world::state::State;

/// The longest time from a message's receipt to the end of its visibility timeout, in seconds.
const LONGEST: i64 = 43_200;

/// Changes the visibility timeout of one message.
pub(super) fn change(state: &mut State, arn: &str, input: &Value) -> Result<(), AwsError> {
    let now = state.now();
    let seconds = input["VisibilityTimeout"].as_i64().filter(|seconds| (0..=LONGEST).contains(seconds));
    let seconds = seconds.ok_or_else(|| invalid("VisibilityTimeout must be from 0 to 43200"))?;
    let message = state.queues.received(arn, input["ReceiptHandle"].as_str().unwrap_or_default());
    let message = message.ok_or_else(|| {
        let text = "The input receipt handle is invalid.";
        AwsError::new("com.amazonaws.sqs#ReceiptHandleIsInvalid", 400, text)
    })?;
    if message.visible <= now {
        let text = "The message is not in flight: its visibility timeout is over.";
        return Err(AwsError::new("com.amazonaws.sqs#MessageNotInflight", 400, text));
    }
    let until = now + TimeDelta::seconds(seconds);
    if message.last_received.is_some_and(|received| until - received > TimeDelta::seconds(LONGEST)) {
        return Err(invalid("Total VisibilityTimeout for the message is beyond the limit [43200 seconds]"));
    }
    message.visible = until;
    state.changed.notify_one();
    Ok(())
}

/// Changes the visibility timeouts of some messages. One that cannot be changed stops no other.
pub(super) fn change_batch(state: &mut State, arn: &str, entries: &[Value]) -> Result<Value, AwsError> {
    let (mut changed, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        match change(state, arn, entry) {
            Ok(()) => changed.push(json!({"Id": entry["Id"]})),
            Err(AwsError { code, message, .. }) => {
                let code = code.rsplit('#').next().unwrap_or_default();
                failed.push(json!({"Id": entry["Id"], "SenderFault": true, "Code": code, "Message": message}));
            }
        }
    }
    Ok(json!({"Successful": changed, "Failed": failed}))
}

fn invalid(message: &str) -> AwsError {
    AwsError::new("InvalidParameterValue", 400, message)
}
