//! Members of a behavior graph, as its administrator sees them.

use std::collections::BTreeSet;
use std::ops::Bound;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::page;
use crate::services::detective::graph::{self, Graph, MAXIMUM_MEMBERS, MAXIMUM_VOLUME};
use crate::world::scenario::Volume;
use crate::world::state::{State, Transition, iso};

/// An account's membership in a graph.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    pub(crate) account: String,
    pub(crate) email: String,
    pub(crate) status: String,
    pub(crate) disabled_reason: Option<String>,
    /// Whether it is an organization account in the organization's graph, and not an invited one.
    pub(crate) of_organization: bool,
    pub(crate) invited: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    /// Bytes a day, once Detective knows; 0 before.
    pub(crate) volume: u64,
}

impl Member {
    fn set(&mut self, status: &str, reason: Option<&str>, now: DateTime<Utc>) {
        status.clone_into(&mut self.status);
        self.disabled_reason = reason.map(str::to_owned);
        self.updated = now;
    }

    /// The MemberDetail that the API answers.
    pub(crate) fn detail(&self, graph: &Graph) -> Value {
        let mut detail = json!({
            "AccountId": self.account,
            "EmailAddress": self.email,
            "GraphArn": graph.arn,
            "MasterId": graph.administrator,
            "AdministratorId": graph.administrator,
            "Status": self.status,
            "UpdatedTime": iso(self.updated),
            "InvitationType": if self.of_organization { "ORGANIZATION" } else { "INVITATION" },
        });
        if !self.of_organization {
            detail["InvitedTime"] = json!(iso(self.invited));
        }
        if let Some(reason) = &self.disabled_reason {
            detail["DisabledReason"] = json!(reason);
        }
        if self.volume > 0 {
            detail["VolumeUsageInBytes"] = json!(self.volume);
            detail["VolumeUsageUpdatedTime"] = json!(iso(self.updated));
            detail["PercentOfGraphUtilization"] = json!(self.volume as f64 * 100.0 / MAXIMUM_VOLUME as f64);
            detail["PercentOfGraphUtilizationUpdatedTime"] = json!(iso(self.updated));
            detail["VolumeUsageByDatasourcePackage"] = json!({"DETECTIVE_CORE": {"VolumeUsageInBytes": self.volume, "VolumeUsageUpdateTime": iso(self.updated)}});
        }
        if self.status == "ENABLED" {
            detail["DatasourcePackageIngestStates"] = graph.packages.states();
        }
        detail
    }
}

/// What Detective knows of an account's volume by now.
fn known_volume(state: &State, account: &str) -> Option<u64> {
    let account = state.accounts.get(account)?;
    match account.volume {
        Volume::Known(bytes) => Some(bytes),
        Volume::Unknown => None,
        Volume::UnknownUntil(span) => (state.now() >= account.created + span).then_some(1_000_000_000),
    }
}

/// Why the account cannot be monitored now, with what Detective knows of its volume.
fn check(state: &State, arn: &str, account: &str) -> (Option<&'static str>, u64) {
    match known_volume(state, account) {
        None => (Some("VOLUME_UNKNOWN"), 0),
        Some(volume) if state.graphs[arn].volume() + volume > MAXIMUM_VOLUME => (Some("VOLUME_TOO_HIGH"), volume),
        Some(volume) => (None, volume),
    }
}

/// Whether an account is a member in a status that it has had since a time.
pub(crate) fn waits(state: &State, arn: &str, account: &str, status: &str, since: DateTime<Utc>) -> bool {
    let member = state.graphs.get(arn).and_then(|graph| graph.members.get(account));
    member.is_some_and(|member| member.status == status && member.updated == since)
}

/// Enables a member, or says why not.
pub(crate) fn checked(state: &mut State, arn: &str, account: &str, at: DateTime<Utc>) {
    if !state.graphs.get(arn).is_some_and(|graph| graph.members.contains_key(account)) {
        return;
    }
    let (reason, volume) = check(state, arn, account);
    let graph = state.graphs.get_mut(arn).expect("it was just read");
    let member = graph.members.get_mut(account).expect("it was just read");
    member.volume = volume;
    match reason {
        None => member.set("ENABLED", None, at),
        // An unchanged state keeps its age.
        Some(reason) if member.disabled_reason.as_deref() == Some(reason) => {}
        Some(reason) => member.set("ACCEPTED_BUT_DISABLED", Some(reason), at),
    }
}

/// Ends the verification of an invited account.
pub(crate) fn verified(state: &mut State, arn: &str, account: &str, at: DateTime<Utc>) {
    let Some(known) = state.accounts.get(account).cloned() else { return };
    let Some(member) = state.graphs.get_mut(arn).and_then(|graph| graph.members.get_mut(account)) else { return };
    let matches = known.email.as_deref().is_some_and(|email| email.eq_ignore_ascii_case(&member.email));
    let status = if matches && !known.fails_verification { "INVITED" } else { "VERIFICATION_FAILED" };
    member.set(status, None, at);
}

