//! Members: invited or enabled, verified, accepted, checked, started, removed.

use aws_sdk_detective::types::{InvitationType, MemberDisabledReason, MemberStatus};

use crate::setup::{ADMINISTRATOR, APP, OUTSIDER, SCENARIO, code, detective, graph, invitee, member, minutes, start};

#[tokio::test]
async fn an_organization_account_is_enabled_directly_and_without_an_invitation() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    let answer =
        client.create_members().graph_arn(&arn).accounts(invitee(APP, "app@example.com")).send().await.unwrap();
    assert_eq!(answer.members()[0].status(), Some(&MemberStatus::Enabled));
    assert_eq!(answer.members()[0].invitation_type(), Some(&InvitationType::Organization));
    assert_eq!(answer.members()[0].invited_time(), None);
    // Nevertheless its administrator is among its invitations.
    let own = detective(&emulator, APP, "us-east-1").list_invitations().send().await.unwrap();
    assert_eq!(own.invitations()[0].administrator_id(), Some(ADMINISTRATOR));
    assert_eq!(own.invitations()[0].status(), Some(&MemberStatus::Enabled));
}

#[tokio::test]
async fn an_invited_account_is_verified_then_invited_and_after_it_accepted_enabled() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "eu-west-1");
    let arn = graph(&client).await;
    let request = client.create_members().graph_arn(&arn).accounts(invitee(OUTSIDER, "outsider@example.com"));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.members()[0].status(), Some(&MemberStatus::VerificationInProgress));
    let outsider = detective(&emulator, OUTSIDER, "eu-west-1");
    assert!(outsider.list_invitations().send().await.unwrap().invitations().is_empty(), "it is not verified yet");
    minutes(&emulator, 2);
    assert_eq!(member(&client, &arn, OUTSIDER).await.unwrap().status(), Some(&MemberStatus::Invited));
    outsider.accept_invitation().graph_arn(&arn).send().await.unwrap();
    assert_eq!(member(&client, &arn, OUTSIDER).await.unwrap().status(), Some(&MemberStatus::AcceptedButDisabled));
    minutes(&emulator, 1);
    let enabled = member(&client, &arn, OUTSIDER).await.unwrap();
    assert_eq!(enabled.status(), Some(&MemberStatus::Enabled));
    assert_eq!(enabled.disabled_reason(), None);
    assert_eq!(enabled.volume_usage_by_datasource_package().unwrap().len(), 1);
}

#[tokio::test]
async fn an_account_with_another_email_address_fails_verification() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "eu-west-1");
    let arn = graph(&client).await;
    let request = client.create_members().graph_arn(&arn).accounts(invitee(OUTSIDER, "somebody@example.com"));
    request.send().await.unwrap();
    minutes(&emulator, 2);
    assert_eq!(member(&client, &arn, OUTSIDER).await.unwrap().status(), Some(&MemberStatus::VerificationFailed));
}

#[tokio::test]
async fn accounts_that_cannot_be_processed_are_listed_with_a_reason_and_the_others_are_added() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    let accounts = [
        invitee(APP, "app@example.com"),
        invitee(APP, "app@example.com"),
        invitee(ADMINISTRATOR, "security@example.com"),
    ];
    let create = || client.create_members().graph_arn(&arn).set_accounts(Some(accounts.to_vec())).send();
    let first = create().await.unwrap();
    assert_eq!((first.members().len(), first.unprocessed_accounts().len()), (1, 2));
    let second = create().await.unwrap();
    assert_eq!((second.members().len(), second.unprocessed_accounts().len()), (0, 3));
    assert!(second.unprocessed_accounts().iter().all(|account| account.reason().is_some()));
}

#[tokio::test]
async fn starting_enables_a_volume_that_fits_and_leaves_one_that_is_not_known() {
    let scenario = SCENARIO.replace(
        "{administrator: \"222222222222\", regions: [us-east-1], organization: true}",
        r#"{administrator: "222222222222", regions: [us-east-1], organization: true, members: [
            {account: "333333333333", status: ACCEPTED_BUT_DISABLED}, {account: "444444444444", status: ACCEPTED_BUT_DISABLED},
            {account: "555555555555", status: ACCEPTED_BUT_DISABLED}]}"#,
    );
    let scenario = scenario.replace(
        "standalone:\n",
        "standalone:\n  - {id: \"444444444444\", email: d@example.com, volume: unknown for 30m}\n  - {id: \"555555555555\", email: e@example.com, volume: high}\n",
    );
    let emulator = start(&scenario).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    let start = async |id: &str| client.start_monitoring_member().graph_arn(&arn).account_id(id).send().await;
    start(APP).await.unwrap();
    assert_eq!(member(&client, &arn, APP).await.unwrap().status(), Some(&MemberStatus::Enabled));
    assert_eq!(code(start(APP).await), "ConflictException");

    start("444444444444").await.unwrap();
    let unknown = member(&client, &arn, "444444444444").await.unwrap();
    assert_eq!(unknown.disabled_reason(), Some(&MemberDisabledReason::VolumeUnknown));
    minutes(&emulator, 30);
    start("444444444444").await.unwrap();
    assert_eq!(member(&client, &arn, "444444444444").await.unwrap().status(), Some(&MemberStatus::Enabled));

    let error = start("555555555555").await.unwrap_err().into_service_error();
    let aws_sdk_detective::operation::start_monitoring_member::StartMonitoringMemberError::ServiceQuotaExceededException(error) = error
    else {
        panic!("{error:?}")
    };
    assert_eq!(error.resources(), ["VOLUME"]);
    let high = member(&client, &arn, "555555555555").await.unwrap();
    assert_eq!(high.disabled_reason(), Some(&MemberDisabledReason::VolumeTooHigh));
    assert_eq!(code(start("666666666666").await), "ResourceNotFoundException");
}

