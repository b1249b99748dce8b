//! Accounts join and leave the organization.

use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::text;
use crate::protocol::time::prose;
use crate::resources::member::Joining;
use crate::resources::organization::{Membership, Organization};
use crate::services::organizations::access::{account_not_found, constraint_violation, manager, member_of};
use crate::services::organizations::events::{call_event, service_event};
use crate::world::state::State;
use crate::world::transition::Transition;

/// Adds an account to the organization, in its root.
pub(super) fn join(state: &mut State, account: &str, method: &'static str) {
    let joined = state.now();
    let Some(organization) = state.organization.as_mut() else { return };
    let parent = organization.root.clone();
    organization.memberships.insert(account.to_owned(), Membership { parent, method, joined });
    service_event(
        state,
        "AccountJoinedOrganization",
        &json!({"accountId": account, "joinedMethod": method, "joinedTime": prose(joined)}),
    );
    // AutoEnable is read when the transition is due.
    let graphs: Vec<String> = state.detective_administrators.values().map(|found| found.graph.clone()).collect();
    for graph in graphs {
        let account = account.to_owned();
        if state.joining == Joining::ByOrganization {
            let transition = Transition::OfOrganization { graph: graph.clone(), account: account.clone() };
            state.after(state.timing.enabling.0, transition);
        }
        state.after(state.timing.enabling.0, Transition::AutoEnabled { graph, account });
    }
}

/// Removes an account from the organization.
pub(super) fn depart(state: &mut State, account: &str, method: &str) {
    let now = state.now();
    let Some(organization) = state.organization.as_mut() else { return };
    organization.memberships.remove(account);
    organization.tags.remove(account);
    organization.delegated.retain(|delegated| delegated.account != account);
    service_event(
        state,
        "AccountDepartedOrganization",
        &json!({"accountId": account, "departureMethod": method, "departureTime": prose(now)}),
    );
    let graphs: Vec<String> = state.detective_administrators.values().map(|found| found.graph.clone()).collect();
    for graph in graphs {
        state.after(state.timing.departure.0, Transition::Departed { graph, account: account.to_owned() });
    }
}

/// Checks that an account can leave: it is neither the management account nor a delegated administrator.
fn check_can_leave(organization: &Organization, account: &str) -> Result<(), AwsError> {
    if !organization.contains(account) {
        return Err(account_not_found());
    }
    if organization.management == account {
        let message = "You can't remove a management account from an organization.";
        return Err(AwsError::new("MasterCannotLeaveOrganizationException", 400, message));
    }
    if organization.delegated.iter().any(|delegated| delegated.account == account) {
        let message =
            "You can't remove an account that is a delegated administrator of a service: deregister it first.";
        return Err(constraint_violation("CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG", message));
    }
    Ok(())
}

pub(super) fn remove(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let account = text(input, "AccountId");
    check_can_leave(manager(state, caller)?, &account)?;
    call_event(state, caller, "RemoveAccountFromOrganization", &json!({"accountId": account}), &Value::Null);
    depart(state, &account, "REMOVED");
    Ok(json!({}))
}

pub(super) fn leave(state: &mut State, caller: &Caller) -> Result<Value, AwsError> {
    check_can_leave(member_of(state, caller)?, &caller.account)?;
    call_event(state, caller, "LeaveOrganization", &Value::Null, &Value::Null);
    depart(state, &caller.account, "LEFT");
    Ok(json!({}))
}
