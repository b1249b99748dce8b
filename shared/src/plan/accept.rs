//! Which invitations are accepted.

use std::collections::BTreeSet;

use aws_sdk_detective::types::{InvitationType, MemberStatus};

use crate::model::account::AccountId;
use crate::model::graph::GraphArn;
use crate::model::invitation::Invitation;
use crate::plan::held::{Held, HeldReason};

/// Whose invitations are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowList {
    /// The administrator accounts that are trusted: at least one.
    pub administrators: BTreeSet<AccountId>,
    /// If there are any, only invitations to these graphs are accepted.
    pub graphs: BTreeSet<GraphArn>,
    /// Whether invitations of other administrators are rejected, and not only reported.
    pub reject_others: bool,
}

/// What to do about one invitation.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// AcceptInvitation.
    Accept,
    /// It is accepted already, or is no invitation to answer.
    Keep,
    /// RejectInvitation: it is a stranger's, and those are to be rejected.
    Reject,
    /// It is left unanswered on purpose.
    Hold(Held),
}

/// Decides on an invitation: only one of type INVITATION and status INVITED is to be answered, and only one whose
/// administrator is on the allow-list is accepted. Who the administrator is comes from the graph's ARN, because that is
/// what AcceptInvitation names; an answer that names another one beside it is not trusted.
pub fn answer(invitation: &Invitation, allowed: &AllowList) -> Answer {
    let administrator = invitation.graph.administrator();
    if invitation.status != MemberStatus::Invited || invitation.kind == Some(InvitationType::Organization) {
        return Answer::Keep;
    }
    if invitation.kind != Some(InvitationType::Invitation) {
        return Answer::Hold(Held {
            reason: HeldReason::UnknownStatus,
            message: "it is of a type that this version does not know".into(),
        });
    }
    if !allowed.administrators.contains(&administrator)
        || invitation.stated_administrator.is_some_and(|stated| stated != administrator)
    {
        if allowed.reject_others {
            return Answer::Reject;
        }
        return Answer::Hold(Held {
            reason: HeldReason::UntrustedAdministrator,
            message: format!(
                "account {administrator} invited it, and is no administrator that is trusted: reject the invitation if nobody \
                 there expected it"
            )
            .into(),
        });
    }
    if !allowed.graphs.is_empty() && !allowed.graphs.contains(&invitation.graph) {
        return Answer::Hold(Held {
            reason: HeldReason::UntrustedGraph,
            message: format!(
                "the invitation is to behavior graph {}, which is not one of TRUSTED_GRAPH_ARNS: put it there if the administrator \
                 has created its graph again, because the new one has another ARN, and else reject the invitation",
                invitation.graph
            )
            .into(),
        });
    }
    Answer::Accept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> AccountId {
        text.parse().unwrap()
    }

    const TRUSTED: &str = "arn:aws:detective:eu-west-1:111122223333:graph:0123456789abcdef0123456789abcdef";

    fn invitation() -> Invitation {
        Invitation {
            account: id("444455556666"),
            graph: TRUSTED.parse().unwrap(),
            stated_administrator: Some(id("111122223333")),
            kind: Some(InvitationType::Invitation),
            status: MemberStatus::Invited,
        }
    }

    fn allowed() -> AllowList {
        AllowList {
            administrators: BTreeSet::from([id("111122223333")]),
            graphs: BTreeSet::new(),
            reject_others: false,
        }
    }

    fn held(answer: Answer) -> HeldReason {
        match answer {
            Answer::Hold(held) => held.reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_open_invitation_of_a_trusted_administrator_is_accepted() {
        assert_eq!(answer(&invitation(), &allowed()), Answer::Accept);
    }

    #[test]
    fn what_is_accepted_already_or_of_the_organization_is_kept() {
        let accepted = Invitation { status: MemberStatus::Enabled, ..invitation() };
        let organization = Invitation { kind: Some(InvitationType::Organization), ..invitation() };
        assert_eq!(answer(&accepted, &allowed()), Answer::Keep);
        assert_eq!(answer(&organization, &allowed()), Answer::Keep);
    }

    #[test]
    fn an_invitation_of_a_stranger_is_held() {
        let stranger =
            Invitation { graph: TRUSTED.replace("111122223333", "999999999999").parse().unwrap(), ..invitation() };
        assert_eq!(held(answer(&stranger, &allowed())), HeldReason::UntrustedAdministrator);
        // Also one that says who it is, and one that says nothing.
        for stated_administrator in [Some(id("999999999999")), None] {
            let stranger = Invitation { stated_administrator, ..stranger.clone() };
            assert_eq!(held(answer(&stranger, &allowed())), HeldReason::UntrustedAdministrator);
        }
        let contradiction = Invitation { stated_administrator: Some(id("999999999999")), ..invitation() };
        assert_eq!(held(answer(&contradiction, &allowed())), HeldReason::UntrustedAdministrator);
    }

    #[test]
    fn an_invitation_of_a_stranger_is_rejected_where_that_is_configured_and_no_other_is() {
        let stranger =
            Invitation { graph: TRUSTED.replace("111122223333", "999999999999").parse().unwrap(), ..invitation() };
        let rejecting = AllowList { reject_others: true, ..allowed() };
        assert_eq!(answer(&stranger, &rejecting), Answer::Reject);
        assert_eq!(answer(&invitation(), &rejecting), Answer::Accept);
        let accepted = Invitation { status: MemberStatus::Enabled, ..stranger };
        assert_eq!(answer(&accepted, &rejecting), Answer::Keep);
    }

    #[test]
    fn with_trusted_graphs_only_those_are_accepted() {
        let other = TRUSTED.replace("graph:0", "graph:1").parse().unwrap();
        let allowed = AllowList { graphs: BTreeSet::from([other]), ..allowed() };
        assert_eq!(held(answer(&invitation(), &allowed)), HeldReason::UntrustedGraph);
    }

    #[test]
    fn an_invitation_of_an_unknown_type_is_held() {
        let unknown = Invitation { kind: Some(InvitationType::from("SOMETHING")), ..invitation() };
        assert_eq!(held(answer(&unknown, &allowed())), HeldReason::UnknownStatus);
        let untyped = Invitation { kind: None, ..invitation() };
        assert_eq!(held(answer(&untyped, &allowed())), HeldReason::UnknownStatus);
    }
}
