//! How members change as time passes.

use chrono::{DateTime, Utc};

use crate::resources::account::Account;
use crate::resources::graph::{Graph, MAXIMUM_VOLUME};
use crate::resources::member::Member;
use crate::resources::member_limit::can_enable;
use crate::resources::region::is_govcloud;
use crate::resources::volume::Volume;
use crate::world::state::State;
use crate::world::transition::Transition;

/// An account's volume, once Detective knows it.
pub(super) fn known_volume(state: &State, account: &str) -> Option<u64> {
    // An account that is suspended sends nothing.
    let account = state.accounts.get(account).filter(|account| account.is_active())?;
    match account.volume {
        Volume::Known(bytes) => Some(bytes),
        Volume::Unknown | Volume::Unverified => None,
        Volume::UnknownUntil(span) => (state.now() >= account.created + span).then_some(1_000_000_000),
    }
}

/// Whether an account can be monitored now, or what keeps Detective from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Eligibility {
    Eligible,
    VolumeUnknown,
    VolumeTooHigh,
    TooManyMembers,
}

impl Eligibility {
    /// The reason of a member that is disabled. AWS has none for a graph with too many members.
    fn disabled_reason(self) -> Option<&'static str> {
        match self {
            Self::VolumeUnknown => Some("VOLUME_UNKNOWN"),
            Self::VolumeTooHigh => Some("VOLUME_TOO_HIGH"),
            Self::Eligible | Self::TooManyMembers => None,
        }
    }
}

