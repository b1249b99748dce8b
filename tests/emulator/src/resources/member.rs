//! Members of behavior graphs.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Deserialize;

/// What an invited member of the organization's graph becomes when its account joins the organization. AWS does not document
/// it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Joining {
    /// A member by organization, as when an administrator is designated that has a graph.
    #[default]
    ByOrganization,
    /// It stays a member by invitation, in the status that it has.
    ByInvitation,
}

/// An account's membership in a behavior graph.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    pub(crate) account: String,
    pub(crate) email: String,
    pub(crate) status: String,
    pub(crate) disabled_reason: Option<String>,
    /// Whether it is an organization account in the organization's graph, and not an invited one.
    pub(crate) of_organization: bool,
    pub(crate) invited: DateTime<Utc>,
    /// When its status last changed.
    pub(crate) updated: DateTime<Utc>,
    /// Bytes a day, once Detective knows; 0 before.
    pub(crate) volume: u64,
    /// What it was before, oldest first.
    pub(crate) past: Vec<Past>,
}

/// What an account was in a behavior graph.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Past {
    pub(crate) since: DateTime<Utc>,
    /// The status; none while it was no member.
    pub(crate) status: Option<String>,
    pub(crate) disabled_reason: Option<String>,
}

/// How much of an account's past is kept.
const KEPT: usize = 50;

impl Member {
    /// Gives it a status, and the reason of one that is ACCEPTED_BUT_DISABLED.
    pub(crate) fn set_status(&mut self, status: &str, reason: Option<&str>, now: DateTime<Utc>) {
        self.remember();
        status.clone_into(&mut self.status);
        self.disabled_reason = reason.map(str::to_owned);
        self.updated = now;
    }

    /// What it is, as its past has it.
    pub(crate) fn present(&self) -> Past {
        let (status, disabled_reason) = (Some(self.status.clone()), self.disabled_reason.clone());
        Past { since: self.updated, status, disabled_reason }
    }

    /// Makes the present a part of the past.
    fn remember(&mut self) {
        self.past.drain(..(self.past.len() + 1).saturating_sub(KEPT));
        self.past.push(self.present());
    }

    /// Its past, once it is removed.
    pub(crate) fn removed(mut self, now: DateTime<Utc>) -> Vec<Past> {
        self.remember();
        self.past.push(Past { since: now, status: None, disabled_reason: None });
        self.past
    }

    /// INVITATION or ORGANIZATION.
    pub(crate) fn invitation_type(&self) -> &'static str {
        if self.of_organization { "ORGANIZATION" } else { "INVITATION" }
    }
}
