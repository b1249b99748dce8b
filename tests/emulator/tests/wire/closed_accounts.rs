//! Accounts that are closed: their memberships, the graphs that they administer, and what they can no longer do.

use detective_emulator::Emulator;

use crate::setup::{
    ADMINISTRATOR, APP, MANAGEMENT, OUTSIDER, SCENARIO, code, detective, graph, member, minutes, organizations, start,
    sts,
};

const DAY: i64 = 24 * 60;

/// An organization graph and an invitation graph of the administrator, and an invitation graph of somebody else: APP is in
/// all of them.
async fn with_members() -> Emulator {
    let members = format!("members: [{{account: {APP:?}}}]}}");
    let graphs = SCENARIO
        .replace("organization: true}", &format!("organization: true, {members}"))
        .replace("[eu-west-1]}", &format!("[eu-west-1], {members}"));
    start(&format!("{graphs}  - {{administrator: {OUTSIDER:?}, regions: [us-east-1], {members}\n")).await
}

async fn close(emulator: &Emulator, account: &str) {
    organizations(emulator, MANAGEMENT).close_account().account_id(account).send().await.unwrap();
}

/// In how many graphs the account is a member.
fn memberships(emulator: &Emulator, account: &str) -> usize {
    let graphs = emulator.cloud().snapshot().graphs;
    graphs.iter().flat_map(|graph| &graph.members).filter(|member| member.account_id == account).count()
}

#[tokio::test]
async fn an_account_that_is_closed_for_good_is_removed_from_every_graph_invited_or_not() {
    let emulator = with_members().await;
    close(&emulator, APP).await;
    minutes(&emulator, 90 * DAY);
    assert_eq!(memberships(&emulator, APP), 3, "it could be reopened");
    minutes(&emulator, DAY);
    assert_eq!(memberships(&emulator, APP), 0);
}

#[tokio::test]
async fn an_account_that_left_while_it_was_suspended_is_removed_from_the_graphs_that_invited_it() {
    let emulator = with_members().await;
    close(&emulator, APP).await;
    minutes(&emulator, DAY);
    organizations(&emulator, MANAGEMENT).remove_account_from_organization().account_id(APP).send().await.unwrap();
    minutes(&emulator, DAY);
    assert_eq!(memberships(&emulator, APP), 2, "it is gone from the organization's graph");
    minutes(&emulator, 90 * DAY);
    assert_eq!(memberships(&emulator, APP), 0);
}

#[tokio::test]
async fn a_closed_administrators_graphs_are_deleted_and_nothing_names_it_any_more() {
    let emulator = with_members().await;
    close(&emulator, ADMINISTRATOR).await;
    minutes(&emulator, DAY);
    assert_eq!(emulator.cloud().snapshot().graphs.len(), 3, "it could be reopened");
    minutes(&emulator, 90 * DAY);
    let graphs = emulator.cloud().snapshot().graphs;
    assert_eq!(graphs.iter().map(|graph| graph.administrator.as_str()).collect::<Vec<_>>(), [OUTSIDER]);
    let management = detective(&emulator, MANAGEMENT, "us-east-1");
    assert!(management.list_organization_admin_accounts().send().await.unwrap().administrators().is_empty());
    let delegated = organizations(&emulator, MANAGEMENT).list_delegated_administrators().send().await.unwrap();
    assert!(delegated.delegated_administrators().is_empty());
    // Another one can be designated.
    management.enable_organization_admin_account().account_id(APP).send().await.unwrap();
}

#[tokio::test]
async fn a_suspended_delegated_administrator_is_listed_as_suspended() {
    let emulator = with_members().await;
    close(&emulator, ADMINISTRATOR).await;
    minutes(&emulator, DAY);
    let delegated = organizations(&emulator, MANAGEMENT).list_delegated_administrators().send().await.unwrap();
    let state = delegated.delegated_administrators()[0].state().map(|state| state.as_str().to_owned());
    assert_eq!(state.as_deref(), Some("SUSPENDED"));
}

#[tokio::test]
async fn a_closed_account_calls_nothing_and_cannot_be_assumed_into() {
    let emulator = with_members().await;
    let app = detective(&emulator, APP, "us-east-1");
    let role = format!("arn:aws:iam::{APP}:role/OrganizationAccountAccessRole");
    let sts = sts(&emulator, MANAGEMENT);
    let assume = async || sts.assume_role().role_arn(&role).role_session_name("test").send().await;
    assume().await.unwrap();
    app.list_invitations().send().await.unwrap();
    close(&emulator, APP).await;
    for days in [1, 91] {
        minutes(&emulator, days * DAY);
        assert_eq!(code(app.list_invitations().send().await), "UnrecognizedClientException");
        assert_eq!(code(assume().await), "AccessDenied");
    }
}

#[tokio::test]
async fn a_suspended_account_is_not_enabled_by_the_hourly_check_or_a_start() {
    let suspended = format!("organization: true, members: [{{account: {APP:?}, status: ACCEPTED_BUT_DISABLED}}]}}");
    let emulator = start(&SCENARIO.replace("organization: true}", &suspended)).await;
    close(&emulator, APP).await;
    minutes(&emulator, DAY);
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    client.start_monitoring_member().graph_arn(&arn).account_id(APP).send().await.unwrap();
    let status = member(&client, &arn, APP).await.unwrap().status.unwrap();
    assert_eq!(status.as_str(), "ACCEPTED_BUT_DISABLED");
}
