//! Systems Manager as a service: its protocol, its model and its operations.

use std::sync::LazyLock;

use crate::iam::permissions::RequiredAction;
use crate::protocol::error::AwsError;
use crate::protocol::model::definition::Model;
use crate::protocol::response::Body;
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::services::ssm::parameters;
use crate::world::state::State;

static MODEL: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("../../../models/ssm.json")));

/// AWS Systems Manager.
pub(crate) struct SystemsManager;

impl Service for SystemsManager {
    fn name(&self) -> &'static str {
        "ssm"
    }

    fn protocol(&self) -> WireProtocol {
        WireProtocol::Json11
    }

    fn model(&self) -> &'static Model {
        &MODEL
    }

    fn access_denied(&self, message: &str) -> AwsError {
        AwsError::new("AccessDeniedException", 400, message)
    }

    fn common_errors(&self) -> &'static [&'static str] {
        &["ValidationException"]
    }

    fn required_actions(&self, _: &State, command: &Command<'_>) -> Vec<RequiredAction> {
        let (key, _) = parameters::named(command.caller, command.input);
        vec![RequiredAction::new(format!("ssm:{}", command.operation), parameters::arn(&key))]
    }

    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        let (caller, input) = (command.caller, command.input);
        let answer = match command.operation {
            "GetParameter" => parameters::get(state, caller, input),
            "PutParameter" => parameters::put(state, caller, input),
            other => Err(AwsError::not_implemented(&format!("ssm:{other}"))),
        };
        answer.map(Body::Json)
    }
}
