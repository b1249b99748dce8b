//! Invitations and memberships, as the member account reads and changes them.

use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::page::{page, with_token};
use crate::resources::graph::Graph;
use crate::resources::member::Member;
use crate::services::detective::details::member_detail;
use crate::services::detective::graph;
use crate::world::state::State;
use crate::world::transition::Transition;

/// The caller's membership in the graph that the input names.
fn own<'a>(state: &'a State, caller: &Caller, input: &Value) -> Result<&'a Member, AwsError> {
    let arn = graph::named(caller, input, "GraphArn")?;
    let graph = state.graphs.get(arn).ok_or_else(|| graph::unknown(arn))?;
    graph.members.get(&caller.account).ok_or_else(|| {
        AwsError::not_found(format!("Account {} is not invited to behavior graph {arn}", caller.account))
    })
}

pub(super) fn accept(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let now = state.now();
    let member = own(state, caller, input)?;
    if member.status != "INVITED" {
        return Err(AwsError::conflict(format!("The invitation's status is {}, not INVITED", member.status)));
    }
    let graph = graph::named(caller, input, "GraphArn")?.to_owned();
    // Until Detective has checked it, it cannot know the account's volume.
    let accept = |member: &mut Member| member.set_status("ACCEPTED_BUT_DISABLED", Some("VOLUME_UNKNOWN"), now);
    state.graphs.get_mut(&graph).and_then(|graph| graph.members.change(&caller.account, accept));
    let transition = Transition::Checked { graph, account: caller.account.clone(), since: now };
    state.after(state.timing.enabling.0, transition);
    Ok(json!({}))
}

pub(super) fn reject(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let member = own(state, caller, input)?;
    if member.of_organization || member.status != "INVITED" {
        return Err(AwsError::conflict(format!("The invitation's status is {}, not INVITED", member.status)));
    }
    remove(state, caller, input)
}

pub(super) fn disassociate(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let member = own(state, caller, input)?;
    if member.of_organization {
        return Err(AwsError::conflict("An organization account cannot leave the organization's behavior graph"));
    }
    if member.status != "ENABLED" {
        return Err(AwsError::conflict(format!("The membership's status is {}, not ENABLED", member.status)));
    }
    remove(state, caller, input)
}

fn remove(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let (arn, now) = (graph::named(caller, input, "GraphArn")?, state.now());
    let graph = state.graphs.get_mut(arn).ok_or_else(|| graph::unknown(arn))?;
    graph.remove_member(&caller.account, now);
    Ok(json!({}))
}

pub(super) fn list(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let now = state.now();
    // Open invitations and accepted ones; organization accounts see their administrator in the same list. Accounts that
    // are being verified, or failed verification, have not been invited.
    let shown = |member: &Member| matches!(member.status.as_str(), "INVITED" | "ENABLED" | "ACCEPTED_BUT_DISABLED");
    let of_caller =
        |graph: &&Graph| graph.region == caller.region && graph.seen(&caller.account, now).is_some_and(shown);
    let graphs: Vec<&Graph> = state.graphs.values().filter(of_caller).collect();
    let (graphs, token) = page(graphs, |graph| graph.arn.clone(), input, 200)?;
    let detail = |graph: &Graph| Some(member_detail(graph.seen(&caller.account, now)?, graph));
    let invitations: Vec<Value> = graphs.into_iter().filter_map(detail).collect();
    Ok(with_token(json!({"Invitations": invitations}), token))
}
