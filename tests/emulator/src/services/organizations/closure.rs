//! Closing accounts.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::text;
use crate::protocol::time::prose;
use crate::services::organizations::access::{account_not_found, constraint_violation, manager};
use crate::services::organizations::events::{call_event, service_event};
use crate::services::organizations::membership::depart;
use crate::world::state::State;
use crate::world::transition::Transition;

/// The period of the quota of accounts that are closed.
const PERIOD: TimeDelta = TimeDelta::days(30);

/// How many of the member accounts can be closed in that period:
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_CloseAccount.html>.
fn quota(members: usize) -> usize {
    (members / 5).clamp(250, 1000)
}

pub(super) fn close(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let (account, now) = (text(input, "AccountId"), state.now());
    let organization = manager(state, caller)?;
    if organization.management == account {
        let message = "You can't close the management account of an organization.";
        return Err(constraint_violation("CANNOT_CLOSE_MANAGEMENT_ACCOUNT", message));
    }
    if !organization.contains(&account) {
        return Err(account_not_found());
    }
    if state.accounts[&account].state != "ACTIVE" {
        return Err(AwsError::new(
            "AccountAlreadyClosedException",
            400,
            "You attempted to close an account that is already closed.",
        ));
    }
    let organization = manager(state, caller)?;
    organization.closures.retain(|closed| *closed + PERIOD > now);
    if organization.closures.len() >= quota(organization.memberships.len() - 1) {
        let message = "You have exceeded close account quota for the past 30 days.";
        return Err(constraint_violation("CLOSE_ACCOUNT_QUOTA_EXCEEDED", message));
    }
    organization.closures.push(now);
    state.account(&account).state = "PENDING_CLOSURE".to_owned();
    call_event(state, caller, "CloseAccount", &json!({"accountId": account}), &Value::Null);
    state.after(state.timing.account_closure.0, Transition::AccountSuspended { account });
    Ok(json!({}))
}

/// Completes the closure of an account.
pub(crate) fn suspended(state: &mut State, account: &str) {
    state.account(account).state = "SUSPENDED".to_owned();
    let now = prose(state.now());
    let status =
        json!({"accountId": account, "state": "SUCCEEDED", "requestedTimestamp": now, "completedTimestamp": now});
    service_event(state, "CloseAccountResult", &json!({"closeAccountStatus": status}));
    state.after(state.timing.account_purge.0, Transition::AccountPurged { account: account.to_owned() });
}

/// Closes an account for good, after the time in which it could be reopened.
pub(crate) fn purged(state: &mut State, account: &str) {
    state.account(account).state = "CLOSED".to_owned();
    if state.is_in_organization(account) {
        depart(state, account, "CLEANED");
    }
    state.after(state.timing.departure.0, Transition::Terminated { account: account.to_owned() });
}
