//! SQS as a service: its protocol, its model and its operations.

use std::sync::LazyLock;

use crate::iam::permissions::RequiredAction;
use crate::protocol::error::AwsError;
use crate::protocol::model::definition::Model;
use crate::protocol::model::violation::Violation;
use crate::protocol::response::Body;
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::services::sqs::{operations, queues};
use crate::world::state::State;

static MODEL: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("../../../models/sqs.json")));

/// Amazon SQS.
pub(crate) struct Sqs;

impl Service for Sqs {
    fn name(&self) -> &'static str {
        "sqs"
    }

    fn protocol(&self) -> WireProtocol {
        WireProtocol::Json10
    }

    fn model(&self) -> &'static Model {
        &MODEL
    }

    fn common_errors(&self) -> &'static [&'static str] {
        &["InvalidParameterValue", "MissingParameter"]
    }

    fn invalid_input(&self, violation: &Violation) -> AwsError {
        AwsError::new("InvalidParameterValue", 400, &violation.message)
    }

    fn key_denied(&self, message: &str) -> AwsError {
        AwsError::new("KMS.AccessDeniedException", 400, message)
    }

    fn required_actions(&self, state: &State, command: &Command<'_>) -> Vec<RequiredAction> {
        if command.operation == "ListQueues" {
            return vec![RequiredAction::new("sqs:ListQueues", "*")];
        }
        let queue = queues::arn_of(command.caller, command.input);
        // A queue that does not exist is missing for everybody.
        if !state.queues.0.contains_key(&queue) && command.caller.permissions.is_none() {
            return Vec::new();
        }
        let action = command.operation.trim_end_matches("Batch");
        vec![RequiredAction::new(format!("sqs:{action}"), queue)]
    }

    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        operations::perform(state, command).map(Body::Json)
    }
}
