//! Departures: EventBridge events that report that an account left the organization or was closed.

use aws_smithy_types::DateTime;
use serde_json::{Value, json};

use crate::error::excerpt;
use crate::events::accounts::{named, only_account};
use crate::events::cloudtrail::{Event, SOURCE, Trigger, display};
use crate::model::account::AccountId;
use crate::model::time::{format_time, parse_time};

/// A departure that an event, or a run of organization-reconciler, reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// The account that left, or was closed.
    pub account: AccountId,
    /// When it left, as the event states it, if it does. Anybody who may send a message may state any time.
    pub time: Option<DateTime>,
}

/// Reads a message of the queue of departures: an EventBridge event, whose detail names the account.
///
/// # Errors
/// Why it records no departure, as a sentence. Another delivery records none either.
pub fn read(body: &str) -> Result<(Trigger, Departure), String> {
    let payload: Value =
        serde_json::from_str(body).map_err(|error| format!("it is not an EventBridge event: {error}"))?;
    let event = Event::read(&payload)?;
    let time = [&payload["time"], &event.detail["eventTime"]].into_iter().find_map(|time| parse_time(time.as_str()?));
    let account = departed(&event).map_err(|reason| excerpt(&reason))?;
    Ok((event.trigger(Some(account)), Departure { account, time }))
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

fn departed(event: &Event<'_>) -> Result<AccountId, String> {
    let Event { source, name, detail, .. } = event;
    if let Some(reason) = event.denial() {
        return Err(reason);
    }
    match (*source, *name) {
        ("aws.organizations", "CloseAccountResult") => {
            let status = &detail["serviceEventDetails"]["closeAccountStatus"];
            if status["state"] != "SUCCEEDED" {
                return Err(format!("no account was closed: its state is {}", display(&status["state"])));
            }
            named(&status["accountId"])
        }
        ("aws.organizations", "RemoveAccountFromOrganization") => named(&detail["requestParameters"]["accountId"]),
        // The account that calls it is the one that leaves.
        ("aws.organizations", "LeaveOrganization") => named(&detail["userIdentity"]["accountId"]),
        // AWS has not published where in the event the account id is.
        ("aws.organizations", "AccountDepartedOrganization") => only_account(detail, &event.own),
        (SOURCE, DETECTED) => named(&detail["accountId"]),
        _ => Err(format!("{name:.64} of {source:.64} is not an event that takes an account away")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_departure_that_was_detected_is_read_as_it_was_written() {
        let departure = Departure { account: "111122223333".parse().unwrap(), time: Some(DateTime::from_secs(60)) };
        let (trigger, read) = read(&detected(departure.account, DateTime::from_secs(60))).unwrap();
        assert_eq!((read, trigger.account_id), (departure.clone(), Some(departure.account)));
    }

    #[test]
    fn a_departure_is_read_whatever_the_form_of_the_account_and_of_the_time() {
        for (part, time) in [
            (json!({"accountId": "333333333333", "departureMethod": "REMOVED"}), "2026-01-05T09:00:27Z"),
            (json!({"account": {"id": 333_333_333_333_u64}}), "2026-01-05T09:00:27.000000"),
            (
                json!({"arn": "arn:aws:organizations::111111111111:account/o-exampleorg01/333333333333",
                    "managementAccountId": "111111111111"}),
                "2026-01-05T10:00:27+01:00",
            ),
        ] {
            let detail = json!({"eventName": "AccountDepartedOrganization", "serviceEventDetails": part});
            let event =
                json!({"source": "aws.organizations", "account": "111111111111", "time": time, "detail": detail});
            let (_, departure) = read(&event.to_string()).unwrap();
            let time = parse_time("2026-01-05T09:00:27Z");
            assert_eq!(departure, Departure { account: "333333333333".parse().unwrap(), time }, "{event}");
        }
    }

    #[test]
    fn a_closure_that_did_not_succeed_is_no_departure() {
        let close = |status: Value| {
            let detail =
                json!({"eventName": "CloseAccountResult", "serviceEventDetails": {"closeAccountStatus": status}});
            read(&json!({"source": "aws.organizations", "detail": detail}).to_string())
        };
        let account = close(json!({"state": "SUCCEEDED", "accountId": "333333333333"})).unwrap().1.account;
        assert_eq!(account.to_string(), "333333333333");
        for state in [json!("FAILED"), json!("IN_PROGRESS"), json!(""), json!(null)] {
            let error = close(json!({"state": state, "accountId": "333333333333"})).unwrap_err();
            assert!(error.contains("no account was closed"), "{error}");
        }
    }

    #[test]
    fn the_account_that_leaves_is_the_one_that_is_named_and_not_the_caller() {
        let who = json!({"accountId": "111111111111"});
        for (name, detail, account) in [
            (
                "RemoveAccountFromOrganization",
                json!({"userIdentity": who, "requestParameters": {"accountId": "333333333333"}}),
                "333333333333",
            ),
            ("LeaveOrganization", json!({"userIdentity": who, "requestParameters": null}), "111111111111"),
        ] {
            let mut detail = detail;
            detail["eventName"] = name.into();
            detail["recipientAccountId"] = "222222222222".into();
            let event = json!({"source": "aws.organizations", "account": "222222222222", "detail": detail});
            assert_eq!(read(&event.to_string()).unwrap().1.account.to_string(), account, "{name}");
        }
    }

    #[test]
    fn a_denied_call_and_an_event_of_another_source_are_no_departures() {
        let named = json!({"accountId": "333333333333"});
        let detail = json!({"eventName": "RemoveAccountFromOrganization", "requestParameters": named});
        for (source, code) in [("aws.organizations", "AccessDenied"), ("example.app", "")] {
            let mut detail = detail.clone();
            if !code.is_empty() {
                detail["errorCode"] = code.into();
            }
            assert!(read(&json!({"source": source, "detail": detail}).to_string()).is_err(), "{source}");
        }
    }

    #[test]
    fn without_a_time_of_its_own_a_departure_has_that_of_its_record() {
        let detail = json!({"eventName": "RemoveAccountFromOrganization", "eventTime": "2026-01-05T09:00:27Z",
            "requestParameters": {"accountId": "333333333333"}});
        let mut event = json!({"source": "aws.organizations", "detail": detail});
        assert_eq!(read(&event.to_string()).unwrap().1.time, parse_time("2026-01-05T09:00:27Z"));
        event["detail"]["eventTime"] = json!("yesterday");
        assert_eq!(read(&event.to_string()).unwrap().1.time, None);
    }
}
