//! Batches: several messages in one call, of which some may fail.
//!
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-batch-api-actions.html>

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::protocol::error::AwsError;
use crate::services::sqs::errors::error;

/// The most entries.
const MOST: usize = 10;

/// The largest batch of messages, in bytes.
const LARGEST: usize = 1024 * 1024;

/// The entries of a batch.
pub(super) fn entries(input: &Value) -> Result<&[Value], AwsError> {
    let entries = input["Entries"].as_array().map_or(&[][..], Vec::as_slice);
    if entries.is_empty() {
        let message = "There should be at least one entry in the request.";
        return Err(error("EmptyBatchRequest", message));
    }
    if entries.len() > MOST {
        let message = format!("Maximum number of entries per request are {MOST}. You have sent {}.", entries.len());
        return Err(error("TooManyEntriesInBatchRequest", message));
    }
    let mut seen = BTreeSet::new();
    for entry in entries {
        let id = entry["Id"].as_str().unwrap_or_default();
        let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        if id.is_empty() || id.len() > 80 || !id.chars().all(is_allowed) {
            let message = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most \
                80 letters long.";
            return Err(error("InvalidBatchEntryId", message));
        }
        if !seen.insert(id) {
            return Err(error("BatchEntryIdsNotDistinct", format!("Id {id} repeated.")));
        }
    }
    Ok(entries)
}

/// A batch of messages may be as large as one message.
pub(super) fn check_size(bytes: usize) -> Result<(), AwsError> {
    if bytes <= LARGEST {
        return Ok(());
    }
    let message = format!("Batch requests cannot be longer than {LARGEST} bytes. You have sent {bytes} bytes.");
    Err(error("BatchRequestTooLong", message))
}

/// The answer to a batch. An entry that fails stops no other.
pub(super) fn each(entries: &[Value], mut perform: impl FnMut(&Value) -> Result<Value, AwsError>) -> Value {
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        match perform(entry) {
            Ok(mut answer) => {
                answer["Id"] = entry["Id"].clone();
                done.push(answer);
            }
            Err(AwsError { code, message, .. }) => {
                let code = code.rsplit('#').next().unwrap_or_default();
                failed.push(json!({"Id": entry["Id"], "SenderFault": true, "Code": code, "Message": message}));
            }
        }
    }
    json!({"Successful": done, "Failed": failed})
}
