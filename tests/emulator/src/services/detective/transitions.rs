//! How members change as time passes.

use chrono::{DateTime, Utc};

use crate::resources::graph::{MAXIMUM_MEMBERS, MAXIMUM_VOLUME};
use crate::resources::member::Member;
use crate::resources::volume::Volume;
use crate::world::state::State;
use crate::world::transition::Transition;

/// An account's volume, once Detective knows it.
fn known_volume(state: &State, account: &str) -> Option<u64> {
    let account = state.accounts.get(account)?;
    match account.volume {
        Volume::Known(bytes) => Some(bytes),
        Volume::Unknown | Volume::Unverified => None,
        Volume::UnknownUntil(span) => (state.now() >= account.created + span).then_some(1_000_000_000),
    }
}

/// The reason that the account cannot be monitored now, if there is one, and its volume; 0 if that is not known.
pub(super) fn check(state: &State, arn: &str, account: &str) -> (Option<&'static str>, u64) {
    match known_volume(state, account) {
        None => (Some("VOLUME_UNKNOWN"), 0),
        Some(volume) if state.graphs[arn].volume() + volume > MAXIMUM_VOLUME => (Some("VOLUME_TOO_HIGH"), volume),
        Some(volume) => (None, volume),
    }
}

/// Whether an account is a member in a status that it has had since a time.
pub(crate) fn has_been(state: &State, arn: &str, account: &str, status: &str, since: DateTime<Utc>) -> bool {
    let member = state.graphs.get(arn).and_then(|graph| graph.members.get(account));
    member.is_some_and(|member| member.status == status && member.updated == since)
}

/// Enables a member, or sets the reason that it is not enabled.
pub(crate) fn checked(state: &mut State, arn: &str, account: &str, at: DateTime<Utc>) {
    if !state.graphs.get(arn).is_some_and(|graph| graph.members.contains_key(account)) {
        return;
    }
    let (reason, volume) = check(state, arn, account);
    let graph = state.graphs.get_mut(arn).expect("it was just read");
    let member = graph.members.get_mut(account).expect("it was just read");
    member.volume = volume;
    match reason {
        None => member.set_status("ENABLED", None, at),
        // Without a change, the time of the last change stays.
        Some(reason) if member.disabled_reason.as_deref() == Some(reason) => {}
        Some(reason) => member.set_status("ACCEPTED_BUT_DISABLED", Some(reason), at),
    }
}

/// Completes the verification of an invited account.
pub(crate) fn verified(state: &mut State, arn: &str, account: &str, at: DateTime<Utc>) {
    let Some(known) = state.accounts.get(account).cloned() else { return };
    let Some(member) = state.graphs.get_mut(arn).and_then(|graph| graph.members.get_mut(account)) else { return };
    let matches = known.email.as_deref().is_some_and(|email| email.eq_ignore_ascii_case(&member.email));
    let status = if matches && !known.fails_verification { "INVITED" } else { "VERIFICATION_FAILED" };
    member.set_status(status, None, at);
}

/// Adds an account that joined the organization, where AutoEnable is on.
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

/// Adds a member. An organization account is checked at once, and an invited one is verified later.
pub(super) fn add(
    state: &mut State,
    arn: &str,
    account: &str,
    email: String,
    of_organization: bool,
    now: DateTime<Utc>,
) {
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
    let graph = state.graphs.get_mut(arn).expect("the caller has read the graph");
    graph.members.insert(account.to_owned(), member);
    if of_organization {
        // Organization accounts are enabled directly, without an invitation.
        checked(state, arn, account, now);
    } else {
        let transition = Transition::Verified { graph: arn.to_owned(), account: account.to_owned(), since: now };
        state.after(state.timing.verification.0, transition);
    }
}
