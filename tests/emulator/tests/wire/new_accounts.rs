//! Accounts that were created not long ago: Organizations has yet to activate them, or Detective does not take them yet.

use chrono::TimeDelta;
use detective_emulator::Emulator;

use crate::setup::{ADMINISTRATOR, APP, MANAGEMENT, SCENARIO, code, detective, graph, invitee, organizations, start};

/// Creates an account, which takes no time here.
async fn create(emulator: &Emulator) -> String {
    let management = organizations(emulator, MANAGEMENT);
    let status = management.create_account().account_name("n").email("n@example.com").send().await.unwrap();
    let request = status.create_account_status().unwrap().id().unwrap();
    let status = management.describe_create_account_status().create_account_request_id(request).send().await.unwrap();
    status.create_account_status().unwrap().account_id().unwrap().to_owned()
}

async fn state(emulator: &Emulator, id: &str) -> String {
    let answer = organizations(emulator, MANAGEMENT).describe_account().account_id(id).send().await.unwrap();
    answer.account().unwrap().state().unwrap().as_str().to_owned()
}

#[tokio::test]
async fn a_new_account_can_be_too_new_for_detective() {
    let timing = "timing: {newAccountSettling: 10m, accountCreation: 0s}\n";
    let young = SCENARIO.replace("app@example.com,", "app@example.com, age: 2m,");
    let emulator = start(&format!("{young}{timing}")).await;
    let id = create(&emulator).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    let create = |id: &str, email| client.create_members().graph_arn(&arn).accounts(invitee(id, email)).send();
    assert_eq!(code(create(&id, "n@example.com").await), "InternalServerException");
    assert_eq!(code(create(APP, "app@example.com").await), "InternalServerException");
    emulator.cloud().advance(TimeDelta::minutes(8));
    create(APP, "app@example.com").await.unwrap();
    assert_eq!(code(create(&id, "n@example.com").await), "InternalServerException");
    emulator.cloud().advance(TimeDelta::minutes(2));
    create(&id, "n@example.com").await.unwrap();
}

#[tokio::test]
async fn a_new_account_is_active_at_once_or_after_the_time_that_the_scenario_sets() {
    for (timing, states) in
        [("", ["ACTIVE"; 3]), (", accountActivation: 5m", ["PENDING_ACTIVATION", "PENDING_ACTIVATION", "ACTIVE"])]
    {
        let emulator = start(&format!("{SCENARIO}timing: {{accountCreation: 0s{timing}}}\n")).await;
        let id = create(&emulator).await;
        let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
        let arn = graph(&client).await;
        for (seconds, expected) in [0, 299, 1].into_iter().zip(states) {
            emulator.cloud().advance(TimeDelta::seconds(seconds));
            assert_eq!(state(&emulator, &id).await, expected, "{timing} {seconds}");
            let created = client.create_members().graph_arn(&arn).accounts(invitee(&id, "n@example.com")).send();
            let unprocessed = created.await.unwrap().unprocessed_accounts.unwrap_or_default();
            let is_inactive = |reason: &str| reason == "The account is not active";
            let is_refused = unprocessed.first().and_then(|account| account.reason()).is_some_and(is_inactive);
            assert_eq!(is_refused, expected != "ACTIVE", "{timing} {seconds}");
        }
    }
}

#[tokio::test]
async fn an_account_of_the_scenario_waits_for_its_activation_from_the_start_on_or_for_ever() {
    let pending = SCENARIO.replace("app@example.com,", "app@example.com, state: PENDING_ACTIVATION,");
    for (timing, after) in [("", "PENDING_ACTIVATION"), ("timing: {accountActivation: 40m}\n", "ACTIVE")] {
        let emulator = start(&format!("{pending}{timing}")).await;
        emulator.cloud().advance(TimeDelta::minutes(39));
        assert_eq!(state(&emulator, APP).await, "PENDING_ACTIVATION");
        emulator.cloud().advance(TimeDelta::days(1));
        assert_eq!(state(&emulator, APP).await, after);
    }
}