/// Whether the account can be monitored now, and its volume; 0 if that is not known.
pub(super) fn check(state: &State, arn: &str, account: &str) -> (Eligibility, u64) {
    let graph = &state.graphs[arn];
    match known_volume(state, account) {
        None => (Eligibility::VolumeUnknown, 0),
        Some(volume) if !can_enable(graph) => (Eligibility::TooManyMembers, volume),
        Some(volume) if graph.members.enabled().volume + volume > MAXIMUM_VOLUME => {
            (Eligibility::VolumeTooHigh, volume)
        }
        Some(volume) => (Eligibility::Eligible, volume),
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
    let (eligibility, volume) = check(state, arn, account);
    let graph = state.graphs.get_mut(arn).expect("it was just read");
    let (status, reason) = match eligibility {
        Eligibility::Eligible => ("ENABLED", None),
        disabled => ("ACCEPTED_BUT_DISABLED", disabled.disabled_reason()),
    };
    graph.members.change(account, |member| {
        member.volume = volume;
        // Without a change, the time of the last change stays.
        if (member.status.as_str(), member.disabled_reason.as_deref()) != (status, reason) {
            member.set_status(status, reason, at);
        }
    });
}

/// Checks all members that are not enabled, in the order in which they were invited.
pub(crate) fn check_all(state: &mut State, at: DateTime<Utc>) {
    let disabled = |graph: &Graph| {
        let members = graph.members.values().filter(|member| member.status == "ACCEPTED_BUT_DISABLED");
        members.map(|member| (graph.arn.clone(), member.invited, member.account.clone())).collect::<Vec<_>>()
    };
    let mut disabled: Vec<_> = state.graphs.values().flat_map(disabled).collect();
    disabled.sort();
    for (graph, _, account) in disabled {
        checked(state, &graph, &account, at);
    }
}

/// Completes the verification of an account: one of the organization is enabled directly, without an invitation.
pub(crate) fn verified(state: &mut State, arn: &str, account: &str, at: DateTime<Utc>) {
    let Some(known) = state.accounts.get(account).cloned() else { return };
    let Some(graph) = state.graphs.get_mut(arn) else { return };
    if graph.members.get(account).is_some_and(|member| member.of_organization) {
        return checked(state, arn, account, at);
    }
    graph.members.change(account, |member| {
        let matches = known.email.as_deref().is_some_and(|email| email.eq_ignore_ascii_case(&member.email));
        let status = if matches && !known.fails_verification { "INVITED" } else { "VERIFICATION_FAILED" };
        member.set_status(status, None, at);
    });
}

/// Adds an account that joined the organization, where AutoEnable is on.
pub(crate) fn auto_enabled(state: &mut State, arn: &str, account: &str, at: DateTime<Utc>) {
    let Some(graph) = state.graphs.get(arn) else { return };
    let active = state.accounts.get(account).is_some_and(Account::is_active);
    let has_capacity = state.member_limit_counts.has_capacity(graph, 1);
    if !graph.auto_enable || !active || graph.members.contains_key(account) || !has_capacity {
        return;
    }
    let email = state.accounts[account].email.clone().unwrap_or_default();
    add(state, arn, account, email, true, at);
}

/// Makes an invited member of the organization's graph a member by organization, if its account is in the organization. It
/// is enabled, whatever its status was.
///
/// <https://docs.aws.amazon.com/detective/latest/adminguide/accounts-orgs-transition.html>
pub(crate) fn taken_over(state: &mut State, arn: &str, account: &str, at: DateTime<Utc>) {
    if !state.is_organization_graph(arn) || !state.is_in_organization(account) {
        return;
    }
    let Some(graph) = state.graphs.get_mut(arn) else { return };
    let is_enabled = graph.members.change(account, |member| {
        member.of_organization = true;
        member.status == "ENABLED"
    });
    if is_enabled == Some(false) {
        checked(state, arn, account, at);
    }
}

/// Whether Detective removes an account from a graph because it is closed for good. In GovCloud it does not:
/// <https://docs.aws.amazon.com/detective/latest/userguide/accounts-invited-remove.html>.
fn is_terminated_in(state: &State, graph: &Graph, account: &str) -> bool {
    state.accounts.get(account).is_some_and(|account| account.state == "CLOSED") && !is_govcloud(&graph.region)
}

/// Removes an account that is closed for good from all graphs, and deletes those that it administers.
pub(crate) fn terminated(state: &mut State, account: &str, at: DateTime<Utc>) {
    let of = |graph: &Graph| graph.administrator == account;
    let administered: Vec<String> =
        state.graphs.values().filter(|graph| of(graph)).map(|graph| graph.arn.clone()).collect();
    administered.iter().for_each(|arn| state.delete_graph(arn));
    let left: Vec<String> = state
        .graphs
        .values()
        .filter(|graph| is_terminated_in(state, graph, account))
        .map(|graph| graph.arn.clone())
        .collect();
    for arn in left {
        state.graphs.get_mut(&arn).expect("it was just read").remove_member(account, at);
    }
}

/// Removes an account that left the organization from an organization graph.
pub(crate) fn departed(state: &mut State, arn: &str, account: &str, at: DateTime<Utc>) {
    let is_closed = state.accounts.get(account).is_some_and(|account| account.state == "CLOSED");
    // What becomes of an account that is closed for good is another rule.
    if state.is_in_organization(account) || is_closed {
        return;
    }
    if let Some(graph) = state.graphs.get_mut(arn)
        && graph.members.get(account).is_some_and(|member| member.of_organization)
    {
        graph.remove_member(account, at);
    }
}

/// Adds a member, which is verified later, or at once.
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
        past: Vec::new(),
    };
    let graph = state.graphs.get_mut(arn).expect("the caller has read the graph");
    graph.add_member(member);
    // <https://docs.aws.amazon.com/detective/latest/userguide/accounts-invited-members.html>: in GovCloud, no address is
    // verified.
    if !of_organization && is_govcloud(&graph.region) {
        graph.members.change(account, |member| member.set_status("INVITED", None, now));
        return;
    }
    let timing = &state.timing;
    let verification = if of_organization { timing.organization_verification } else { timing.verification };
    let transition = Transition::Verified { graph: arn.to_owned(), account: account.to_owned(), since: now };
    state.after(verification.0, transition);
}
