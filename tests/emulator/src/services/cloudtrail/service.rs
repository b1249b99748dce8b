//! CloudTrail as a service: its protocol, its model and its operations.

use std::sync::LazyLock;

use crate::iam::permissions::RequiredAction;
use crate::protocol::error::AwsError;
use crate::protocol::model::definition::Model;
use crate::protocol::response::Body;
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::services::cloudtrail::trails;
use crate::world::state::State;

static MODEL: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("../../../models/cloudtrail.json")));

/// AWS CloudTrail.
pub(crate) struct CloudTrail;

impl Service for CloudTrail {
    fn name(&self) -> &'static str {
        "cloudtrail"
    }

    fn protocol(&self) -> WireProtocol {
        WireProtocol::Json11
    }

    fn model(&self) -> &'static Model {
        &MODEL
    }

    fn required_actions(&self, _: &State, command: &Command<'_>) -> Vec<RequiredAction> {
        vec![RequiredAction::new(format!("cloudtrail:{}", command.operation), "*")]
    }

    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        let (caller, input) = (command.caller, command.input);
        let answer = match command.operation {
            "DescribeTrails" => Ok(trails::describe(state, caller, input)),
            "GetEventSelectors" => trails::selectors(state, caller, input),
            "GetTrailStatus" => trails::status(state, caller, input),
            other => Err(AwsError::not_implemented(&format!("cloudtrail:{other}"))),
        };
        answer.map(Body::Json)
    }
}
