//! Detective's hourly check: members that have become eligible are enabled without a call, in the order of invitation.

use aws_sdk_detective::types::{MemberDisabledReason, MemberStatus};
use detective_emulator::Emulator;

use crate::setup::{ADMINISTRATOR, SCENARIO, code, detective, graph, member, minutes, start};

/// An organization graph with disabled members: each with its account's volume, and how long ago it was invited.
async fn disabled<const N: usize>(members: [(&str, &str, &str); N], timing: &str) -> Emulator {
    let accounts =
        members.map(|(id, volume, _)| format!("  - {{id: {id:?}, email: m{id}@example.com, volume: {volume}}}\n"));
    let members = members.map(|(id, _, age)| format!("{{account: {id:?}, status: ACCEPTED_BUT_DISABLED, age: {age}}}"));
    let graph = format!("regions: [us-east-1], organization: true, members: [{}]}}", members.join(", "));
    let scenario = SCENARIO.replace("standalone:\n", &format!("standalone:\n{}", accounts.concat()));
    start(&format!("{timing}\n{}", scenario.replace("regions: [us-east-1], organization: true}", &graph))).await
}

async fn status(emulator: &Emulator, id: &str) -> (MemberStatus, Option<MemberDisabledReason>) {
    let client = detective(emulator, ADMINISTRATOR, "us-east-1");
    let member = member(&client, &graph(&client).await, id).await.unwrap();
    (member.status.unwrap(), member.disabled_reason)
}

const ENABLED: (MemberStatus, Option<MemberDisabledReason>) = (MemberStatus::Enabled, None);

fn disabled_for(reason: MemberDisabledReason) -> (MemberStatus, Option<MemberDisabledReason>) {
    (MemberStatus::AcceptedButDisabled, Some(reason))
}

#[tokio::test]
async fn a_member_is_enabled_by_the_first_check_after_its_volume_became_known() {
    let emulator = disabled([("444444444444", "unknown for 70m", "1h"), ("555555555555", "unknown", "2h")], "").await;
    for span in [60, 59] {
        minutes(&emulator, span);
        assert_eq!(status(&emulator, "444444444444").await, disabled_for(MemberDisabledReason::VolumeUnknown));
    }
    minutes(&emulator, 1);
    assert_eq!(status(&emulator, "444444444444").await, ENABLED);
    minutes(&emulator, 10 * 24 * 60);
    assert_eq!(status(&emulator, "555555555555").await, disabled_for(MemberDisabledReason::VolumeUnknown));
}

#[tokio::test]
async fn capacity_goes_to_the_member_that_was_invited_first() {
    let members = [("444444444444", "6TB", "1h"), ("555555555555", "6TB", "3h"), ("666666666666", "3TB", "2h")];
    let emulator = disabled(members, "").await;
    minutes(&emulator, 60);
    assert_eq!(status(&emulator, "555555555555").await, ENABLED);
    assert_eq!(status(&emulator, "666666666666").await, ENABLED);
    assert_eq!(status(&emulator, "444444444444").await, disabled_for(MemberDisabledReason::VolumeTooHigh));
    // Capacity that is freed goes to those that wait.
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    client.delete_members().graph_arn(&arn).account_ids("555555555555").send().await.unwrap();
    assert_eq!(status(&emulator, "444444444444").await, disabled_for(MemberDisabledReason::VolumeTooHigh));
    minutes(&emulator, 60);
    assert_eq!(status(&emulator, "444444444444").await, ENABLED);
}

#[tokio::test]
async fn a_check_that_changes_nothing_leaves_the_time_of_the_last_change() {
    let emulator = disabled([("444444444444", "unknown", "5h")], "").await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    let before = member(&client, &arn, "444444444444").await.unwrap().updated_time;
    minutes(&emulator, 180);
    assert_eq!(member(&client, &arn, "444444444444").await.unwrap().updated_time, before);
}

#[tokio::test]
async fn the_check_and_a_start_do_not_both_enable_a_member() {
    let emulator = disabled([("444444444444", "1GB", "5h")], "").await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    minutes(&emulator, 60);
    let start = client.start_monitoring_member().graph_arn(&arn).account_id("444444444444").send().await;
    assert_eq!(code(start), "ConflictException");
}

#[tokio::test]
async fn a_scenario_can_change_how_often_it_checks_and_switch_it_off() {
    for (timing, after, enabled) in [("10m", 9, false), ("10m", 10, true), ("0s", 10_000, false)] {
        let emulator = disabled([("444444444444", "1GB", "5h")], &format!("timing: {{hourlyCheck: {timing}}}")).await;
        minutes(&emulator, after);
        assert_eq!(status(&emulator, "444444444444").await == ENABLED, enabled, "{timing} after {after} minutes");
    }
}
