//! GovCloud's Regions: addresses are not verified, and members that are closed for good stay.

use aws_sdk_detective::types::MemberStatus;

use crate::setup::{
    ADMINISTRATOR, APP, MANAGEMENT, OUTSIDER, SCENARIO, detective, graph, invitee, member, minutes, organizations,
    start,
};

const REGION: &str = "us-gov-west-1";

#[tokio::test]
async fn an_account_is_invited_at_once_with_whatever_address() {
    let emulator = start(&SCENARIO.replace("eu-west-1", REGION)).await;
    let client = detective(&emulator, ADMINISTRATOR, REGION);
    let arn = graph(&client).await;
    assert!(arn.starts_with("arn:aws-us-gov:detective:"), "{arn}");
    let create = client.create_members().graph_arn(&arn).accounts(invitee(OUTSIDER, "other@example.com"));
    assert_eq!(create.send().await.unwrap().members()[0].status(), Some(&MemberStatus::Invited));
    detective(&emulator, OUTSIDER, REGION).accept_invitation().graph_arn(&arn).send().await.unwrap();
    minutes(&emulator, 2);
    assert_eq!(member(&client, &arn, OUTSIDER).await.unwrap().status(), Some(&MemberStatus::Enabled));
}

#[tokio::test]
async fn a_member_that_is_closed_for_good_stays_and_one_that_leaves_does_not() {
    let accounts = "    - {id: \"444444444444\", email: left@example.com}\nstandalone:";
    let members =
        format!("{REGION}], organization: true, members: [{{account: {APP:?}}}, {{account: \"444444444444\"}}]");
    let scenario = SCENARIO.replace("standalone:", accounts).replace("eu-west-1]", &members);
    let emulator = start(&scenario).await;
    let management = organizations(&emulator, MANAGEMENT);
    management.close_account().account_id(APP).send().await.unwrap();
    management.remove_account_from_organization().account_id("444444444444").send().await.unwrap();
    minutes(&emulator, 92 * 24 * 60);
    let client = detective(&emulator, ADMINISTRATOR, REGION);
    let arn = graph(&client).await;
    assert!(member(&client, &arn, APP).await.is_some());
    assert!(member(&client, &arn, "444444444444").await.is_none());
}
