//! IAM as a service: its protocol, its model and its operations.

use std::sync::LazyLock;

use crate::iam::permissions::RequiredAction;
use crate::protocol::error::AwsError;
use crate::protocol::model::definition::Model;
use crate::protocol::response::Body;
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::services::iam::roles;
use crate::world::state::State;

static MODEL: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("../../../models/iam.json")));

/// AWS Identity and Access Management.
pub(crate) struct Iam;

impl Service for Iam {
    fn name(&self) -> &'static str {
        "iam"
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

    fn required_actions(&self, _: &State, command: &Command<'_>) -> Vec<RequiredAction> {
        vec![roles::required(command)]
    }

    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        let answer = match command.operation {
            "CreateServiceLinkedRole" => roles::create_service_linked(state, command.caller, command.input),
            "GetRole" => roles::get(state, command.caller, command.input),
            other => Err(AwsError::not_implemented(&format!("iam:{other}"))),
        };
        answer.map(Body::Json)
    }
}
