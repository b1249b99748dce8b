//! Invitations to a behavior graph, as the invited account sees them.

use aws_sdk_detective::types::{InvitationType, MemberDetail, MemberStatus};

use crate::model::account::AccountId;
use crate::model::graph::GraphArn;

/// A membership as the member account sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Invitation {
    /// The account that was invited: the caller's own.
    pub account: AccountId,
    /// The behavior graph that it is invited to. Its administrator is the account that the ARN names.
    pub graph: GraphArn,
    /// The administrator that the answer names beside the ARN.
    pub stated_administrator: Option<AccountId>,
    /// Whether the account was invited, or belongs to the graph's organization.
    pub kind: Option<InvitationType>,
    /// Where the membership stands.
    pub status: MemberStatus,
}

impl Invitation {
    /// Reads what ListInvitations answers. `None` for an entry without a usable account id, graph or status.
    pub fn from_detail(detail: &MemberDetail) -> Option<Self> {
        Some(Self {
            account: detail.account_id()?.parse().ok()?,
            graph: detail.graph_arn()?.parse().ok()?,
            stated_administrator: detail.administrator_id().and_then(|id| id.parse().ok()),
            kind: detail.invitation_type().cloned(),
            status: detail.status()?.clone(),
        })
    }
}
