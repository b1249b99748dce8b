//! Errors, as SQS names them.

use crate::protocol::error::AwsError;

/// An error of SQS: the model's name, with the model's namespace.
pub(super) fn error(code: &str, message: impl Into<String>) -> AwsError {
    AwsError::new(&format!("com.amazonaws.sqs#{code}"), 400, message)
}

/// A parameter with a value that SQS does not take.
pub(super) fn invalid_value(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidParameterValue", 400, message)
}

/// A number that is outside its limits; SQS's reason states them.
pub(super) fn outside(name: &str, value: i64, reason: &str) -> AwsError {
    invalid_value(format!("Value {value} for parameter {name} is invalid. Reason: {reason}"))
}

pub(super) fn missing_queue() -> AwsError {
    error("QueueDoesNotExist", "The specified queue does not exist.")
}

pub(super) fn bad_handle() -> AwsError {
    error("ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
}
