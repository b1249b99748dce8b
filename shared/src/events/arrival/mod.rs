//! EventBridge events that report that an account joined the organization, or that the policy may see it in another way.
//!
//! An event is a hint: it names an account to read, and nothing else in it is believed.

use serde_json::Value;

use crate::error::excerpt;
use crate::events::accounts::{named, only_account};
use crate::events::cloudtrail::{Event, Trigger, display};
use crate::model::account::AccountId;

/// What an event asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Enroll this account, if its state and the policy ask for it.
    Enroll(AccountId, Change),
    /// Compare the whole organization: an account may have joined, and the event does not name it, for this reason.
    Reconcile(String),
    /// Nothing, for this reason. Another delivery of the same event would ask for as little.
    Nothing(String),
}

/// What happened to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was created, or set up by Control Tower.
    Created,
    /// It joined the organization, new or from outside.
    Joined,
    /// It is in another OU.
    Moved,
    /// It has other tags.
    Tagged,
}

/// Reads the payload of an invocation. Whatever it is, the answer is a request: an event that cannot be used is not an
/// error, because Lambda would retry it.
pub fn read(payload: &Value) -> (Trigger, Request) {
    let event = match Event::read(payload) {
        Ok(event) => event,
        Err(reason) => return (Trigger::default(), Request::Nothing(reason)),
    };
    // An event may hold anything, in every place.
    match request(&event) {
        Request::Enroll(id, change) => (event.trigger(Some(id)), Request::Enroll(id, change)),
        Request::Reconcile(reason) => (event.trigger(None), Request::Reconcile(excerpt(&reason))),
        Request::Nothing(reason) => (event.trigger(None), Request::Nothing(excerpt(&reason))),
    }
}

/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_cloudtrail-integration.html>,
/// <https://docs.aws.amazon.com/controltower/latest/userguide/lifecycle-events.html>
fn request(event: &Event<'_>) -> Request {
    let Event { source, name, detail, .. } = event;
    if let Some(reason) = event.denial() {
        return Request::Nothing(reason);
    }
    match (*source, *name) {
        ("aws.organizations", "CreateAccountResult") => {
            let status = &detail["serviceEventDetails"]["createAccountStatus"];
            // `govCloudAccountId` beside it belongs to another partition, whose accounts cannot be members here.
            created(status, &status["accountId"])
        }
        ("aws.controltower", "CreateManagedAccount") => {
            let status = &detail["serviceEventDetails"]["createManagedAccountStatus"];
            created(status, &status["account"]["accountId"])
        }
        ("aws.organizations", "AcceptHandshake") => accepted(&detail["responseElements"]["handshake"]),
        // Out of scope or into it: the policy decides.
        ("aws.organizations", "MoveAccount") => enroll(named(&detail["requestParameters"]["accountId"]), Change::Moved),
        ("aws.organizations", "TagResource" | "UntagResource") => tagged(&detail["requestParameters"]["resourceId"]),
        // AWS has not published where in the event the account id is.
        ("aws.organizations", "AccountJoinedOrganization") => enroll(only_account(detail, &event.own), Change::Joined),
        _ => Request::Nothing(format!("{name:.64} of {source:.64} is not an event that brings an account")),
    }
}

fn enroll(account: Result<AccountId, String>, change: Change) -> Request {
    account.map_or_else(Request::Reconcile, |id| Request::Enroll(id, change))
}

fn created(status: &Value, account: &Value) -> Request {
    match status["state"].as_str() {
        Some("SUCCEEDED") => enroll(named(account), Change::Created),
        Some(state) => {
            let reason = status.get("failureReason");
            let reason = reason.map_or_else(String::new, |reason| format!(" ({})", display(reason)));
            Request::Nothing(format!("no account was created: its state is {state:.64}{reason}"))
        }
        None => Request::Reconcile("it does not state whether the account was created".to_owned()),
    }
}

fn accepted(handshake: &Value) -> Request {
    match (handshake["state"].as_str(), handshake["action"].as_str()) {
        (Some("ACCEPTED"), Some(action)) if action.eq_ignore_ascii_case("invite") => {
            let parties = handshake["parties"].as_array().map_or(&[][..], Vec::as_slice);
            let account = parties.iter().find(|party| party["type"] == "ACCOUNT");
            enroll(named(account.map_or(&Value::Null, |party| &party["id"])), Change::Joined)
        }
        // Other handshakes enable features of the organization.
        (Some("ACCEPTED"), Some(action)) => {
            Request::Nothing(format!("the handshake is no invitation of an account, but {action:.64}"))
        }
        (Some("ACCEPTED") | None, _) => {
            Request::Reconcile("it does not state which kind of handshake was accepted".to_owned())
        }
        (Some(state), _) => Request::Nothing(format!("the handshake's state is {state:.64}")),
    }
}

/// Tags of accounts, of which the policy may name some. The ids of everything else that has tags begin with a letter.
fn tagged(resource: &Value) -> Request {
    let is_other = resource.as_str().is_some_and(|id| id.starts_with(|first: char| first.is_ascii_lowercase()));
    match named(resource) {
        Ok(id) => Request::Enroll(id, Change::Tagged),
        Err(_) if is_other => Request::Nothing(format!("{} is not an account", display(resource))),
        Err(reason) => Request::Reconcile(reason),
    }
}

#[cfg(test)]
mod tests;
