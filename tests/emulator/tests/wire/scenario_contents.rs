//! Scenarios that hold what AWS does not allow: they are refused with a reason, so that no answer is invalid later.

use detective_emulator::{Cloud, Scenario};

use crate::setup::{ADMINISTRATOR, APP, MANAGEMENT, SCENARIO, detective, graph, organizations, start};

fn refused(scenario: &str) -> String {
    let refused = Scenario::from_yaml(scenario).and_then(|scenario| Cloud::new(&scenario));
    refused.err().unwrap_or_else(|| panic!("{scenario}")).to_string()
}

#[test]
fn what_aws_does_not_allow_is_refused_and_named() {
    for (from, to, part) in [
        // Addresses.
        ("management@example.com", "root@host", "the email address of account 111111111111"),
        ("app@example.com", "app", "the email address of account 333333333333"),
        ("app@example.com", "\"a b@example.com\"", "the email address of account 333333333333"),
        ("app@example.com", "a@b@example.com", "the email address of account 333333333333"),
        ("app@example.com", "a@b.c", "the email address of account 333333333333"),
        ("outsider@example.com", "outsider@host", "the email address of account 999999999999"),
        // Ids and names.
        ("o-exampleorg01", "o-short", "organization o-short"),
        ("o-exampleorg01", "O-EXAMPLEORG01", "organization O-EXAMPLEORG01"),
        ("name: app", "name: \"\"", "account 333333333333"),
        ("tags: {team: web}", "tags: {\"\": web}", "of 333333333333"),
        ("tags: {team: web}", "tags: {\"team!\": web}", "tag team! of 333333333333"),
        ("service: detective.amazonaws.com", "service: \"not a service\"", "service not a service"),
        ("account: \"222222222222\", service", "account: \"22\", service", "delegated administrator 22"),
        (
            "administrator: \"222222222222\", regions: [eu",
            "administrator: \"2\", regions: [eu",
            "\"2\" is not an account id",
        ),
        // Regions.
        ("regions: [eu-west-1]", "regions: [eu-west-9]", "\"eu-west-9\" is not a Region"),
        ("regions: [us-east-1]", "regions: [\"\"]", "\"\" is not a Region"),
        ("name: app,", "name: app, disabledRegions: [eu-south-9],", "\"eu-south-9\" is not a Region"),
        ("seed: 7", "trails: [{name: t, account: \"111111111111\", region: eu}]", "\"eu\" is not a Region"),
        ("seed: 7", "trails: [{name: t, account: \"1\"}]", "\"1\" is not an account id"),
        ("seed: 7", "eventBuses: [{account: \"111111111111\", region: eu}]", "\"eu\" is not a Region"),
        ("seed: 7", "eventBuses: [{account: \"1\"}]", "\"1\" is not an account id"),
        ("seed: 7", "eventBuses: [{account: \"111111111111\", name: \"a b\"}]", "event bus \"a b\""),
        (
            "seed: 7",
            "eventBuses: [{account: \"111111111111\", policy: {Statement: [{Condition: {DateLessThan: {a: b}}}]}}]",
            "event bus \"default\" of 111111111111: the condition operator DateLessThan is not understood here",
        ),
        ("seed: 7", "lambdaConcurrency: {\"1\": 10}", "\"1\" is not an account id"),
        ("seed: 7", "eventRules: [{account: \"1\", name: a, pattern: {}}]", "\"1\" is not an account id"),
        ("seed: 7", "eventRules: [{account: \"111111111111\", name: \"a b\", pattern: {}}]", "event rule \"a b\""),
        ("seed: 7", "queues: [\"arn:aws:sqs:nowhere:111111111111:work\"]", "\"nowhere\" is not a Region"),
        ("seed: 7", "queues: [work]", "is not the ARN of a queue"),
        ("seed: 7", "roles: [{name: r, accounts: [\"1\"], trust: {Statement: []}}]", "\"1\" is not an account id"),
        ("seed: 7", "faults: [{account: \"1\", effect: {delayMs: 1}}]", "\"1\" is not an account id"),
        ("seed: 7", "faults: [{region: eu, effect: {delayMs: 1}}]", "\"eu\" is not a Region"),
        // Numbers.
        ("seed: 7", "faults: [{probability: 1.5, effect: {delayMs: 1}}]", "probability"),
        ("seed: 7", "faults: [{probability: -0.1, effect: {delayMs: 1}}]", "probability"),
        ("seed: 7", "faults: [{effect: {throttle: {rate: -1, burst: 1}}}]", "the rate and the burst"),
        ("seed: 7", "faults: [{effect: {error: {code: X, status: 200}}}]", "HTTP status 200"),
        ("seed: 7", "timing: {verification: -5s}", "\"-5s\" is not a span"),
        ("seed: 7", "seed: -7", "seed"),
        ("2026-01-05", "9999-12-31", "startTime"),
        ("2026-01-05", "1969-12-31", "startTime"),
        ("[eu-west-1]}", "[eu-west-1], members: [{account: \"333333333333\", age: -1h}]}", "\"-1h\" is not a span"),
        // Contradictions.
        (
            "[{account: \"222222222222\", service: detective.amazonaws.com}]",
            "[{account: \"222222222222\", service: detective.amazonaws.com}, \
           {account: \"333333333333\", service: detective.amazonaws.com}]",
            "more than one delegated administrator",
        ),
        (
            "graphs:",
            "graphs:\n  - {administrator: \"333333333333\", regions: [us-east-1], organization: true}",
            "are both the organization's Detective administrator in us-east-1",
        ),
        ("name: security}", "name: security, state: CLOSED}", "account 222222222222 is CLOSED"),
        (
            "[eu-west-1]}",
            "[eu-west-1], members: [{account: \"333333333333\", email: \"a@b-.example\"}]}",
            "was invited with an email address that Detective refuses",
        ),
    ] {
        let scenario = SCENARIO.replace(from, to);
        assert_ne!(scenario, SCENARIO, "the scenario has {from}");
        let refusal = refused(&scenario);
        assert!(refusal.contains(part), "{to}: {refusal}");
        assert!(!refusal.contains("@host"), "a message names no address: {refusal}");
    }
}

