//! CloudWatch Logs as a service: its protocol, its model and its operations.

use std::sync::LazyLock;

use crate::iam::permissions::RequiredAction;
use crate::protocol::error::AwsError;
use crate::protocol::model::definition::Model;
use crate::protocol::model::violation::Violation;
use crate::protocol::response::Body;
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::services::logs::{errors, groups, query};
use crate::world::state::State;

static MODEL: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("../../../models/logs.json")));

/// Amazon CloudWatch Logs.
pub(crate) struct Logs;

impl Service for Logs {
    fn name(&self) -> &'static str {
        "logs"
    }

    fn protocol(&self) -> WireProtocol {
        WireProtocol::Json11
    }

    fn model(&self) -> &'static Model {
        &MODEL
    }

    fn invalid_input(&self, violation: &Violation) -> AwsError {
        errors::invalid(&violation.message)
    }

    fn access_denied(&self, message: &str) -> AwsError {
        AwsError::new("AccessDeniedException", 400, message)
    }

    fn required_actions(&self, _: &State, command: &Command<'_>) -> Vec<RequiredAction> {
        let action = format!("logs:{}", command.operation);
        let groups = match command.operation {
            "FilterLogEvents" | "StartQuery" => groups::named(command.input),
            "DescribeLogGroups" => vec!["*".to_owned()],
            _ => return vec![RequiredAction::new(action, "*")],
        };
        let resource = |group: &String| groups::arn(command.caller, group) + ":*";
        groups.iter().map(|group| RequiredAction::new(action.clone(), resource(group))).collect()
    }

    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        let (caller, input) = (command.caller, command.input);
        let answer = match command.operation {
            "DescribeLogGroups" => groups::describe(state, caller, input),
            "FilterLogEvents" => groups::filter(state, caller, input),
            "GetQueryResults" => query::results(state, input),
            "StartQuery" => query::start(state, caller, input),
            other => Err(AwsError::not_implemented(&format!("logs:{other}"))),
        };
        answer.map(Body::Json)
    }
}
