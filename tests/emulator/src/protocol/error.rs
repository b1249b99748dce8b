//! Errors of AWS.

use serde_json::{Map, Value};

/// An error: AWS's code, its HTTP status and its body's members.
#[derive(Debug, Clone)]
pub(crate) struct AwsError {
    pub(crate) code: String,
    /// The HTTP status, for errors that no model has.
    pub(crate) status: u16,
    pub(crate) message: String,
    /// Members of the body beside the message.
    pub(crate) members: Map<String, Value>,
}

impl AwsError {
    /// An error with a status that holds where the service's model has no such error.
    pub(crate) fn new(code: &str, status: u16, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), status, message: message.into(), members: Map::new() }
    }

    /// The same with one more member in the body.
    pub(crate) fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.insert(member.to_owned(), value.into());
        self
    }

    /// Not allowed for this caller.
    pub(crate) fn access_denied(message: impl Into<String>) -> Self {
        Self::new("AccessDeniedException", 403, message)
    }

    /// An action that the state does not allow.
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new("ConflictException", 409, message)
    }

    /// Something that does not exist, or that is hidden from the caller.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new("ResourceNotFoundException", 404, message)
    }

    /// Input that the model allows and the operation does not.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        let message = message.into();
        Self::new("ValidationException", 400, message.clone())
            .with("ErrorCode", "INVALID_REQUEST_BODY")
            .with("ErrorCodeReason", message)
    }

    /// A graph that the operation is not for.
    pub(crate) fn invalid_graph(message: impl Into<String>) -> Self {
        Self::validation(message).with("ErrorCode", "INVALID_GRAPH_ARN")
    }

    /// A graph without capacity.
    pub(crate) fn quota(message: impl Into<String>, resource: &str) -> Self {
        Self::new("ServiceQuotaExceededException", 402, message).with("Resources", vec![resource])
    }

    /// An operation or service that exists at AWS and not here.
    pub(crate) fn not_implemented(what: &str) -> Self {
        Self::new("NotImplemented", 501, format!("{what} is not emulated"))
    }
}
