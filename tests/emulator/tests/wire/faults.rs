//! Faults, as clients observe them.

use chrono::TimeDelta;
use detective_emulator::{AfterEffect, Effect, ErrorEffect, Fault, Throttle};

use crate::setup::{ADMINISTRATOR, APP, OUTSIDER, SCENARIO, code, detective, graph, invitee, member, start};

fn error(name: &str) -> Effect {
    Effect::Error(ErrorEffect { code: name.to_owned(), status: None, message: None })
}

#[tokio::test]
async fn an_error_starts_at_its_nth_call_and_stops_after_its_number_of_times() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let fault =
        Fault { from_call: Some(2), times: Some(1), ..Fault::on("ListGraphs", error("InternalServerException")) };
    emulator.cloud().set_faults(vec![fault]);
    client.list_graphs().send().await.unwrap();
    let failed = client.list_graphs().send().await.unwrap_err();
    assert_eq!(failed.raw_response().unwrap().status().as_u16(), 500, "the model's status");
    client.list_graphs().send().await.unwrap();
}

#[tokio::test]
async fn a_fault_of_one_region_or_account_spares_the_others() {
    let emulator = start(SCENARIO).await;
    let fault =
        Fault { region: Some("eu-west-1".to_owned()), ..Fault::on("ListGraphs", error("AccessDeniedException")) };
    let other = Fault { account: Some(APP.to_owned()), ..Fault::on("ListGraphs", error("AccessDeniedException")) };
    emulator.cloud().set_faults(vec![fault, other]);
    detective(&emulator, ADMINISTRATOR, "us-east-1").list_graphs().send().await.unwrap();
    for (id, region) in [(ADMINISTRATOR, "eu-west-1"), (APP, "us-east-1")] {
        assert_eq!(code(detective(&emulator, id, region).list_graphs().send().await), "AccessDeniedException");
    }
}

#[tokio::test]
async fn a_token_bucket_throttles_and_fills_with_virtual_time() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let throttle = Throttle { rate: 1.0, burst: 2.0, real_time: false, error: None };
    emulator.cloud().set_faults(vec![Fault::on("ListGraphs", Effect::Throttle(throttle))]);
    client.list_graphs().send().await.unwrap();
    client.list_graphs().send().await.unwrap();
    assert_eq!(code(client.list_graphs().send().await), "ThrottlingException");
    emulator.cloud().advance(TimeDelta::seconds(1));
    client.list_graphs().send().await.unwrap();
    assert_eq!(code(client.list_graphs().send().await), "ThrottlingException");
}

#[tokio::test]
async fn a_lost_answer_can_have_had_its_effect_or_not() {
    for after_effect in [true, false] {
        for effect in [Effect::Reset, Effect::Truncate, Effect::Malformed] {
            let emulator = start(SCENARIO).await;
            let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
            let arn = graph(&client).await;
            let fault = effect(AfterEffect { after_effect });
            emulator.cloud().set_faults(vec![Fault::on("CreateMembers", fault.clone())]);
            let call = client.create_members().graph_arn(&arn).accounts(invitee(APP, "app@example.com")).send().await;
            assert!(call.is_err(), "{fault:?}");
            assert_eq!(member(&client, &arn, APP).await.is_some(), after_effect, "{fault:?}");
        }
    }
}

/// The member's status as reads show it, which must agree with each other.
async fn visible_status(client: &aws_sdk_detective::Client, arn: &str, id: &str) -> Option<String> {
    let status = |member: &aws_sdk_detective::types::MemberDetail| member.status().unwrap().as_str().to_owned();
    let list = client.list_members().graph_arn(arn).send().await.unwrap();
    let listed = list.member_details().iter().find(|member| member.account_id() == Some(id)).map(status);
    assert_eq!(member(client, arn, id).await.as_ref().map(status), listed);
    listed
}

#[tokio::test]
async fn a_write_is_visible_only_after_the_delay_of_the_scenario() {
    let emulator = start(&format!("{SCENARIO}timing: {{visibility: 30s, enabling: 0s}}\n")).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    let later = || emulator.cloud().advance(TimeDelta::seconds(30));
    client.create_members().graph_arn(&arn).accounts(invitee(APP, "app@example.com")).send().await.unwrap();
    assert_eq!(visible_status(&client, &arn, APP).await, None);
    later();
    assert_eq!(visible_status(&client, &arn, APP).await.as_deref(), Some("ENABLED"));
    client.delete_members().graph_arn(&arn).account_ids(APP).send().await.unwrap();
    assert_eq!(visible_status(&client, &arn, APP).await.as_deref(), Some("ENABLED"), "a removal is not visible either");
    later();
    assert_eq!(visible_status(&client, &arn, APP).await, None);
}

#[tokio::test]
async fn a_fault_can_make_one_write_visible_later() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "eu-west-1");
    let arn = graph(&client).await;
    client.create_members().graph_arn(&arn).accounts(invitee(OUTSIDER, "outsider@example.com")).send().await.unwrap();
    emulator.cloud().advance(TimeDelta::minutes(2));
    let fault = Fault { times: Some(1), ..Fault::on("AcceptInvitation", Effect::VisibleAfter("10s".parse().unwrap())) };
    emulator.cloud().set_faults(vec![fault]);
    let outsider = detective(&emulator, OUTSIDER, "eu-west-1");
    outsider.accept_invitation().graph_arn(&arn).send().await.unwrap();
    assert_eq!(visible_status(&client, &arn, OUTSIDER).await.as_deref(), Some("INVITED"));
    assert_eq!(code(outsider.accept_invitation().graph_arn(&arn).send().await), "ConflictException");
    emulator.cloud().advance(TimeDelta::seconds(10));
    assert_eq!(visible_status(&client, &arn, OUTSIDER).await.as_deref(), Some("ACCEPTED_BUT_DISABLED"));
}

#[tokio::test]
async fn the_same_seed_and_calls_give_the_same_journal() {
    let run = async |seed: u64| {
        let emulator = start(&SCENARIO.replace("seed: 7", &format!("seed: {seed}"))).await;
        let fault = Fault { probability: Some(0.5), ..Fault::on("ListInvitations", error("InternalServerException")) };
        emulator.cloud().set_faults(vec![fault]);
        let client = detective(&emulator, OUTSIDER, "us-east-1");
        for _ in 0..40 {
            let _ = client.list_invitations().send().await;
        }
        client.create_graph().send().await.unwrap();
        emulator.cloud().journal()
    };
    let first = run(7).await;
    assert_eq!(first, run(7).await);
    let failed = first.iter().filter(|call| call.fault).count();
    assert!((5..35).contains(&failed), "{failed} of 40 calls failed at a probability of one half");
    assert_ne!(first, run(8).await);
}