/// Organizations takes more addresses than Detective.
#[tokio::test]
async fn an_address_that_only_organizations_takes_is_listed_there_and_left_out_by_detective() {
    let members = format!("organization: true, members: [{{account: {APP:?}}}]}}");
    let scenario = SCENARIO.replace("organization: true}", &members).replace("app@example.com", "app@exa_mple.example");
    let emulator = start(&scenario).await;
    let accounts = organizations(&emulator, MANAGEMENT).list_accounts().send().await.unwrap();
    let email = accounts.accounts().iter().find(|account| account.id() == Some(APP)).unwrap().email();
    assert_eq!(email, Some("app@exa_mple.example"));
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let listed = client.list_members().graph_arn(graph(&client).await).send().await.unwrap();
    assert_eq!(
        (listed.member_details()[0].account_id(), listed.member_details()[0].email_address()),
        (Some(APP), None)
    );
}

#[tokio::test]
async fn an_account_without_an_address_that_detective_enables_by_itself_is_listed_without_one() {
    let emulator = start(
        &SCENARIO
            .replace("email: outsider@example.com", "email: \"\"")
            .replace("organization: true}", "organization: true, autoEnable: true}"),
    )
    .await;
    use aws_sdk_organizations::types::{HandshakeParty, HandshakePartyType};
    let target = HandshakeParty::builder().id("999999999999").r#type(HandshakePartyType::Account).build().unwrap();
    let invite = organizations(&emulator, MANAGEMENT).invite_account_to_organization().target(target);
    let handshake = invite.send().await.unwrap().handshake.unwrap().id.unwrap();
    organizations(&emulator, "999999999999").accept_handshake().handshake_id(handshake).send().await.unwrap();
    crate::setup::minutes(&emulator, 10);
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let listed = client.list_members().graph_arn(graph(&client).await).send().await.unwrap();
    assert_eq!(listed.member_details()[0].email_address(), None);
    organizations(&emulator, MANAGEMENT).list_accounts().send().await.unwrap();
}
