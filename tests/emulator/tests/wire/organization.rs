//! Organizations: pages, the tree, accounts that join and leave, and the events about it.

use aws_sdk_organizations::types::{AccountState, HandshakeParty, HandshakePartyType};
use serde_json::Value;

use crate::setup::{
    ADMINISTRATOR, APP, MANAGEMENT, OUTSIDER, SCENARIO, code, detective, graph, invitee, member, minutes,
    organizations, start,
};

fn events(emulator: &detective_emulator::Emulator) -> Vec<Value> {
    let events = emulator.cloud().take_events();
    assert!(events.iter().all(|event| event.account == MANAGEMENT && event.region == "us-east-1"));
    events.into_iter().map(|event| event.event).collect()
}

fn names(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["detail"]["eventName"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn pages_have_at_most_twenty_accounts_and_some_are_empty_with_a_token() {
    let scenario =
        SCENARIO.replace("standalone:", "  generate: [{count: 100, firstId: \"500000000000\"}]\nstandalone:");
    let emulator = start(&scenario).await;
    let client = organizations(&emulator, ADMINISTRATOR);
    let mut sizes = Vec::new();
    let mut token = None;
    loop {
        let page = client.list_accounts().set_next_token(token).send().await.unwrap();
        sizes.push(page.accounts().len());
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [20, 20, 20, 0, 20, 20, 3]);
}

#[tokio::test]
async fn creating_an_account_takes_time_and_ends_with_both_events() {
    let emulator = start(SCENARIO).await;
    let client = organizations(&emulator, MANAGEMENT);
    let request = client.create_account().account_name("new").email("new@example.com").send().await.unwrap();
    let id = request.create_account_status().unwrap().id().unwrap();
    assert_eq!(names(&events(&emulator)), ["CreateAccount"]);
    minutes(&emulator, 1);
    let seen = events(&emulator);
    assert_eq!(names(&seen), ["CreateAccountResult", "AccountJoinedOrganization"]);
    let status = client.describe_create_account_status().create_account_request_id(id).send().await.unwrap();
    let account = status.create_account_status().unwrap().account_id().unwrap();
    assert_eq!(seen[0]["detail"]["serviceEventDetails"]["createAccountStatus"]["accountId"], account);
    assert_eq!(seen[0]["detail-type"], "AWS Service Event via CloudTrail");
    assert!(!serde_json::to_string(&seen).unwrap().contains("new@example.com"));
    let described = client.describe_account().account_id(account).send().await.unwrap();
    assert_eq!(described.account().unwrap().state(), Some(&AccountState::Active));
}

#[tokio::test]
async fn an_email_address_that_is_taken_fails_the_creation() {
    let emulator = start(SCENARIO).await;
    let client = organizations(&emulator, MANAGEMENT);
    client.create_account().account_name("again").email("APP@example.com").send().await.unwrap();
    minutes(&emulator, 1);
    let seen = events(&emulator);
    assert_eq!(names(&seen), ["CreateAccount", "CreateAccountResult"]);
    let status = &seen[1]["detail"]["serviceEventDetails"]["createAccountStatus"];
    assert_eq!(status["failureReason"], "EMAIL_ALREADY_EXISTS");
    assert!(status.get("accountId").is_none());
}

#[tokio::test]
async fn an_account_outside_is_invited_accepts_and_leaves_again() {
    let emulator = start(SCENARIO).await;
    let client = organizations(&emulator, MANAGEMENT);
    let target = HandshakeParty::builder().id(OUTSIDER).r#type(HandshakePartyType::Account).build().unwrap();
    let invited = client.invite_account_to_organization().target(target.clone()).send().await.unwrap();
    let id = invited.handshake().unwrap().id().unwrap();
    let outsider = organizations(&emulator, OUTSIDER);
    assert_eq!(code(client.accept_handshake().handshake_id(id).send().await), "AccessDeniedException");
    outsider.accept_handshake().handshake_id(id).send().await.unwrap();
    assert_eq!(code(outsider.accept_handshake().handshake_id(id).send().await), "InvalidHandshakeTransitionException");
    assert_eq!(
        code(client.invite_account_to_organization().target(target).send().await),
        "HandshakeConstraintViolationException"
    );
    outsider.leave_organization().send().await.unwrap();
    assert_eq!(
        names(&events(&emulator)),
        [
            "InviteAccountToOrganization",
            "AccountJoinedOrganization",
            "AcceptHandshake",
            "LeaveOrganization",
            "AccountDepartedOrganization"
        ]
    );
    assert_eq!(code(outsider.describe_organization().send().await), "AWSOrganizationsNotInUseException");
}

#[tokio::test]
async fn a_removed_account_leaves_the_organizations_graph_after_a_while() {
    let emulator = start(SCENARIO).await;
    let administrator = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&administrator).await;
    administrator.create_members().graph_arn(&arn).accounts(invitee(APP, "app@example.com")).send().await.unwrap();
    let client = organizations(&emulator, MANAGEMENT);
    client.remove_account_from_organization().account_id(APP).send().await.unwrap();
    assert!(member(&administrator, &arn, APP).await.is_some());
    minutes(&emulator, 5);
    assert!(member(&administrator, &arn, APP).await.is_none());
    assert_eq!(code(client.describe_account().account_id(APP).send().await), "AccountNotFoundException");
}

#[tokio::test]
async fn a_closed_account_is_suspended_after_a_while() {
    let emulator = start(SCENARIO).await;
    let client = organizations(&emulator, MANAGEMENT);
    client.close_account().account_id(APP).send().await.unwrap();
    let state =
        async || client.describe_account().account_id(APP).send().await.unwrap().account.unwrap().state.unwrap();
    assert_eq!(state().await, AccountState::PendingClosure);
    minutes(&emulator, 1);
    assert_eq!(state().await, AccountState::Suspended);
    assert_eq!(names(&events(&emulator)), ["CloseAccount", "CloseAccountResult"]);
    assert_eq!(code(client.close_account().account_id(APP).send().await), "AccountAlreadyClosedException");
}

#[tokio::test]
async fn a_closed_account_stays_a_member_until_it_leaves_the_organization() {
    let emulator = start(SCENARIO).await;
    let administrator = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&administrator).await;
    administrator.create_members().graph_arn(&arn).accounts(invitee(APP, "app@example.com")).send().await.unwrap();
    let client = organizations(&emulator, MANAGEMENT);
    client.close_account().account_id(APP).send().await.unwrap();
    minutes(&emulator, 89 * 24 * 60);
    assert!(member(&administrator, &arn, APP).await.is_some());
    minutes(&emulator, 2 * 24 * 60);
    assert!(member(&administrator, &arn, APP).await.is_none());
    assert_eq!(code(client.describe_account().account_id(APP).send().await), "AccountNotFoundException");
    let seen = events(&emulator);
    assert_eq!(names(&seen), ["CloseAccount", "CloseAccountResult", "AccountDepartedOrganization"]);
    assert_eq!(seen[2]["detail"]["serviceEventDetails"]["departureMethod"], "CLEANED");
}