/// Takes an account that joined the organization, where AutoEnable is on.
pub(crate) fn auto_enabled(state: &mut State, arn: &str, account: &str, at: DateTime<Utc>) {
    let Some(graph) = state.graphs.get(arn) else { return };
    let active = state.accounts.get(account).is_some_and(|account| account.state == "ACTIVE");
    if !graph.auto_enable || !active || graph.members.contains_key(account) || graph.members.len() >= MAXIMUM_MEMBERS {
        return;
    }
    let email = state.accounts[account].email.clone().unwrap_or_default();
    add(state, arn, account, email, true, at);
}

/// Removes an account that left the organization from an organization graph.
pub(crate) fn departed(state: &mut State, arn: &str, account: &str) {
    if state.is_in_organization(account) {
        return;
    }
    if let Some(graph) = state.graphs.get_mut(arn)
        && graph.members.get(account).is_some_and(|member| member.of_organization)
    {
        graph.members.remove(account);
    }
}

fn add(state: &mut State, arn: &str, account: &str, email: String, of_organization: bool, now: DateTime<Utc>) {
    let member = Member {
        account: account.to_owned(),
        email,
        status: "VERIFICATION_IN_PROGRESS".to_owned(),
        disabled_reason: None,
        of_organization,
        invited: now,
        updated: now,
        volume: 0,
    };
    let graph = state.graphs.get_mut(arn).expect("the caller found the graph");
    graph.members.insert(account.to_owned(), member);
    if of_organization {
        // Organization accounts are enabled directly, without an invitation.
        checked(state, arn, account, now);
    } else {
        let transition = Transition::Verified { graph: arn.to_owned(), account: account.to_owned(), since: now };
        state.after(state.timing.verification.0, transition);
    }
}

/// Whether the graph is the organization's in its Region.
pub(crate) fn is_organization_graph(state: &State, arn: &str) -> bool {
    state.detective_administrators.values().any(|administrator| administrator.graph == arn)
}

pub(super) fn create(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let graph = graph::administered(state, caller, input)?;
    let (arn, administrator) = (graph.arn.clone(), graph.administrator.clone());
    let wanted: Vec<(String, String)> = input["Accounts"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|account| (text(account, "AccountId"), text(account, "EmailAddress")))
        .collect();
    let is_of_organization = is_organization_graph(state, &arn);
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
    let mut seen = BTreeSet::new();
    let mut unprocessed = Vec::new();
    let mut accepted = Vec::new();
    let graph = &state.graphs[&arn];
    for (id, email) in wanted {
        // The texts are the emulator's own: AWS does not publish its reasons.
        let reason = if id == administrator {
            Some("The account is the administrator of the behavior graph")
        } else if graph.members.contains_key(&id) {
            Some("The account is already a member of the behavior graph")
        } else if !seen.insert(id.clone()) {
            Some("The account is in the request more than once")
        } else if state.accounts.get(&id).is_some_and(|account| account.state != "ACTIVE") {
            Some("The account is not active")
        } else {
            None
        };
        match reason {
            Some(reason) => unprocessed.push(json!({"AccountId": id, "Reason": reason})),
            None => accepted.push((id, email)),
        }
    }
    if graph.members.len() + accepted.len() > MAXIMUM_MEMBERS {
        let message = format!("A behavior graph cannot have more than {MAXIMUM_MEMBERS} member accounts");
        return Err(AwsError::quota(message, "MEMBER_ACCOUNTS"));
    }
    if !accepted.is_empty() && graph.volume() > MAXIMUM_VOLUME {
        return Err(AwsError::quota("The behavior graph takes in more than 10 TB a day", "VOLUME"));
    }
    let mut members = Vec::new();
    for (id, email) in accepted {
        let account = state.account(&id);
        account.email.get_or_insert_with(|| email.clone());
        let of_organization = is_of_organization && state.is_in_organization(&id);
        add(state, &arn, &id, email, of_organization, now);
        let graph = &state.graphs[&arn];
        members.push(graph.members[&id].detail(graph));
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
            Some(member) => details.push(member.detail(graph)),
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
    let details: Vec<Value> = members.into_iter().map(|(_, member)| member.detail(graph)).collect();
    Ok(page::with_token(json!({"MemberDetails": details}), token))
}

pub(super) fn delete(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let graph = graph::administered(state, caller, input)?;
    let mut removed = Vec::new();
    let mut unprocessed = Vec::new();
    for id in ids(input) {
        if id == graph.administrator {
            let reason = "An administrator account cannot remove itself: delete the behavior graph instead";
            unprocessed.push(json!({"AccountId": id, "Reason": reason}));
        } else if graph.members.remove(&id).is_some() {
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
    let now = state.now();
    if check(state, &arn, &id).0 == Some("VOLUME_TOO_HIGH") {
        checked(state, &arn, &id, now);
        let message = format!("The data volume of account {id} would exceed what the behavior graph can take in");
        return Err(AwsError::quota(message, "VOLUME"));
    }
    // Success may leave the status as it is: the volume can still be unknown.
    checked(state, &arn, &id, now);
    Ok(json!({}))
}

fn ids(input: &Value) -> Vec<String> {
    let ids = input["AccountIds"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut seen = BTreeSet::new();
    ids.filter(|id| seen.insert(*id)).map(str::to_owned).collect()
}

/// A member of an input that the model requires, and has checked to be a text.
pub(crate) fn text(input: &Value, member: &str) -> String {
    input[member].as_str().unwrap_or_default().to_owned()
}
