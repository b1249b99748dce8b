//! Departures: EventBridge events that report that an account left the organization or was closed.

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use aws_smithy_types::DateTime;
use serde_json::{Value, json};

use crate::events::cloudtrail::{SOURCE, Trigger, display, id, only_account};
use crate::model::account::AccountId;
use crate::model::time::{format_time, parse_time};

/// A departure that an event, or a run of organization-reconciler, reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// The account that left, or was closed.
    pub account: AccountId,
    /// When it was recorded: the grace period counts from here.
    pub recorded: DateTime,
}

/// Reads a message of the queue of departures: an EventBridge event, whose detail names the account.
///
/// # Errors
/// Why it records no departure, as a sentence. Another delivery records none either.
pub fn read(body: &str) -> Result<(Trigger, Departure), String> {
    let event: EventBridgeEvent<Value> =
        serde_json::from_str(body).map_err(|error| format!("it is not an EventBridge event: {error}"))?;
    let envelope: Value = serde_json::from_str(body).unwrap_or_default();
    let recorded = envelope["time"].as_str().and_then(parse_time).ok_or("it has no time")?;
    let name = event.detail["eventName"].as_str().unwrap_or_default().to_owned();
    let account = departed(&event.source, &name, &event.detail)?;
    let trigger = Trigger { event_id: event.id, event_name: Some(name), account_id: Some(account) };
    Ok((trigger, Departure { account, recorded }))
}

/// The name of the event by which organization-reconciler records the departure of a member that is gone or suspended.
const DETECTED: &str = "MemberDepartureDetected";

/// The message that records a departure which was detected at a time, in the form of an EventBridge event.
pub fn detected(account: AccountId, time: DateTime) -> String {
    let time = format_time(time);
    json!({"version": "0", "id": format!("{DETECTED}-{account}-{time}"), "detail-type": "Detective Member Departure Detected",
           "source": SOURCE, "account": "", "time": time, "region": "", "resources": [],
           "detail": {"eventName": DETECTED, "accountId": account}})
    .to_string()
}

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
        (SOURCE, DETECTED) => id(&detail["accountId"]),
        _ => Err(format!("{name:.64} of {source:.64} is not an event that takes an account away")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_departure_that_was_detected_is_read_as_it_was_written() {
        let departure = Departure { account: "111122223333".parse().unwrap(), recorded: DateTime::from_secs(60) };
        let (trigger, read) = read(&detected(departure.account, departure.recorded)).unwrap();
        assert_eq!((read, trigger.account_id), (departure.clone(), Some(departure.account)));
    }
}
