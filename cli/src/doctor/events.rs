//! The events about accounts, and which of them must be delivered.

use detective_onboarding::model::policy::Policy;
use serde_json::Value;

use super::context::Context;

pub(super) const CONTROL_TOWER: &str = "CreateManagedAccount";
const MOVE: &str = "MoveAccount";
const TAGS: [&str; 2] = ["TagResource", "UntagResource"];
const ARRIVALS: [&str; 3] = ["CreateAccountResult", "AccountJoinedOrganization", "AcceptHandshake"];
const DEPARTURES: [&str; 4] =
    ["AccountDepartedOrganization", "RemoveAccountFromOrganization", "LeaveOrganization", "CloseAccountResult"];

/// An event of each kind.
const EXAMPLES: [(&str, &str); 11] = [
    ("CreateAccountResult", include_str!("../../../events/create-account-succeeded.json")),
    ("AccountJoinedOrganization", include_str!("../../../events/account-joined-created.json")),
    ("AcceptHandshake", include_str!("../../../events/accept-handshake-all-features.json")),
    (CONTROL_TOWER, include_str!("../../../events/control-tower-create-managed-account-succeeded.json")),
    (MOVE, include_str!("../../../events/move-account.json")),
    (TAGS[0], include_str!("../../../events/tag-account.json")),
    (TAGS[1], include_str!("../../../events/untag-account.json")),
    ("AccountDepartedOrganization", include_str!("../../../events/account-departed.json")),
    ("RemoveAccountFromOrganization", include_str!("../../../events/remove-account.json")),
    ("LeaveOrganization", include_str!("../../../events/leave-organization.json")),
    ("CloseAccountResult", include_str!("../../../events/close-account-succeeded.json")),
];

/// The events as they arrive in this organization.
pub(super) fn examples(context: &Context) -> Vec<(&'static str, Value)> {
    let example = |(name, text): (&'static str, &str)| {
        let mut event: Value = serde_json::from_str(text).expect("the example events are JSON");
        if let Some(management) = context.management() {
            event["account"] = Value::String(management.to_string());
        }
        let region = match &context.control_tower {
            Some(region) if name == CONTROL_TOWER => region,
            _ => &context.home,
        };
        event["region"] = Value::String(region.to_string());
        (name, event)
    };
    EXAMPLES.map(example).into()
}

/// Those of Organizations that may make an account a member. A move does where the policy names an OU, and a change of tags
/// where it names a tag.
pub(super) fn arrivals(context: &Context) -> Vec<&'static str> {
    let policy: Policy = context.policy.parse().unwrap_or_default();
    let moves = (!policy.units().is_empty()).then_some(MOVE);
    let tags = if policy.reads_tags() { &TAGS[..] } else { &[] };
    ARRIVALS.into_iter().chain(moves).chain(tags.iter().copied()).collect()
}

/// Those after which an account may have to be removed from the members.
pub(super) fn departures(context: &Context) -> Vec<&'static str> {
    if context.remove_members { DEPARTURES.into() } else { Vec::new() }
}
