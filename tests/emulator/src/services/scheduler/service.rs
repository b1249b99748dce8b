//! EventBridge Scheduler as a service: its protocol, its model and its operations.

use std::sync::LazyLock;

use crate::iam::permissions::RequiredAction;
use crate::protocol::error::AwsError;
use crate::protocol::model::definition::Model;
use crate::protocol::response::Body;
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::services::scheduler::schedules;
use crate::world::state::State;

static MODEL: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("../../../models/scheduler.json")));

/// Amazon EventBridge Scheduler.
pub(crate) struct Scheduler;

impl Service for Scheduler {
    fn name(&self) -> &'static str {
        "scheduler"
    }

    fn protocol(&self) -> WireProtocol {
        WireProtocol::RestJson
    }

    fn model(&self) -> &'static Model {
        &MODEL
    }

    fn message_member(&self) -> &'static str {
        "Message"
    }

    fn required_actions(&self, _: &State, command: &Command<'_>) -> Vec<RequiredAction> {
        vec![schedules::required(command)]
    }

    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        let answer = match command.operation {
            "GetSchedule" => schedules::get(state, command.caller, command.input),
            "ListSchedules" => schedules::list(state, command.caller, command.input),
            other => Err(AwsError::not_implemented(&format!("scheduler:{other}"))),
        };
        answer.map(Body::Json)
    }
}
