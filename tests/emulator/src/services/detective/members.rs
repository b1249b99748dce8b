//! Members of a behavior graph, as its administrator manages them.

use std::collections::BTreeSet;
use std::ops::Bound;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::{items, text, texts};
use crate::protocol::page;
use crate::resources::account::Account;
use crate::resources::graph::MAXIMUM_VOLUME;
use crate::resources::too_much_data::TooMuchData;
use crate::resources::volume::Volume;
use crate::services::detective::details::member_detail;
use crate::services::detective::graph;
use crate::services::detective::transitions::{Eligibility, add, check, checked, known_volume};
use crate::world::state::State;

pub(super) fn create(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let graph = graph::administered(state, caller, input)?;
    let (arn, administrator) = (graph.arn.clone(), graph.administrator.clone());
    let wanted: Vec<(String, String)> =
        items(input, "Accounts").map(|account| (text(account, "AccountId"), text(account, "EmailAddress"))).collect();
    let is_of_organization = state.is_organization_graph(&arn);
    let now = state.now();
    for (id, _) in &wanted {
        let settling = state.timing.new_account_settling.0;
        if state.accounts.get(id).is_some_and(|account| now < account.created + settling) {
            return Err(AwsError::new(
                "InternalServerException",
                500,
                "The request failed because of a problem with the service",
            ));
        }
    }
    if let Some((id, _)) = wanted.iter().find(|(id, _)| is_unverified(state, id)) {
        return Err(unverified(id));
    }
    let mut seen = BTreeSet::new();
    let mut unprocessed = Vec::new();
    let mut accepted = Vec::new();
    let graph = &state.graphs[&arn];
    for (id, email) in wanted {
        // The reasons are the emulator's own: AWS does not publish its.
        let reason = if id == administrator {
            Some("The account is the administrator of the behavior graph")
        } else if graph.members.contains_key(&id) {
            Some("The account is already a member of the behavior graph")
        } else if !seen.insert(id.clone()) {
            Some("The account is in the request more than once")
        } else if !state.accounts.get(&id).is_none_or(Account::is_active) {
            Some("The account is not active")
        } else {
            None
        };
        match reason {
            Some(reason) => unprocessed.push(json!({"AccountId": id, "Reason": reason})),
            None => accepted.push((id, email)),
        }
    }
    if !state.member_limit_counts.has_capacity(graph, accepted.len()) {
        return Err(too_many_members());
    }
    let more: u64 = match state.too_much_data {
        TooMuchData::IsDisabled => 0,
        TooMuchData::IsRefused => accepted.iter().filter_map(|(id, _)| known_volume(state, id)).sum(),
    };
    if !accepted.is_empty() && graph.members.enabled().volume + more > MAXIMUM_VOLUME {
        return Err(AwsError::quota("The behavior graph would take in more than 10 TB a day", "VOLUME"));
    }
    let mut members = Vec::new();
    for (id, email) in accepted {
        let account = state.account(&id);
        account.email.get_or_insert_with(|| email.clone());
        let of_organization = is_of_organization && state.is_in_organization(&id);
        add(state, &arn, &id, email, of_organization, now);
        let graph = &state.graphs[&arn];
        members.push(member_detail(&graph.members[&id], graph));
    }
    Ok(json!({"Members": members, "UnprocessedAccounts": unprocessed}))
}

pub(super) fn get(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let now = state.now();
    let graph = &*graph::administered(state, caller, input)?;
    let mut details = Vec::new();
    let mut unprocessed = Vec::new();
    for id in ids(input) {
        match graph.seen(&id, now) {
            Some(member) => details.push(member_detail(member, graph)),
            None => unprocessed
                .push(json!({"AccountId": id, "Reason": "The account is not a member of the behavior graph"})),
        }
    }
    Ok(json!({"MemberDetails": details, "UnprocessedAccounts": unprocessed}))
}

