//! CloudFormation as a service: its protocol, its model and its operations.

use std::sync::LazyLock;

use crate::iam::permissions::RequiredAction;
use crate::protocol::error::AwsError;
use crate::protocol::model::definition::Model;
use crate::protocol::response::Body;
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::services::cloudformation::stacks;
use crate::world::state::State;

static MODEL: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("../../../models/cloudformation.json")));

/// AWS CloudFormation.
pub(crate) struct CloudFormation;

impl Service for CloudFormation {
    fn name(&self) -> &'static str {
        "cloudformation"
    }

    fn protocol(&self) -> WireProtocol {
        WireProtocol::Query
    }

    fn model(&self) -> &'static Model {
        &MODEL
    }

    fn access_denied(&self, message: &str) -> AwsError {
        AwsError::new("AccessDenied", 403, message)
    }

    fn common_errors(&self) -> &'static [&'static str] {
        &["ValidationError"]
    }

    fn required_actions(&self, _: &State, command: &Command<'_>) -> Vec<RequiredAction> {
        vec![stacks::required(command)]
    }

    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        let answer = match command.operation {
            "DescribeStacks" => stacks::describe(state, command.caller, command.input),
            other => Err(AwsError::not_implemented(&format!("cloudformation:{other}"))),
        };
        answer.map(Body::Json)
    }
}
