//! Errors that several operations have.

use crate::protocol::error::AwsError;

/// The error for an input that the model allows and CloudWatch Logs does not.
pub(super) fn invalid(message: &str) -> AwsError {
    AwsError::new("InvalidParameterException", 400, message)
}

/// The error for a query that is none.
pub(super) fn malformed(message: &str) -> AwsError {
    AwsError::new("MalformedQueryException", 400, message)
}

/// The error for a part of Logs Insights' query language that is not emulated.
pub(super) fn not_in_queries(what: &str) -> AwsError {
    AwsError::not_implemented(&format!("logs:StartQuery with {what}"))
}
