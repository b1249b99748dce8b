//! EventBridge events that say that an account left the organization or was closed.

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use aws_smithy_types::DateTime;
use serde_json::Value;

use crate::events::cloudtrail::{SOURCE, Trigger, display, id, only_account};
use crate::model::account::AccountId;
use crate::model::time::parse_time;

/// A departure that an event, or a run of organization-reconciler, told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// The account that left, or was closed.
    pub account: AccountId,
    /// When that was told: the grace period counts from here.
    pub told: DateTime,
}

/// Reads a message of the queue of departures: an EventBridge event, whose detail names the account.
///
/// # Errors
/// Why it tells of no departure, as a sentence. It will tell of none when it comes again either.
pub fn departure(body: &str) -> Result<(Trigger, Departure), String> {
    let event: EventBridgeEvent<Value> =
        serde_json::from_str(body).map_err(|error| format!("it is not an EventBridge event: {error}"))?;
    let envelope: Value = serde_json::from_str(body).unwrap_or_default();
    let told = envelope["time"].as_str().and_then(parse_time).ok_or("it has no time")?;
    let name = event.detail["eventName"].as_str().unwrap_or_default().to_owned();
    let account = departed(&event.source, &name, &event.detail)?;
    let trigger = Trigger { event_id: event.id, event_name: Some(name), account_id: Some(account) };
    Ok((trigger, Departure { account, told }))
}

/// The name of the message by which organization-reconciler tells of a member that is gone or suspended.
pub const FOUND_GONE: &str = "MemberFoundGone";

fn departed(source: &str, name: &str, detail: &Value) -> Result<AccountId, String> {
    if let Some(code) = detail.get("errorCode").filter(|code| !code.is_null()) {
        return Err(format!("the call {name} was denied ({})", display(code)));
    }
    match (source, name) {
        ("aws.organizations", "CloseAccountResult") => {
            let status = &detail["serviceEventDetails"]["closeAccountStatus"];
            if status["state"] != "SUCCEEDED" {
                return Err(format!("no account was closed: its state is {}", display(&status["state"])));
            }
            id(&status["accountId"])
        }
        ("aws.organizations", "RemoveAccountFromOrganization") => id(&detail["requestParameters"]["accountId"]),
        // The account that calls it is the one that leaves.
        ("aws.organizations", "LeaveOrganization") => id(&detail["userIdentity"]["accountId"]),
        ("aws.organizations", "AccountDepartedOrganization") => only_account(detail),
        (SOURCE, FOUND_GONE) => id(&detail["accountId"]),
        _ => Err(format!("{name:.64} of {source:.64} is not an event that takes an account away")),
    }
}