#[tokio::test]
async fn a_graph_has_at_most_1200_members_and_refuses_a_batch_that_would_exceed_them() {
    let scenario =
        SCENARIO.replace("standalone:", "  generate: [{count: 1300, firstId: \"500000000000\"}]\nstandalone:").replace(
            "regions: [us-east-1], organization: true}",
            "regions: [us-east-1], organization: true, enabledAccounts: 1199}",
        );
    let emulator = start(&scenario).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    let two =
        [invitee("500000001298", "account-1298@example.com"), invitee("500000001299", "account-1299@example.com")];
    let both = client.create_members().graph_arn(&arn).set_accounts(Some(two.to_vec())).send().await;
    assert_eq!(code(both), "ServiceQuotaExceededException");
    client.create_members().graph_arn(&arn).accounts(two[0].clone()).send().await.unwrap();
    assert_eq!(
        code(client.create_members().graph_arn(&arn).accounts(two[1].clone()).send().await),
        "ServiceQuotaExceededException"
    );
}

#[tokio::test]
async fn every_member_is_on_one_page_whatever_the_page_size() {
    let scenario =
        SCENARIO.replace("standalone:", "  generate: [{count: 450, firstId: \"500000000000\"}]\nstandalone:").replace(
            "regions: [us-east-1], organization: true}",
            "regions: [us-east-1], organization: true, enabledAccounts: 452}",
        );
    let emulator = start(&scenario).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    for size in [1, 7, 200] {
        let mut pages = client.list_members().graph_arn(&arn).into_paginator().page_size(size).send();
        let mut ids = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.unwrap();
            assert!(page.member_details().len() <= size as usize);
            ids.extend(page.member_details().iter().map(|member| member.account_id().unwrap().to_owned()));
        }
        assert_eq!(ids.len(), 452);
        ids.dedup();
        assert_eq!(ids.len(), 452);
    }
    let wrong = client.list_members().graph_arn(&arn).next_token("!").send().await;
    assert_eq!(code(wrong), "ValidationException");
}

#[tokio::test]
async fn members_are_removed_but_not_the_administrator() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    client.create_members().graph_arn(&arn).accounts(invitee(APP, "app@example.com")).send().await.unwrap();
    let request = client.delete_members().graph_arn(&arn).account_ids(APP).account_ids(ADMINISTRATOR);
    let answer = request.account_ids(OUTSIDER).send().await.unwrap();
    assert_eq!(answer.account_ids(), [APP]);
    assert_eq!(answer.unprocessed_accounts().len(), 2);
    assert!(member(&client, &arn, APP).await.is_none());
}

#[tokio::test]
async fn an_invited_account_can_reject_or_later_leave_and_an_organization_account_cannot() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "eu-west-1");
    let arn = graph(&client).await;
    let outsider = detective(&emulator, OUTSIDER, "eu-west-1");
    let invite = async || {
        client
            .create_members()
            .graph_arn(&arn)
            .accounts(invitee(OUTSIDER, "outsider@example.com"))
            .send()
            .await
            .unwrap();
        minutes(&emulator, 2);
    };
    invite().await;
    assert_eq!(code(outsider.disassociate_membership().graph_arn(&arn).send().await), "ConflictException");
    outsider.reject_invitation().graph_arn(&arn).send().await.unwrap();
    assert!(member(&client, &arn, OUTSIDER).await.is_none());
    assert_eq!(code(outsider.accept_invitation().graph_arn(&arn).send().await), "ResourceNotFoundException");

    invite().await;
    outsider.accept_invitation().graph_arn(&arn).send().await.unwrap();
    assert_eq!(code(outsider.accept_invitation().graph_arn(&arn).send().await), "ConflictException");
    minutes(&emulator, 2);
    outsider.disassociate_membership().graph_arn(&arn).send().await.unwrap();
    assert!(member(&client, &arn, OUTSIDER).await.is_none());

    let organization = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&organization).await;
    organization.create_members().graph_arn(&arn).accounts(invitee(APP, "app@example.com")).send().await.unwrap();
    let app = detective(&emulator, APP, "us-east-1");
    assert_eq!(code(app.disassociate_membership().graph_arn(&arn).send().await), "ConflictException");
    assert_eq!(code(app.reject_invitation().graph_arn(&arn).send().await), "ConflictException");
}

#[tokio::test]
async fn a_transition_from_before_a_removal_does_not_affect_a_new_invitation() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "eu-west-1");
    let arn = graph(&client).await;
    let invite = async || {
        let request = client.create_members().graph_arn(&arn).accounts(invitee(OUTSIDER, "outsider@example.com"));
        request.send().await.unwrap();
    };
    let remove = async || client.delete_members().graph_arn(&arn).account_ids(OUTSIDER).send().await.map(drop).unwrap();
    let status = async || member(&client, &arn, OUTSIDER).await.unwrap().status.unwrap();
    invite().await;
    minutes(&emulator, 1);
    remove().await;
    invite().await;
    minutes(&emulator, 1);
    assert_eq!(status().await, MemberStatus::VerificationInProgress, "the second verification has its own time");
    minutes(&emulator, 1);
    assert_eq!(status().await, MemberStatus::Invited);

    detective(&emulator, OUTSIDER, "eu-west-1").accept_invitation().graph_arn(&arn).send().await.unwrap();
    remove().await;
    invite().await;
    minutes(&emulator, 60);
    assert_eq!(
        status().await,
        MemberStatus::Invited,
        "the acceptance of the first invitation is not one of the second"
    );
}
