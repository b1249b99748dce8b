//! Organization accounts in the organization's graph: verified or not, they are never invited.

use aws_sdk_detective::types::{MemberDisabledReason, MemberStatus};
use detective_emulator::{Cloud, Scenario};

use crate::setup::{ADMINISTRATOR, APP, SCENARIO, detective, graph, invitee, member, minutes, start};

fn with_member(status: &str) -> String {
    let member = format!("organization: true, members: [{{account: {APP:?}, status: {status}}}]}}");
    SCENARIO.replace("organization: true}", &member)
}

#[tokio::test]
async fn a_verified_account_is_enabled_or_disabled() {
    for (volume, status, reason) in [
        ("1GB", MemberStatus::Enabled, None),
        ("unknown", MemberStatus::AcceptedButDisabled, Some(MemberDisabledReason::VolumeUnknown)),
    ] {
        let scenario = SCENARIO.replace("tags: {team: web}", &format!("volume: {volume}"));
        let emulator = start(&format!("timing: {{organizationVerification: 2m}}\n{scenario}")).await;
        let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
        let arn = graph(&client).await;
        let create = client.create_members().graph_arn(&arn).accounts(invitee(APP, "app@example.com"));
        assert_eq!(create.send().await.unwrap().members()[0].status(), Some(&MemberStatus::VerificationInProgress));
        minutes(&emulator, 2);
        let verified = member(&client, &arn, APP).await.unwrap();
        assert_eq!((verified.status.unwrap(), verified.disabled_reason), (status, reason));
    }
}

#[tokio::test]
async fn an_account_that_a_scenario_has_in_verification_is_not_invited_in_the_end() {
    let emulator = start(&with_member("VERIFICATION_IN_PROGRESS")).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    assert_eq!(member(&client, &arn, APP).await.unwrap().status(), Some(&MemberStatus::VerificationInProgress));
    minutes(&emulator, 2);
    assert_eq!(member(&client, &arn, APP).await.unwrap().status(), Some(&MemberStatus::Enabled));
}

#[test]
fn a_scenario_with_an_organization_account_that_is_invited_is_refused() {
    let refused = Cloud::new(&Scenario::from_yaml(&with_member("INVITED")).unwrap()).unwrap_err().to_string();
    assert!(
        refused.contains("member 333333333333 has the status INVITED, and is an organization account"),
        "{refused}"
    );
}
