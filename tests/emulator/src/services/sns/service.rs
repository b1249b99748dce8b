//! SNS as a service: its protocol, its model and its operations.

use std::sync::LazyLock;

use crate::iam::permissions::RequiredAction;
use crate::protocol::error::AwsError;
use crate::protocol::model::definition::Model;
use crate::protocol::response::Body;
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::services::sns::publish::publish;
use crate::world::state::State;

static MODEL: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("../../../models/sns.json")));

/// Amazon Simple Notification Service.
pub(crate) struct Sns;

impl Service for Sns {
    fn name(&self) -> &'static str {
        "sns"
    }

    fn protocol(&self) -> WireProtocol {
        WireProtocol::Query
    }

    fn model(&self) -> &'static Model {
        &MODEL
    }

    fn access_denied(&self, message: &str) -> AwsError {
        AwsError::new("AuthorizationError", 403, message)
    }

    fn key_denied(&self, message: &str) -> AwsError {
        AwsError::new("KMSAccessDenied", 400, message)
    }

    fn required_actions(&self, _: &State, command: &Command<'_>) -> Vec<RequiredAction> {
        let topic = command.input["TopicArn"].as_str().unwrap_or("*");
        vec![RequiredAction::new(format!("sns:{}", command.operation), topic)]
    }

    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        match command.operation {
            "Publish" => publish(state, command.caller, command.input).map(Body::Json),
            other => Err(AwsError::not_implemented(&format!("sns:{other}"))),
        }
    }
}
