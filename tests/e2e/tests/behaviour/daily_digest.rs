//! The daily digest: coverage, what changed since the last one, and what needs a person; for mail and for chats.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::odd_accounts::ODD_ADDRESS;
use end_to_end::environment::Environment;
use end_to_end::faults::denied;
use end_to_end::report::report;
use end_to_end::scenario::{MANAGEMENT, account, member, organization, organization_graph};
use end_to_end::template::template;

const REGION: &str = "us-east-1";
const APP: &str = "333333333333";
const BLOCKED: &str = "444444444444";

async fn environment(digest: &str) -> Environment {
    let scenario = organization()
        .account(account(APP).name("<https://example.com|click>"))
        .account(account(BLOCKED).email(ODD_ADDRESS))
        .graph(organization_graph(REGION).members([member(MANAGEMENT)]));
    let parameters = [("DetectiveRegions", REGION), ("DailyDigest", digest)];
    Environment::start_with(scenario, &template(), &parameters).await
}

/// The digests that were published, successfully or not: the subject of each, and its text for each protocol.
fn digests(environment: &Environment) -> Vec<(String, Value)> {
    let published = environment.aws().journal().into_iter().filter(|call| call.operation == "Publish");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let messages = published.map(|call| {
        let texts = serde_json::from_str(&text(&call.request["Message"])).expect("the texts are JSON");
        (text(&call.request["Subject"]), texts)
    });
    messages.filter(|(subject, _)| subject.starts_with("Detective coverage: ")).collect()
}

#[tokio::test]
async fn a_digest_comes_once_a_day_and_states_coverage_changes_and_who_needs_a_person() {
    let environment = environment("true").await;
    report(environment.reconcile().await);
    let (subject, texts) = digests(&environment).pop().expect("the first run sends one");
    assert_eq!(subject, "Detective coverage: 66.66 %, 1 account needs a person");
    let mail = texts["default"].as_str().unwrap();
    let expected = "Covered: 2 of 3 in scope (66.66 %)\n\
                    - us-east-1: 2 of 3 in scope (66.66 %)\n\
                    \n\
                    This is the first digest: the next one names what changed.\n\
                    \n\
                    What needs a person\n\
                    \n\
                    - 1 invalid-email in us-east-1: 444444444444\n\
                    \n\
                    What to do\n\
                    \n\
                    - invalid-email: Detective does not accept its root email address: ";
    assert!(mail.starts_with(expected), "{mail}");
    let place = format!("\n- All accounts: s3://{}/coverage/index.html\n", environment.report_bucket());
    assert!(mail.ends_with(&place), "{mail}");
    assert!(!mail.contains("example.com") && !texts.to_string().contains("click"), "a name is in {texts:#}");

    // Six hours are no day. Then an account joins, and one is removed and cannot come back.
    environment.aws().advance(TimeDelta::hours(6));
    report(environment.reconcile().await);
    assert_eq!(digests(&environment).len(), 1);
    let new = environment.create_account("new").await;
    environment.cloud.settle().await;
    let client = aws_sdk_detective::Client::new(&environment.sdk("222222222222", REGION).await);
    let graph = environment.aws().snapshot().graphs[0].arn.clone();
    client.delete_members().graph_arn(graph).account_ids(APP).send().await.unwrap();
    environment.aws().set_faults(vec![denied("CreateMembers")]);
    environment.aws().advance(TimeDelta::hours(18));
    environment.reconcile().await.outcome.expect_err("nobody can be added");
    let (_, texts) = digests(&environment).pop().unwrap();
    let mail = texts["default"].as_str().unwrap();
    let (_, changed) = mail.split_once("\nWhat changed since 2026-01-05T09:").expect("what changed");
    for line in [
        format!("- 1 covered no longer in us-east-1: {APP}\n"),
        format!("- 1 newly covered in us-east-1: {new}\n"),
        format!("- 1 AccessDeniedException in us-east-1: {APP}\n"),
        format!("- 1 invalid-email in us-east-1: {BLOCKED}\n"),
    ] {
        assert!(changed.contains(&line), "{line:?} is not in {mail}");
    }
    assert!(mail.contains("- us-east-1: 2 of 4 in scope (50 %, before 66.66 %)\n"), "{mail}");
}

#[tokio::test]
async fn a_chat_gets_digests_and_alerts_in_the_form_that_it_shows() {
    let environment = environment("true").await;
    report(environment.reconcile().await);
    let published = environment.aws().journal().into_iter().filter(|call| call.operation == "Publish");
    let published: Vec<Value> = published.map(|call| call.request).collect();
    // The first alert is of low coverage.
    assert_eq!(published.len(), 2, "{published:#?}");
    for request in &published {
        assert_eq!(request["MessageStructure"], "json");
        let texts: Value = serde_json::from_str(request["Message"].as_str().unwrap()).unwrap();
        let chat: Value = serde_json::from_str(texts["https"].as_str().unwrap()).unwrap();
        assert_eq!((&chat["version"], &chat["source"]), (&json!("1.0"), &json!("custom")), "{chat:#}");
        let content = &chat["content"];
        assert_eq!((&content["textType"], &content["title"]), (&json!("client-markdown"), &request["Subject"]));
        assert!(content["description"].as_str().is_some_and(|text| !text.is_empty()), "{chat:#}");
        let allowed = ["textType", "title", "description", "nextSteps", "keywords"];
        assert!(content.as_object().unwrap().keys().all(|key| allowed.contains(&key.as_str())), "{chat:#}");
    }
}

#[tokio::test]
async fn without_being_asked_for_there_is_none_and_a_dry_run_sends_none() {
    for (digest, dry_run) in [("false", "false"), ("true", "true")] {
        let environment = environment(digest).await;
        let parameters = [("DetectiveRegions", REGION), ("DailyDigest", digest), ("DryRun", dry_run)];
        environment.deploy_administrator(&template(), &parameters);
        for _ in 0..2 {
            report(environment.reconcile().await);
            environment.aws().advance(TimeDelta::hours(25));
        }
        assert_eq!(digests(&environment).len(), 0, "{digest} {dry_run}");
    }
}

#[tokio::test]
async fn one_that_cannot_be_sent_is_a_warning_and_comes_with_the_next_run() {
    let environment = environment("true").await;
    report(environment.reconcile().await);
    environment.aws().advance(TimeDelta::hours(25));
    environment.aws().set_faults(vec![denied("Publish")]);
    let record = environment.reconcile().await;
    let told = match record.outcome {
        Ok(report) => report["warning"].as_str().unwrap_or_default().to_owned(),
        Err(error) => error.error_message,
    };
    assert!(told.contains("the daily digest could not be sent: "), "{told}");
    let tried = digests(&environment).len();
    assert!(tried >= 2, "{tried}");
    environment.aws().set_faults(Vec::new());
    for sent in [tried + 1, tried + 1] {
        environment.aws().advance(TimeDelta::minutes(10));
        report(environment.reconcile().await);
        assert_eq!(digests(&environment).len(), sent);
    }
}
