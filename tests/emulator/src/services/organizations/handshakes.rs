//! Invitations of accounts to the organization.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::text;
use crate::protocol::page::{page, with_token};
use crate::protocol::time::{epoch, prose};
use crate::resources::handshake::Handshake;
use crate::resources::organization::Organization;
use crate::services::organizations::access::{bad_token, denied, manager, reader};
use crate::services::organizations::events::call_event;
use crate::services::organizations::membership;
use crate::world::state::State;

fn detail(handshake: &Handshake, organization: &Organization, now: DateTime<Utc>) -> Value {
    json!({
        "Id": handshake.id,
        "Arn": format!("arn:aws:organizations::{}:handshake/{}/invite/{}", organization.management, organization.id, handshake.id),
        "Parties": [{"Id": organization.id.trim_start_matches("o-"), "Type": "ORGANIZATION"}, {"Id": handshake.account, "Type": "ACCOUNT"}],
        "State": handshake.state_at(now),
        "RequestedTimestamp": epoch(handshake.requested),
        "ExpirationTimestamp": epoch(handshake.expires()),
        "Action": "INVITE",
        "Resources": [{"Value": organization.id, "Type": "ORGANIZATION"}, {"Value": handshake.account, "Type": "ACCOUNT"}],
    })
}

/// The handshake as CloudTrail writes it.
fn event_detail(handshake: &Handshake, organization: &Organization) -> Value {
    json!({"handshake": {
        "id": handshake.id,
        "arn": format!("arn:aws:organizations::{}:handshake/{}/invite/{}", organization.management, organization.id, handshake.id),
        "parties": [{"type": "ORGANIZATION", "id": organization.id.trim_start_matches("o-")}, {"type": "ACCOUNT", "id": handshake.account}],
        "state": handshake.state_at(handshake.accepted.unwrap_or(handshake.requested)), "requestedTimestamp": prose(handshake.requested), "expirationTimestamp": prose(handshake.expires()),
        "action": "invite",
        "resources": [{"type": "ORGANIZATION", "value": organization.id}, {"type": "ACCOUNT", "value": handshake.account}],
    }})
}

pub(super) fn invite(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    manager(state, caller)?;
    let target = &input["Target"];
    let wanted = text(target, "Id");
    let account = if target["Type"] == "EMAIL" {
        let by_email = state.accounts.values().find(|account| account.email.as_deref() == Some(wanted.as_str()));
        by_email.map(|account| account.id.clone())
    } else {
        Some(wanted.clone())
    };
    // AWS invites any address. The emulator only knows the addresses of accounts that a scenario or a call has named.
    let account = account.ok_or_else(|| {
        let message = "The emulator knows no account with that email address";
        AwsError::new("InvalidInputException", 400, message).with("Reason", "INVALID_EMAIL_ADDRESS_TARGET")
    })?;
    if state.is_in_organization(&account) {
        let message = "The account that you invited is already a member of the organization.";
        return Err(AwsError::new("HandshakeConstraintViolationException", 400, message)
            .with("Reason", "ALREADY_IN_AN_ORGANIZATION"));
    }
    let now = state.now();
    let open = |handshake: &Handshake| handshake.account == account && handshake.state_at(now) == "OPEN";
    if manager(state, caller)?.handshakes.values().any(open) {
        let message = "A handshake with the same action and target already exists.";
        return Err(AwsError::new("DuplicateHandshakeException", 400, message));
    }
    state.account(&account);
    let id = format!("h-{}", state.fresh_hex(16));
    let handshake = Handshake { id: id.clone(), account: account.clone(), accepted: None, requested: now };
    let organization = manager(state, caller)?;
    let (detail, event) = (detail(&handshake, organization, now), event_detail(&handshake, organization));
    organization.handshakes.insert(id, handshake);
    let request = json!({"target": {"type": "ACCOUNT", "id": account}});
    call_event(state, caller, "InviteAccountToOrganization", &request, &event);
    Ok(json!({"Handshake": detail}))
}

/// The organization and the handshake, for the party that the closure admits.
fn find<'a>(
    state: &'a mut State,
    input: &Value,
    admits: impl Fn(&Organization, &Handshake) -> bool,
) -> Result<(&'a mut Organization, String), AwsError> {
    let id = text(input, "HandshakeId");
    let missing = || {
        AwsError::new(
            "HandshakeNotFoundException",
            400,
            "We can't find a handshake with the HandshakeId that you specified.",
        )
    };
    let organization = state.organization.as_mut().ok_or_else(missing)?;
    let handshake = organization.handshakes.get(&id).ok_or_else(missing)?;
    if admits(organization, handshake) { Ok((organization, id)) } else { Err(denied()) }
}

pub(super) fn describe(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let party = |organization: &Organization, handshake: &Handshake| {
        handshake.account == caller.account || organization.management == caller.account
    };
    let now = state.now();
    let (organization, id) = find(state, input, party)?;
    Ok(json!({"Handshake": detail(&organization.handshakes[&id], organization, now)}))
}

/// The most handshakes of a page.
const PAGE: usize = 20;

/// How long a handshake is shown after it has ended.
const SHOWN: TimeDelta = TimeDelta::days(30);

/// The invitations of the organization: there are no other handshakes.
pub(super) fn list(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let now = state.now();
    let organization = reader(state, caller)?;
    let filter = &input["Filter"];
    let wanted =
        filter["ParentHandshakeId"].is_null() && (filter["ActionType"].is_null() || filter["ActionType"] == "INVITE");
    let recent = |handshake: &&Handshake| wanted && handshake.ended(now).is_none_or(|ended| ended + SHOWN > now);
    let found: Vec<&Handshake> = organization.handshakes.values().filter(recent).collect();
    let (found, token) = page(found, |handshake| handshake.id.clone(), input, PAGE).map_err(bad_token)?;
    let found: Vec<Value> = found.into_iter().map(|handshake| detail(handshake, organization, now)).collect();
    Ok(with_token(json!({"Handshakes": found}), token))
}

pub(super) fn accept(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let now = state.now();
    let (organization, id) = find(state, input, |_, handshake| handshake.account == caller.account)?;
    let handshake = organization.handshakes.get_mut(&id).expect("it was just found");
    if handshake.state_at(now) != "OPEN" {
        let message = "The handshake is already in the requested state, or can't be accepted any more.";
        return Err(AwsError::new("InvalidHandshakeTransitionException", 400, message));
    }
    handshake.accepted = Some(now);
    let handshake = handshake.clone();
    let (detail, event) = (detail(&handshake, organization, now), event_detail(&handshake, organization));
    membership::join(state, &caller.account, "INVITED");
    call_event(state, caller, "AcceptHandshake", &json!({"handshakeId": id}), &event);
    Ok(json!({"Handshake": detail}))
}
