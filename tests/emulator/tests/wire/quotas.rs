//! The three causes that the API reference documents for ServiceQuotaExceededException: the graph has too many members, or
//! would take in too much data, or the data rate of an account cannot be verified.

use aws_sdk_detective::operation::create_members::CreateMembersError;
use aws_sdk_detective::types::MemberStatus;
use detective_emulator::Emulator;

use crate::setup::{ADMINISTRATOR, APP, SCENARIO, code, detective, graph, invitee, member, start};

const BIG: &str = "444444444444";

/// A scenario in whose graph the account BIG, of 9,999 GB a day, is a member or not; the data volume of APP is changed.
async fn with(app: &str, members: &str, more: &str) -> Emulator {
    let accounts = format!("app@example.com, volume: {app},");
    let scenario = SCENARIO.replace("app@example.com,", &accounts);
    let big = format!("    - {{id: \"{BIG}\", email: big@example.com, volume: 9999GB}}\nstandalone:");
    let graph = format!("regions: [us-east-1], organization: true, members: [{members}]}}");
    let scenario = scenario.replace("standalone:", &big).replace("regions: [us-east-1], organization: true}", &graph);
    start(&format!("{more}{scenario}")).await
}

/// Creates APP as a member. Gives its status, or the resources that the error names.
async fn create(emulator: &Emulator) -> Result<String, Vec<String>> {
    let client = detective(emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    let created = client.create_members().graph_arn(&arn).accounts(invitee(APP, "app@example.com")).send().await;
    match created {
        Ok(answer) => Ok(answer.members()[0].status().unwrap().as_str().to_owned()),
        Err(error) => match error.into_service_error() {
            CreateMembersError::ServiceQuotaExceededException(error) => Err(error.resources().to_vec()),
            other => panic!("{other:?}"),
        },
    }
}

#[tokio::test]
async fn create_members_is_refused_for_a_full_graph_for_too_much_data_and_for_an_unverified_data_rate() {
    let too_much = "tooMuchData: isRefused\n";
    let big = format!("{{account: {BIG:?}}}");
    for (volume, members, more, refused) in [
        ("1GB", big.as_str(), too_much, None),
        ("2GB", &big, too_much, Some("VOLUME")),
        ("2GB", "", too_much, None),
        ("high", "", too_much, Some("VOLUME")),
        ("unknown", &big, too_much, None),
        ("unverified", "", "", Some("VOLUME")),
    ] {
        let created = create(&with(volume, members, more).await).await;
        match refused {
            None => assert!(created.is_ok(), "{volume} {members} {more}: {created:?}"),
            Some(resource) => assert_eq!(created.unwrap_err(), [resource], "{volume} {members} {more}"),
        }
    }
    let generated = "  generate: [{count: 1300, firstId: \"500000000000\"}]\nstandalone:";
    let full = SCENARIO.replace("organization: true}", "organization: true, enabledAccounts: 1200}");
    // The accounts that are members come first by id.
    let full = full.replace("standalone:", generated).replace(APP, "599999999999");
    let emulator = start(&full).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    let created = client.create_members().graph_arn(&arn).accounts(invitee("599999999999", "app@example.com")).send();
    assert_eq!(code(created.await), "ServiceQuotaExceededException");
}

#[tokio::test]
async fn where_too_much_data_is_not_refused_the_account_is_a_member_that_is_disabled_for_it() {
    let emulator = with("2GB", &format!("{{account: {BIG:?}}}"), "").await;
    assert_eq!(create(&emulator).await.unwrap(), "ACCEPTED_BUT_DISABLED");
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let found = member(&client, &graph(&client).await, APP).await.unwrap();
    assert_eq!(found.disabled_reason().unwrap().as_str(), "VOLUME_TOO_HIGH");
}

#[tokio::test]
async fn a_start_is_refused_for_too_much_data_and_for_an_unverified_data_rate_and_not_for_an_unknown_one() {
    for (volume, refused) in [("2GB", true), ("unverified", true), ("unknown", false), ("1GB", false)] {
        let members = format!("{{account: {BIG:?}}}, {{account: {APP:?}, status: ACCEPTED_BUT_DISABLED}}");
        let emulator = with(volume, &members, "").await;
        let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
        let arn = graph(&client).await;
        let started = client.start_monitoring_member().graph_arn(&arn).account_id(APP).send().await;
        match refused {
            true => assert_eq!(code(started), "ServiceQuotaExceededException", "{volume}"),
            false => drop(started.unwrap()),
        }
        let is_enabled = member(&client, &arn, APP).await.unwrap().status() == Some(&MemberStatus::Enabled);
        assert_eq!(is_enabled, volume == "1GB", "{volume}");
    }
}
