//! Detective as a service: its protocol, its model and its operations.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::Value;

use crate::iam::permissions::RequiredAction;
use crate::protocol::error::AwsError;
use crate::protocol::model::definition::Model;
use crate::protocol::model::violation::Violation;
use crate::protocol::response::Body;
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::services::detective::model::MODEL;
use crate::services::detective::{
    actions, administration, datasources, graph, investigations, invitations, members, tokens, world,
};
use crate::world::state::State;

/// Amazon Detective.
pub(crate) struct Detective;

impl Service for Detective {
    fn name(&self) -> &'static str {
        "detective"
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

    fn invalid_input(&self, violation: &Violation) -> AwsError {
        let code = if violation.shape == "GraphArn" { "INVALID_GRAPH_ARN" } else { "INVALID_REQUEST_BODY" };
        AwsError::new("ValidationException", 400, &violation.message)
            .with("ErrorCode", code)
            .with("ErrorCodeReason", violation.message.as_str())
    }

    fn check_world(&self, state: &State) -> Result<(), String> {
        world::check(state)
    }

    fn required_actions(&self, state: &State, command: &Command<'_>) -> Vec<RequiredAction> {
        actions::required(state, command.caller, command.operation, command.input)
    }

    /// Performs an operation. Reads show what it writes to members once `visibility` has passed.
    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        let arn = command.input["GraphArn"].as_str().filter(|_| command.visibility > TimeDelta::zero());
        let before = arn.and_then(|arn| Some((arn, BTreeMap::clone(&state.graphs.get(arn)?.members))));
        let now = state.now();
        let input = tokens::open(command, now)?;
        let mut answer = perform(state, &Command { input: &input, ..*command })?;
        tokens::seal(command, &mut answer, now);
        if let Some((arn, before)) = before {
            let until = state.now() + command.visibility;
            if let Some(graph) = state.graphs.get_mut(arn) {
                graph.hide_changes(&before, until);
            }
        }
        Ok(Body::Json(answer))
    }
}

fn perform(state: &mut State, command: &Command<'_>) -> Result<Value, AwsError> {
    let (caller, input) = (command.caller, command.input);
    match command.operation {
        "AcceptInvitation" => invitations::accept(state, caller, input),
        "BatchGetGraphMemberDatasources" => datasources::of_members(state, caller, input),
        "BatchGetMembershipDatasources" => datasources::of_memberships(state, caller, input),
        "CreateGraph" => graph::create(state, caller, input),
        "CreateMembers" => members::create(state, caller, input),
        "DeleteGraph" => graph::delete(state, caller, input),
        "DeleteMembers" => members::delete(state, caller, input),
        "DescribeOrganizationConfiguration" => administration::describe_configuration(state, caller, input),
        "DisableOrganizationAdminAccount" => administration::disable(state, caller),
        "DisassociateMembership" => invitations::disassociate(state, caller, input),
        "EnableOrganizationAdminAccount" => administration::enable(state, caller, input),
        "GetInvestigation" => investigations::get(state, caller, input),
        "GetMembers" => members::get(state, caller, input),
        "ListDatasourcePackages" => datasources::list(state, caller, input),
        "ListGraphs" => graph::list(state, caller, input),
        "ListIndicators" => investigations::indicators(state, caller, input),
        "ListInvestigations" => investigations::list(state, caller, input),
        "ListInvitations" => invitations::list(state, caller, input),
        "ListMembers" => members::list(state, caller, input),
        "ListOrganizationAdminAccounts" => administration::list(state, caller, input),
        "ListTagsForResource" => graph::tags(state, caller, input),
        "RejectInvitation" => invitations::reject(state, caller, input),
        "StartInvestigation" => investigations::start(state, caller, input),
        "StartMonitoringMember" => members::start_monitoring(state, caller, input),
        "TagResource" => graph::tag(state, caller, input),
        "UntagResource" => graph::untag(state, caller, input),
        "UpdateDatasourcePackages" => datasources::update(state, caller, input),
        "UpdateInvestigationState" => investigations::update_state(state, caller, input),
        "UpdateOrganizationConfiguration" => administration::update_configuration(state, caller, input),
        other => Err(AwsError::not_implemented(&format!("detective:{other}"))),
    }
}
