//! SQS as a service: its protocol and its operations.

use http::request::Parts;

use crate::iam::permissions::RequiredAction;
use crate::protocol::error::AwsError;
use crate::protocol::request::{Request, UnknownOperation};
use crate::protocol::response::Body;
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::services::sqs::operations;
use crate::world::state::State;

/// Amazon SQS.
pub(crate) struct Sqs;

impl Service for Sqs {
    fn name(&self) -> &'static str {
        "sqs"
    }

    fn protocol(&self) -> WireProtocol {
        WireProtocol::Json10
    }

    fn read(&self, parts: &Parts, body: &[u8]) -> Result<Request, UnknownOperation> {
        Ok(Request::json(parts, body))
    }

    fn required_actions(&self, _: &State, command: &Command<'_>) -> Vec<RequiredAction> {
        let action = command.operation.trim_end_matches("Batch");
        let resource = operations::arn_of(command.caller, command.input);
        vec![RequiredAction::new(format!("sqs:{action}"), resource)]
    }

    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        operations::perform(state, command).map(Body::Json)
    }
}
