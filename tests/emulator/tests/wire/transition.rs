//! From invitations to Organizations: what becomes of invited members when an administrator is designated, or when their
//! account joins the organization.

use detective_emulator::{Emulator, MemberView};

use crate::setup::{
    ADMINISTRATOR, APP, MANAGEMENT, OUTSIDER, SCENARIO, code, detective, graph, member, minutes, organizations, start,
};

const DISABLED: &str = "444444444444";

/// An invitation graph in eu-west-1 with two accounts of the organization, and one from outside, in a status each.
async fn invited(app: &str, disabled_volume: &str, outsider: &str) -> Emulator {
    let account = format!("    - {{id: {DISABLED:?}, email: d@example.com, volume: {disabled_volume}}}\nstandalone:");
    let members = format!(
        "eu-west-1], members: [{{account: {APP:?}, status: {app}}}, {{account: {OUTSIDER:?}, status: {outsider}}}, \
         {{account: {DISABLED:?}, status: ACCEPTED_BUT_DISABLED}}]"
    );
    start(&SCENARIO.replace("standalone:", &account).replace("eu-west-1]", &members)).await
}

async fn designate(emulator: &Emulator) {
    let management = detective(emulator, MANAGEMENT, "eu-west-1");
    management.enable_organization_admin_account().account_id(ADMINISTRATOR).send().await.unwrap();
}

/// The member's status, and how it became one.
fn membership(emulator: &Emulator, account: &str) -> (String, String) {
    let graphs = emulator.cloud().snapshot().graphs;
    let graph = graphs.into_iter().find(|graph| graph.region == "eu-west-1").unwrap();
    let found = graph.members.into_iter().find(|member| member.account_id == account).unwrap();
    let MemberView { status, invitation_type, .. } = found;
    (status, invitation_type)
}

fn pair(status: &str, kind: &str) -> (String, String) {
    (status.to_owned(), kind.to_owned())
}

#[tokio::test]
async fn a_designation_takes_the_graph_over_and_enables_its_organization_accounts_whatever_they_were() {
    for status in ["ENABLED", "INVITED", "ACCEPTED_BUT_DISABLED", "VERIFICATION_IN_PROGRESS", "VERIFICATION_FAILED"] {
        let emulator = invited(status, "1GB", "INVITED").await;
        let administrator = detective(&emulator, ADMINISTRATOR, "eu-west-1");
        let before = graph(&administrator).await;
        designate(&emulator).await;
        assert_eq!(graph(&administrator).await, before, "the graph becomes the organization's");
        minutes(&emulator, 10);
        assert_eq!(membership(&emulator, APP), pair("ENABLED", "ORGANIZATION"), "{status}");
        assert_eq!(membership(&emulator, DISABLED), pair("ENABLED", "ORGANIZATION"));
        assert_eq!(membership(&emulator, OUTSIDER), pair("INVITED", "INVITATION"), "it is not the organization's");
        assert_eq!(emulator.cloud().snapshot().graphs.iter().filter(|graph| graph.organization).count(), 2);
    }
}

#[tokio::test]
async fn an_account_whose_volume_is_not_known_becomes_a_member_by_organization_that_waits() {
    let emulator = invited("INVITED", "unknown", "ENABLED").await;
    designate(&emulator).await;
    assert_eq!(membership(&emulator, DISABLED), pair("ACCEPTED_BUT_DISABLED", "ORGANIZATION"));
    assert_eq!(membership(&emulator, OUTSIDER), pair("ENABLED", "INVITATION"));
}

#[tokio::test]
async fn what_the_designation_took_over_can_neither_reject_nor_resign() {
    let emulator = invited("INVITED", "1GB", "INVITED").await;
    let app = detective(&emulator, APP, "eu-west-1");
    let arn = graph(&detective(&emulator, ADMINISTRATOR, "eu-west-1")).await;
    designate(&emulator).await;
    assert_eq!(code(app.accept_invitation().graph_arn(&arn).send().await), "ConflictException");
    assert_eq!(code(app.reject_invitation().graph_arn(&arn).send().await), "ConflictException");
    assert_eq!(code(app.disassociate_membership().graph_arn(&arn).send().await), "ConflictException");
    // One from outside still can.
    detective(&emulator, OUTSIDER, "eu-west-1").reject_invitation().graph_arn(&arn).send().await.unwrap();
}

#[tokio::test]
async fn an_invited_member_that_joins_becomes_one_by_organization_or_stays_as_it_is() {
    for (joining, becomes) in [
        ("", pair("ENABLED", "ORGANIZATION")),
        ("joining: byOrganization", pair("ENABLED", "ORGANIZATION")),
        ("joining: byInvitation", pair("INVITED", "INVITATION")),
    ] {
        let member = format!("organization: true, members: [{{account: {OUTSIDER:?}, status: INVITED}}]}}");
        let emulator = start(&format!("{joining}\n{}", SCENARIO.replace("organization: true}", &member))).await;
        join(&emulator).await;
        let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
        let arn = graph(&client).await;
        let joined = crate::setup::member(&client, &arn, OUTSIDER).await.unwrap();
        let found = (joined.status.unwrap(), joined.invitation_type.unwrap());
        assert_eq!(pair(found.0.as_str(), found.1.as_str()), becomes, "{joining}");
    }
}

#[tokio::test]
async fn an_account_that_joined_and_leaves_again_is_removed_if_it_was_a_member_by_organization() {
    for (joining, stays) in [("byOrganization", false), ("byInvitation", true)] {
        let members = format!("organization: true, members: [{{account: {OUTSIDER:?}}}]}}");
        let scenario = SCENARIO.replace("organization: true}", &members);
        let emulator = start(&format!("joining: {joining}\n{scenario}")).await;
        join(&emulator).await;
        organizations(&emulator, OUTSIDER).leave_organization().send().await.unwrap();
        minutes(&emulator, 10);
        let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
        let arn = graph(&client).await;
        assert_eq!(member(&client, &arn, OUTSIDER).await.is_some(), stays, "{joining}");
    }
}

/// OUTSIDER joins the organization.
async fn join(emulator: &Emulator) {
    use aws_sdk_organizations::types::{HandshakeParty, HandshakePartyType};
    let target = HandshakeParty::builder().id(OUTSIDER).r#type(HandshakePartyType::Account).build().unwrap();
    let invite = organizations(emulator, MANAGEMENT).invite_account_to_organization().target(target);
    let handshake = invite.send().await.unwrap().handshake.unwrap().id.unwrap();
    organizations(emulator, OUTSIDER).accept_handshake().handshake_id(handshake).send().await.unwrap();
    minutes(emulator, 10);
}
