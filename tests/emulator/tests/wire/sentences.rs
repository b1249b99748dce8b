//! What Detective's model states about its operations: every sentence is tested, or is a deviation that is written down.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::setup::{
    ADMINISTRATOR, APP, MANAGEMENT, OUTSIDER, SCENARIO, detective, graph, invitee, minutes, organizations, start,
};

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// CreateMembers as create_members, as the SDK and the tests have it.
fn snake(operation: &str) -> String {
    let letters = operation.chars().enumerate().flat_map(|(index, letter)| {
        let separator = (index > 0 && letter.is_uppercase()).then_some('_');
        separator.into_iter().chain(letter.to_lowercase())
    });
    letters.collect()
}

/// Checks that a test exists and that its file, or what all tests share, calls the operation.
fn check_test(operation: &str, test: &str) {
    let (module, name) = test.split_once("::").unwrap_or_else(|| panic!("{operation}: {test:?} is no test"));
    let file = read(&format!("tests/wire/{module}.rs"));
    assert!(file.contains(&format!("fn {name}(")), "{operation}: there is no test {test}");
    let call = format!(".{}()", snake(operation));
    let raw = format!(
        "/{}",
        operation.chars().next().unwrap().to_lowercase().chain(operation.chars().skip(1)).collect::<String>()
    );
    let called = [&file, &read("tests/wire/setup.rs")].iter().any(|text| text.contains(&call) || text.contains(&raw));
    assert!(called, "{test} does not call {operation}");
}

/// A table's row. `verdict` is a test, a deviation or a reason why there is nothing to emulate.
fn row(table: &mut String, operation: &str, sentence: &str, source: &str, verdict: &str) {
    if !["deviation: ", "no behaviour: "].iter().any(|kind| verdict.starts_with(kind)) {
        check_test(operation, verdict);
    }
    let _ = writeln!(table, "| {operation} | {sentence} | [source]({source}) | {verdict} |");
}

#[test]
fn every_sentence_of_the_model_on_an_operation_is_a_row_with_a_test_or_a_deviation() {
    let stated: BTreeMap<String, Vec<String>> = serde_json::from_str(&read("models/detective-sentences.json")).unwrap();
    let text = read("sentences.txt");
    let mut verdicts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut operation = "";
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match line.strip_prefix("  ") {
            Some(verdict) => verdicts.entry(operation).or_default().push(verdict),
            None => operation = line,
        }
    }
    let mut table = "# What Detective's documents state, and where the emulator is tested for it\n\n\
        Written by the test `sentences` from `sentences.txt` and AWS's model (`UPDATE_SENTENCES=1`). No sentence of the model on an\n\
        operation is without a row.\n\n| Operation | Sentence | Source | Test, or what differs |\n|---|---|---|---|\n"
        .to_owned();
    for (operation, sentences) in &stated {
        let verdicts = verdicts.get(operation.as_str()).map(Vec::as_slice).unwrap_or_default();
        assert_eq!(
            verdicts.len(),
            sentences.len(),
            "{operation} has so many sentences, each with a line in sentences.txt"
        );
        let source = format!("https://docs.aws.amazon.com/detective/latest/APIReference/API_{operation}.html");
        for (sentence, verdict) in sentences.iter().zip(verdicts) {
            row(&mut table, operation, sentence, &source, verdict);
        }
    }
    for line in &verdicts["Guide"] {
        let [operation, source, sentence, verdict] = line.split(" | ").collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        row(&mut table, operation, sentence, source, verdict);
    }
    assert_eq!(verdicts.len(), stated.len() + 1, "sentences.txt names what is no operation");
    if std::env::var_os("UPDATE_SENTENCES").is_some() {
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("SENTENCES.md"), &table).unwrap();
    }
    assert!(read("SENTENCES.md") == table, "SENTENCES.md is old: run the test with UPDATE_SENTENCES=1");
}