pub(super) fn list(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let now = state.now();
    let graph = &*graph::administered(state, caller, input)?;
    let start = match page::start(input)? {
        Some(after) => Bound::Excluded(after),
        None => Bound::Unbounded,
    };
    let mut rest = graph.seen_after(start, now);
    let members: Vec<_> = rest.by_ref().take(page::size(input, 200)).collect();
    let token = rest.next().and_then(|_| members.last()).map(|(id, _)| page::token(id));
    let details: Vec<Value> = members.into_iter().map(|(_, member)| member_detail(member, graph)).collect();
    Ok(page::with_token(json!({"MemberDetails": details}), token))
}

pub(super) fn delete(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let now = state.now();
    let graph = graph::administered(state, caller, input)?;
    let mut removed = Vec::new();
    let mut unprocessed = Vec::new();
    for id in ids(input) {
        if id == graph.administrator {
            let reason = "An administrator account cannot remove itself: delete the behavior graph instead";
            unprocessed.push(json!({"AccountId": id, "Reason": reason}));
        } else if graph.remove_member(&id, now) {
            removed.push(id);
        } else {
            unprocessed.push(json!({"AccountId": id, "Reason": "The account is not a member of the behavior graph"}));
        }
    }
    // The model's list of removed accounts has at least one.
    let mut answer = Map::from_iter([("UnprocessedAccounts".to_owned(), json!(unprocessed))]);
    if !removed.is_empty() {
        answer.insert("AccountIds".to_owned(), json!(removed));
    }
    Ok(Value::Object(answer))
}

pub(super) fn start_monitoring(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let graph = graph::administered(state, caller, input)?;
    let arn = graph.arn.clone();
    let id = text(input, "AccountId");
    let member = graph.members.get(&id);
    let member =
        member.ok_or_else(|| AwsError::not_found(format!("Account {id} is not a member of the behavior graph")))?;
    if member.status != "ACCEPTED_BUT_DISABLED" {
        return Err(AwsError::conflict(format!(
            "The status of account {id} is {}, not ACCEPTED_BUT_DISABLED",
            member.status
        )));
    }
    if is_unverified(state, &id) {
        return Err(unverified(&id));
    }
    let now = state.now();
    match check(state, &arn, &id).0 {
        Eligibility::TooManyMembers => return Err(too_many_members()),
        Eligibility::VolumeTooHigh => {
            checked(state, &arn, &id, now);
            touch(state, &arn, &id, now);
            let message = format!("The data volume of account {id} would exceed what the behavior graph can take in");
            return Err(AwsError::quota(message, "VOLUME"));
        }
        Eligibility::VolumeUnknown | Eligibility::Eligible => {}
    }
    // Success may leave the status as it is: the volume can still be unknown.
    checked(state, &arn, &id, now);
    touch(state, &arn, &id, now);
    Ok(json!({}))
}

/// Changes the UpdatedTime of a member that a start did not enable. AWS does not document whether it changes: the scenario
/// chooses.
fn touch(state: &mut State, arn: &str, id: &str, now: DateTime<Utc>) {
    let graph = state.graphs.get_mut(arn).filter(|_| state.start_moves_updated_time);
    graph.and_then(|graph| graph.members.change(id, |member| member.updated = now));
}

fn too_many_members() -> AwsError {
    AwsError::quota("The behavior graph cannot have more member accounts", "MEMBER_ACCOUNTS")
}

fn is_unverified(state: &State, id: &str) -> bool {
    state.accounts.get(id).is_some_and(|account| account.volume == Volume::Unverified)
}

/// The third cause that the API reference documents for the quota's error.
fn unverified(id: &str) -> AwsError {
    AwsError::quota(format!("Detective cannot verify the data rate of account {id}"), "VOLUME")
}

fn ids(input: &Value) -> Vec<String> {
    let mut seen = BTreeSet::new();
    texts(input, "AccountIds").filter(|id| seen.insert(*id)).map(str::to_owned).collect()
}
