//! Account Management as a service: its protocol, its model and its operations.

use std::sync::LazyLock;

use crate::iam::permissions::RequiredAction;
use crate::protocol::error::AwsError;
use crate::protocol::model::definition::Model;
use crate::protocol::response::Body;
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::services::account::regions;
use crate::world::state::State;

static MODEL: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("../../../models/account.json")));

/// AWS Account Management.
pub(crate) struct Account;

impl Service for Account {
    fn name(&self) -> &'static str {
        "account"
    }

    fn protocol(&self) -> WireProtocol {
        WireProtocol::RestJson
    }

    fn model(&self) -> &'static Model {
        &MODEL
    }

    fn required_actions(&self, _: &State, command: &Command<'_>) -> Vec<RequiredAction> {
        let resource = format!("arn:aws:account::{}:account", command.caller.account);
        vec![RequiredAction::new(format!("account:{}", command.operation), resource)]
    }

    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        let account = regions::subject(state, command.caller, command.input)?;
        let answer = match command.operation {
            "GetRegionOptStatus" => regions::opt_status(state, &account, command.input),
            "ListRegions" => regions::list(state, &account, command.input),
            other => Err(AwsError::not_implemented(&format!("account:{other}"))),
        };
        answer.map(Body::Json)
    }
}
