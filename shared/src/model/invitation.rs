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

#[cfg(test)]
mod tests {
    use super::*;

    const GRAPH: &str = "arn:aws:detective:eu-west-1:111122223333:graph:0123456789abcdef0123456789abcdef";

    #[test]
    fn an_invitation_is_read_if_it_names_an_account_a_graph_and_a_status() {
        let whole = || {
            MemberDetail::builder()
                .account_id("444455556666")
                .graph_arn(GRAPH)
                .status(MemberStatus::Invited)
                .administrator_id("111122223333")
                .invitation_type(InvitationType::Invitation)
        };
        let invitation = Invitation {
            account: "444455556666".parse().unwrap(),
            graph: GRAPH.parse().unwrap(),
            stated_administrator: Some("111122223333".parse().unwrap()),
            kind: Some(InvitationType::Invitation),
            status: MemberStatus::Invited,
        };
        assert_eq!(Invitation::from_detail(&whole().build()), Some(invitation.clone()));
        let read = Invitation::from_detail(&whole().administrator_id("1").set_invitation_type(None).build());
        assert_eq!(read, Some(Invitation { stated_administrator: None, kind: None, ..invitation }));
        for partly in [whole().account_id("1"), whole().graph_arn("arn"), whole().set_status(None)] {
            assert_eq!(Invitation::from_detail(&partly.build()), None);
        }
    }
}
