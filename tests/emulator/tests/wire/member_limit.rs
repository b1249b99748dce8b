//! The limit of 1,200 members: who counts when members are created, and that no more are ever ENABLED.

use aws_sdk_detective::types::MemberStatus;
use detective_emulator::Emulator;

use crate::setup::{ADMINISTRATOR, OUTSIDER, SCENARIO, code, detective, graph, invitee, member, minutes, start};

/// Both of AWS's readings.
const COUNTS: [&str; 2] = ["enabled", "members"];

/// An organization of 1,300 accounts whose graph, in a Region, has so many ENABLED members and these others.
async fn nearly_full(counts: &str, region: &str, enabled: usize, others: &[(&str, &str, &str)]) -> Emulator {
    let others: Vec<_> = others
        .iter()
        .map(|(account, status, age)| format!("{{account: {account:?}, status: {status}, age: {age}}}"))
        .collect();
    let organization = if region == "us-east-1" { ", organization: true" } else { "" };
    let graph = format!("regions: [{region}]{organization}}}");
    let full =
        format!("regions: [{region}]{organization}, enabledAccounts: {enabled}, members: [{}]}}", others.join(", "));
    let scenario = SCENARIO.replace(&graph, &full);
    let generated = "  generate: [{count: 1300, firstId: \"500000000000\"}]\nstandalone:";
    start(&format!("memberLimitCounts: {counts}\n{}", scenario.replace("standalone:", generated))).await
}

async fn enabled(emulator: &Emulator) -> usize {
    let graphs = emulator.cloud().snapshot().graphs;
    graphs.iter().flat_map(|graph| &graph.members).filter(|member| member.status == "ENABLED").count()
}

const DISABLED: [(&str, &str, &str); 3] = [
    ("500000001297", "ACCEPTED_BUT_DISABLED", "1h"),
    ("500000001298", "ACCEPTED_BUT_DISABLED", "3h"),
    ("500000001299", "ACCEPTED_BUT_DISABLED", "2h"),
];

#[tokio::test]
async fn members_that_are_not_enabled_leave_capacity_for_others_only_where_enabled_members_count() {
    let failed: Vec<String> = (1250..1300).map(|number| format!("50000000{number}")).collect();
    let failed: Vec<_> = failed.iter().map(|id| (id.as_str(), "VERIFICATION_FAILED", "1h")).collect();
    for (counts, fits) in COUNTS.into_iter().zip([true, false]) {
        let emulator = nearly_full(counts, "us-east-1", 1150, &failed).await;
        let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
        let new = (1200..1250).map(|number| invitee(&format!("50000000{number}"), "a@example.com"));
        let arn = graph(&client).await;
        let created = client.create_members().graph_arn(&arn).set_accounts(Some(new.collect())).send().await;
        match fits {
            true => assert_eq!(created.unwrap().members().len(), 50),
            false => assert_eq!(code(created), "ServiceQuotaExceededException"),
        }
        assert_eq!(enabled(&emulator).await, if fits { 1200 } else { 1150 });
    }
}

#[tokio::test]
async fn no_more_than_1200_members_are_enabled_by_a_start() {
    for counts in COUNTS {
        let emulator = nearly_full(counts, "us-east-1", 1199, &DISABLED).await;
        let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
        let arn = graph(&client).await;
        let start = async |id: &str| client.start_monitoring_member().graph_arn(&arn).account_id(id).send().await;
        start("500000001297").await.unwrap();
        for (id, ..) in &DISABLED[1..] {
            assert_eq!(code(start(id).await), "ServiceQuotaExceededException");
        }
        assert_eq!(enabled(&emulator).await, 1200);
    }
}

#[tokio::test]
async fn no_more_than_1200_members_are_enabled_by_the_hourly_check() {
    for counts in COUNTS {
        let emulator = nearly_full(counts, "us-east-1", 1198, &DISABLED).await;
        minutes(&emulator, 180);
        assert_eq!(enabled(&emulator).await, 1200);
        let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
        let last = member(&client, &graph(&client).await, "500000001297").await.unwrap();
        assert_eq!((last.status(), last.disabled_reason()), (Some(&MemberStatus::AcceptedButDisabled), None));
    }
}

#[tokio::test]
async fn no_more_than_1200_members_are_enabled_by_acceptance() {
    for counts in COUNTS {
        let emulator = nearly_full(counts, "eu-west-1", 1200, &[(OUTSIDER, "INVITED", "1h")]).await;
        let client = detective(&emulator, ADMINISTRATOR, "eu-west-1");
        let arn = graph(&client).await;
        detective(&emulator, OUTSIDER, "eu-west-1").accept_invitation().graph_arn(&arn).send().await.unwrap();
        minutes(&emulator, 120);
        let late = member(&client, &arn, OUTSIDER).await.unwrap();
        assert_eq!((late.status(), late.disabled_reason()), (Some(&MemberStatus::AcceptedButDisabled), None));
        assert_eq!(enabled(&emulator).await, 1200);
    }
}
