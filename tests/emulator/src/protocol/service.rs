//! What every service of AWS has: its name, its protocol, its operations.

use chrono::TimeDelta;
use serde_json::Value;

use crate::iam::permissions::RequiredAction;
use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::model::definition::Model;
use crate::protocol::model::violation::Violation;
use crate::protocol::response::Body;
use crate::protocol::wire_protocol::WireProtocol;
use crate::world::state::State;

/// An operation, who calls it and with what.
#[derive(Debug)]
pub(crate) struct Command<'a> {
    pub(crate) caller: &'a Caller,
    /// The operation, as AWS names it.
    pub(crate) operation: &'a str,
    /// The input; null if it could not be read.
    pub(crate) input: &'a Value,
    /// The body, for operations whose input is not all in `input`.
    pub(crate) payload: &'a [u8],
    /// X-Ray's trace header.
    pub(crate) trace: Option<&'a str>,
    /// How long reads do not show what it writes to members of behavior graphs.
    pub(crate) visibility: TimeDelta,
}

/// A service of AWS.
pub(crate) trait Service: Sync {
    /// The name that its requests are signed for.
    fn name(&self) -> &'static str;

    fn protocol(&self) -> WireProtocol;

    /// The model, by which requests are read, and inputs and answers are checked.
    fn model(&self) -> &'static Model;

    /// The errors that every operation can answer beside those that the model gives it.
    fn common_errors(&self) -> &'static [&'static str] {
        &[]
    }

    /// The member of an error's body that its message is in: by the model; where it leaves it out, as services of that
    /// protocol do.
    fn message_member(&self) -> &'static str {
        "message"
    }

    /// The error for an input that is invalid by the model or the protocol.
    fn invalid_input(&self, violation: &Violation) -> AwsError {
        let code = if self.protocol() == WireProtocol::Query { "ValidationError" } else { "ValidationException" };
        AwsError::new(code, 400, &violation.message)
    }

    /// The error for a call that the caller's policies do not allow.
    fn access_denied(&self, message: &str) -> AwsError {
        AwsError::access_denied(message)
    }

    /// The error for a call for which the caller may not use the key of what it is on.
    fn key_denied(&self, message: &str) -> AwsError {
        self.access_denied(message)
    }

    /// Checks what the world holds of the service: whether its answers can have the form that the model gives them. Only the
    /// world of a scenario may fail.
    ///
    /// # Errors
    /// A sentence that names what does not fit, without email addresses.
    fn check_world(&self, _state: &State) -> Result<(), String> {
        Ok(())
    }

    /// What a call requires its caller to be allowed, by AWS's Service Authorization Reference:
    /// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html>.
    fn required_actions(&self, state: &State, command: &Command<'_>) -> Vec<RequiredAction>;

    /// Performs an operation. Its input is valid by the model.
    ///
    /// # Errors
    /// What AWS answers, or 501 for an operation that is not emulated.
    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError>;
}
