//! Lambda as a service: its protocol, its model and its operations.

use std::sync::LazyLock;

use crate::iam::permissions::RequiredAction;
use crate::protocol::error::AwsError;
use crate::protocol::model::definition::Model;
use crate::protocol::response::Body;
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::services::lambda::{functions, invoke};
use crate::world::state::State;

static MODEL: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("../../../models/lambda.json")));

/// AWS Lambda.
pub(crate) struct Lambda;

impl Service for Lambda {
    fn name(&self) -> &'static str {
        "lambda"
    }

    fn protocol(&self) -> WireProtocol {
        WireProtocol::RestJson
    }

    fn model(&self) -> &'static Model {
        &MODEL
    }

    fn common_errors(&self) -> &'static [&'static str] {
        &["AccessDeniedException"]
    }

    fn message_member(&self) -> &'static str {
        "Message"
    }

    fn required_actions(&self, _: &State, command: &Command<'_>) -> Vec<RequiredAction> {
        vec![functions::required(command)]
    }

    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        let (caller, input) = (command.caller, command.input);
        let answer = match command.operation {
            "GetAccountSettings" => Ok(functions::settings(state, caller)),
            "GetFunction" => functions::get(state, caller, input),
            "Invoke" => return invoke::invoke(state, command),
            "ListFunctions" => functions::list(state, caller, input),
            other => Err(AwsError::not_implemented(&format!("lambda:{other}"))),
        };
        answer.map(Body::Json)
    }
}
