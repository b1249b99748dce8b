//! What several accounts are in a behavior graph, as the coverage page has it.

use serde::Serialize;

/// What several accounts are in a behavior graph.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Kind {
    /// The membership's status; empty for an account that is no member.
    status: String,
    /// As the reconciler's reports have it.
    outcome: &'static str,
    /// Nothing: the emulator plans nothing.
    action: &'static str,
    reason: String,
    message: &'static str,
    needs: &'static str,
}

/// What an account is in a behavior graph.
#[derive(Debug, Clone, Copy)]
pub(super) enum Standing<'a> {
    Administrator,
    /// With its status, and the reason of one that is disabled.
    Member(&'a str, Option<&'a str>),
    /// An account of the organization, with its state there.
    NoMember(&'a str),
}

impl Kind {
    pub(super) fn is_of(&self, standing: Standing<'_>) -> bool {
        match standing {
            Standing::Administrator => self.outcome == "administrator",
            Standing::Member(status, reason) => self.status == status && self.reason == reason.unwrap_or_default(),
            Standing::NoMember(state) => self.status.is_empty() && self.reason == no_member(state),
        }
    }

    pub(super) fn is_enabled(&self) -> bool {
        self.status == "ENABLED"
    }
}

fn no_member(state: &str) -> &str {
    if state == "ACTIVE" { "not a member" } else { state }
}

impl From<Standing<'_>> for Kind {
    fn from(standing: Standing<'_>) -> Self {
        let (status, reason) = match standing {
            Standing::Administrator => ("", ""),
            Standing::Member(status, reason) => (status, reason.unwrap_or_default()),
            Standing::NoMember(state) => ("", no_member(state)),
        };
        let (needs, message) = match (standing, status, reason) {
            (Standing::Administrator, ..) | (_, "ENABLED", _) => ("nobody", ""),
            (_, "INVITED", _) => ("time", "the account has to accept the invitation"),
            (_, "VERIFICATION_IN_PROGRESS", _) => ("time", "Detective verifies its email address"),
            (_, "VERIFICATION_FAILED", _) => {
                ("person", "Detective could not verify its email address: remove it, and invite it with the right one")
            }
            (_, _, "VOLUME_UNKNOWN") => ("time", "Detective does not know the account's data volume yet"),
            (_, _, "VOLUME_TOO_HIGH") => {
                ("person", "the behavior graph would take in too much data with it: reduce its data, or remove others")
            }
            (Standing::Member(..), ..) => ("time", "Detective accepted it, and does not monitor it"),
            (Standing::NoMember("ACTIVE"), ..) => ("time", "no call has made the account a member"),
            (Standing::NoMember(_), ..) => ("nobody", "only ACTIVE accounts can be members"),
        };
        let outcome = match (standing, needs) {
            (Standing::Administrator, _) => "administrator",
            (_, "person") => "blocked",
            (_, "time") => "waiting",
            (Standing::Member(..), _) => "done",
            (Standing::NoMember(_), _) => "excluded",
        };
        Self { status: status.to_owned(), outcome, action: "", reason: reason.to_owned(), message, needs }
    }
}