#[tokio::test]
async fn a_member_lists_no_invitation_that_it_declined_resigned_or_was_removed_from() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "eu-west-1");
    let arn = graph(&client).await;
    let outsider = detective(&emulator, OUTSIDER, "eu-west-1");
    let listed = async || outsider.list_invitations().send().await.unwrap().invitations().len();
    let members = async || client.list_members().graph_arn(&arn).send().await.unwrap().member_details().len();
    for end in ["rejects", "resigns", "is removed", "loses the graph"] {
        let invite = client.create_members().graph_arn(&arn).accounts(invitee(OUTSIDER, "outsider@example.com"));
        invite.send().await.unwrap();
        assert_eq!(listed().await, 0, "it is being verified");
        minutes(&emulator, 2);
        assert_eq!((listed().await, members().await), (1, 1), "it is open");
        if end != "rejects" {
            outsider.accept_invitation().graph_arn(&arn).send().await.unwrap();
            minutes(&emulator, 2);
            assert_eq!(listed().await, 1, "it is accepted");
        }
        match end {
            "rejects" => drop(outsider.reject_invitation().graph_arn(&arn).send().await.unwrap()),
            "resigns" => drop(outsider.disassociate_membership().graph_arn(&arn).send().await.unwrap()),
            "is removed" => drop(client.delete_members().graph_arn(&arn).account_ids(OUTSIDER).send().await.unwrap()),
            _ => drop(client.delete_graph().graph_arn(&arn).send().await.unwrap()),
        }
        assert_eq!(listed().await, 0, "it {end}");
        if end != "loses the graph" {
            assert_eq!(members().await, 0, "it {end}");
        }
    }
}

#[tokio::test]
async fn an_organization_account_that_was_removed_is_listed_no_more_and_can_be_enabled_again() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    let listed = async || client.list_members().graph_arn(&arn).send().await.unwrap().member_details().len();
    assert_eq!(listed().await, 0, "an account that was never enabled is not listed");
    for _ in 0..2 {
        client.create_members().graph_arn(&arn).accounts(invitee(APP, "app@example.com")).send().await.unwrap();
        assert_eq!(listed().await, 1);
        client.delete_members().graph_arn(&arn).account_ids(APP).send().await.unwrap();
        assert_eq!(listed().await, 0);
    }
}

#[tokio::test]
async fn the_delegation_stays_when_the_administrator_of_a_region_is_removed() {
    let emulator = start(SCENARIO).await;
    let management = detective(&emulator, MANAGEMENT, "us-east-1");
    management.disable_organization_admin_account().send().await.unwrap();
    let delegated = organizations(&emulator, MANAGEMENT).list_delegated_administrators().send().await.unwrap();
    assert_eq!(delegated.delegated_administrators()[0].id(), Some(ADMINISTRATOR));
}

#[tokio::test]
async fn the_management_account_stays_the_administrator_when_the_delegation_ends() {
    let emulator = start(SCENARIO).await;
    let elsewhere = detective(&emulator, MANAGEMENT, "ap-south-1");
    elsewhere.enable_organization_admin_account().account_id(MANAGEMENT).send().await.unwrap();
    let client = organizations(&emulator, MANAGEMENT);
    let delegated = client.list_delegated_administrators().send().await.unwrap();
    assert_eq!(delegated.delegated_administrators().len(), 1, "it is never delegated");
    let deregister = client.deregister_delegated_administrator().account_id(ADMINISTRATOR);
    deregister.service_principal("detective.amazonaws.com").send().await.unwrap();
    let here = detective(&emulator, MANAGEMENT, "us-east-1");
    // To remove the administrator of one Region there is another operation.
    here.disable_organization_admin_account().send().await.unwrap();
    assert!(here.list_organization_admin_accounts().send().await.unwrap().administrators().is_empty());
    let listed = elsewhere.list_organization_admin_accounts().send().await.unwrap();
    assert_eq!(listed.administrators()[0].account_id(), Some(MANAGEMENT));
}
