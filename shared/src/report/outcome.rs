//! How accounts ended.

use std::collections::BTreeMap;
use std::fmt;

use aws_sdk_detective::types::MemberStatus;
use serde::Serialize;

use crate::error::Failure;
use crate::model::account::AccountId;
use crate::model::graph::GraphArn;
use crate::model::region::Region;
use crate::plan::held::{Held, HeldReason};
use crate::plan::needs::Needs;

/// What a run did with one account in one Region.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountReport {
    /// The account.
    pub account_id: AccountId,
    /// The graph that the account was invited to, where that is not the Region's graph.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub graph_arn: Option<GraphArn>,
    /// The administrator that invited the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub administrator_id: Option<AccountId>,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Since when it has failed in the same way, if an earlier run has told so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_since: Option<String>,
}

impl AccountReport {
    /// The accounts' outcomes in the Region's own graph, in the order of their ids.
    pub fn of(outcomes: BTreeMap<AccountId, Outcome>) -> Vec<Self> {
        outcomes.into_iter().map(|(id, outcome)| Self::new(id, outcome)).collect()
    }

    /// An account's outcome in the Region's own graph.
    pub fn new(account_id: AccountId, outcome: Outcome) -> Self {
        Self { account_id, graph_arn: None, administrator_id: None, outcome, known_since: None }
    }
}

/// How an account ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "camelCase")]
pub enum Outcome {
    /// As it should be, or just put on its way there.
    Done {
        /// What was done to it.
        action: Action,
        /// Its membership afterwards, as Detective names it.
        #[serde(serialize_with = "as_text")]
        status: MemberStatus,
    },
    /// It is a member no more.
    Removed,
    /// In a dry run, what would be done.
    Planned {
        /// What would be done to it.
        action: Action,
    },
    /// Something failed.
    Failed {
        /// What was attempted, if it came to that.
        #[serde(skip_serializing_if = "Option::is_none")]
        attempted: Option<Action>,
        /// Why it failed.
        #[serde(flatten)]
        failure: Failure,
    },
    /// Left alone on purpose: `blocked`, `waiting` or `excluded`, by whom it needs.
    #[serde(untagged)]
    Held(Held),
}

/// What was done to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// It was already as it should be.
    None,
    /// CreateMembers took it.
    Created,
    /// StartMonitoringMember took it.
    Started,
    /// Its invitation was accepted.
    Accepted,
    /// Its invitation, which was a stranger's, was rejected.
    Rejected,
    /// DeleteMembers took it.
    Removed,
    /// It was removed, and invited with its current email address.
    Reinvited,
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(formatter)
    }
}

impl Outcome {
    /// A failure, in what was `attempted` or before it came to that.
    pub fn failed(attempted: Option<Action>, failure: impl Into<Failure>) -> Self {
        Self::Failed { attempted, failure: failure.into() }
    }

    /// A failure as one of work in a Region.
    pub(super) fn set_region(&mut self, region: &Region) {
        if let Self::Failed { failure, .. } = self {
            *failure = failure.clone().in_region(region);
        }
    }

    /// The membership's status afterwards, as far as it follows from this, where it was `before`; `None` for no member.
    pub fn membership(&self, before: Option<&MemberStatus>) -> Option<MemberStatus> {
        match self {
            Self::Done { status, .. } => Some(status.clone()),
            Self::Removed => None,
            // CreateMembers is for accounts that are no members, or were removed to be invited again.
            Self::Failed { attempted: Some(Action::Created), .. } => None,
            Self::Held(held) => match held.reason {
                // It may have become a member in this run.
                HeldReason::VolumeTooHigh
                | HeldReason::VolumeUnknown
                | HeldReason::DisabledForUnknownReason
                | HeldReason::CoolingOff => Some(MemberStatus::AcceptedButDisabled),
                HeldReason::VerificationFailed => Some(MemberStatus::VerificationFailed),
                HeldReason::NoLongerMember => None,
                _ => before.cloned(),
            },
            Self::Planned { .. } | Self::Failed { .. } => before.cloned(),
        }
    }

    /// Whom the account needs from now on; `is_stuck` if it has been on its way for too long.
    pub fn needs(&self, is_stuck: bool) -> Needs {
        let needs = match self {
            Self::Held(held) => held.reason.needs(),
            Self::Failed { .. } => Needs::Person,
            Self::Done { status: MemberStatus::Enabled, .. } | Self::Removed | Self::Planned { .. } => Needs::Nobody,
            Self::Done { .. } => Needs::Time,
        };
        if is_stuck && needs == Needs::Time { Needs::Person } else { needs }
    }

    /// Whether its turn had not come when time was up.
    pub fn is_out_of_time(&self) -> bool {
        matches!(self, Self::Held(held) if held.reason == HeldReason::OutOfTime)
    }
}

fn as_text<S: serde::Serializer>(status: &MemberStatus, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(status.as_str())
}
