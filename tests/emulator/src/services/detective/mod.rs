//! Amazon Detective: what each operation does, by
//! <https://docs.aws.amazon.com/detective/latest/APIReference/Welcome.html>.

pub(crate) mod administration;
pub(crate) mod datasources;
pub(crate) mod graph;
pub(crate) mod investigations;
pub(crate) mod invitations;
pub(crate) mod members;

use chrono::TimeDelta;
use serde_json::Value;

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::world::state::State;

/// Answers an operation whose input is valid by the model. What it writes to members is seen by reads after `visibility`.
pub(crate) fn answer(
    state: &mut State,
    caller: &Caller,
    operation: &str,
    input: &Value,
    visibility: TimeDelta,
) -> Result<Value, AwsError> {
    let arn = input["GraphArn"].as_str().filter(|_| visibility > TimeDelta::zero());
    let before = arn.and_then(|arn| Some((arn, state.graphs.get(arn)?.members.clone())));
    let answer = perform(state, caller, operation, input)?;
    if let Some((arn, before)) = before {
        let until = state.now() + visibility;
        if let Some(graph) = state.graphs.get_mut(arn) {
            graph.hide_changes(&before, until);
        }
    }
    Ok(answer)
}

fn perform(state: &mut State, caller: &Caller, operation: &str, input: &Value) -> Result<Value, AwsError> {
    match operation {
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
