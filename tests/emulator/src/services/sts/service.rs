//! STS as a service: its protocol, its model and its operations.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::iam::permissions::RequiredAction;
use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::model::definition::Model;
use crate::protocol::response::Body;
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::services::sts::assume_role::assume_role;
use crate::world::state::State;

static MODEL: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("../../../models/sts.json")));

/// AWS Security Token Service.
pub(crate) struct Sts;

impl Service for Sts {
    fn name(&self) -> &'static str {
        "sts"
    }

    fn protocol(&self) -> WireProtocol {
        WireProtocol::Query
    }

    fn model(&self) -> &'static Model {
        &MODEL
    }

    fn common_errors(&self) -> &'static [&'static str] {
        &["AccessDenied", "ValidationError"]
    }

    fn access_denied(&self, message: &str) -> AwsError {
        AwsError::new("AccessDenied", 403, message)
    }

    fn required_actions(&self, _: &State, command: &Command<'_>) -> Vec<RequiredAction> {
        if command.operation != "AssumeRole" {
            return Vec::new();
        }
        vec![RequiredAction::new("sts:AssumeRole", command.input["RoleArn"].as_str().unwrap_or_default())]
    }

    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        let answer = match command.operation {
            "AssumeRole" => assume_role(state, command.caller, command.input),
            "GetCallerIdentity" => Ok(identity(command.caller)),
            other => Err(AwsError::not_implemented(&format!("sts:{other}"))),
        };
        answer.map(Body::Json)
    }
}

fn identity(caller: &Caller) -> Value {
    json!({"Arn": caller.arn, "UserId": caller.user_id, "Account": caller.account})
}