#[tokio::test]
async fn the_tree_is_read_and_accounts_are_moved_in_it() {
    let emulator = start(SCENARIO).await;
    let client = organizations(&emulator, MANAGEMENT);
    let root = client.list_roots().send().await.unwrap().roots()[0].id().unwrap().to_owned();
    let units = async |parent: &str| {
        let units = client.list_organizational_units_for_parent().parent_id(parent).send().await.unwrap();
        units.organizational_units().iter().map(|unit| unit.id().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let workloads = units(&root).await.pop().unwrap();
    let prod = units(&workloads).await.pop().unwrap();
    let accounts = async |parent: &str| {
        let page = client.list_accounts_for_parent().parent_id(parent).send().await.unwrap();
        page.accounts().iter().map(|account| account.id().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(accounts(&prod).await, [APP]);
    let parents = client.list_parents().child_id(APP).send().await.unwrap();
    assert_eq!(parents.parents()[0].id(), Some(prod.as_str()));
    let wrong = client.move_account().account_id(APP).source_parent_id(&root).destination_parent_id(&workloads);
    assert_eq!(code(wrong.send().await), "SourceParentNotFoundException");
    let right = client.move_account().account_id(APP).source_parent_id(&prod).destination_parent_id(&root);
    right.send().await.unwrap();
    assert!(accounts(&root).await.contains(&APP.to_owned()));
    assert_eq!(names(&events(&emulator)), ["MoveAccount"]);
    let tags = client.list_tags_for_resource().resource_id(APP).send().await.unwrap();
    assert_eq!((tags.tags()[0].key(), tags.tags()[0].value()), ("team", "web"));
}

#[tokio::test]
async fn neither_the_management_account_nor_a_delegated_administrator_leaves() {
    let emulator = start(SCENARIO).await;
    let client = organizations(&emulator, MANAGEMENT);
    assert_eq!(code(client.close_account().account_id(MANAGEMENT).send().await), "ConstraintViolationException");
    assert_eq!(code(client.leave_organization().send().await), "MasterCannotLeaveOrganizationException");
    let remove = client.remove_account_from_organization();
    assert_eq!(code(remove.account_id(ADMINISTRATOR).send().await), "ConstraintViolationException");
    let administrator = organizations(&emulator, ADMINISTRATOR);
    assert_eq!(code(administrator.leave_organization().send().await), "ConstraintViolationException");
    assert!(events(&emulator).is_empty());
}

#[tokio::test]
async fn an_account_is_invited_once_and_only_if_its_address_is_known() {
    let emulator = start(SCENARIO).await;
    let client = organizations(&emulator, MANAGEMENT);
    let invite = |kind: HandshakePartyType, id: &str| {
        let target = HandshakeParty::builder().id(id).r#type(kind).build().unwrap();
        client.invite_account_to_organization().target(target).send()
    };
    invite(HandshakePartyType::Email, "outsider@example.com").await.unwrap();
    assert_eq!(code(invite(HandshakePartyType::Account, OUTSIDER).await), "DuplicateHandshakeException");
    assert_eq!(code(invite(HandshakePartyType::Email, "nobody@example.com").await), "InvalidInputException");
    minutes(&emulator, 16 * 24 * 60);
    invite(HandshakePartyType::Account, OUTSIDER).await.unwrap();
}

#[tokio::test]
async fn a_page_token_that_no_operation_returned_is_refused() {
    let emulator = start(SCENARIO).await;
    let client = organizations(&emulator, MANAGEMENT);
    let root = client.list_roots().send().await.unwrap().roots()[0].id().unwrap().to_owned();
    assert_eq!(code(client.list_accounts().next_token("%").send().await), "InvalidInputException");
    let children = client.list_accounts_for_parent().parent_id(root).next_token("%");
    assert_eq!(code(children.send().await), "InvalidInputException");
    let delegated = client.list_delegated_administrators().next_token("%");
    assert_eq!(code(delegated.send().await), "InvalidInputException");
}
