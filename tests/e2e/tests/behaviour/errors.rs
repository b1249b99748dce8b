//! Errors that a user can cause are visible where Lambda shows them, and retried no more than Lambda does.

use chrono::TimeDelta;
use detective_emulator::{Effect, Fault};
use serde_json::json;

use end_to_end::edit::edit;
use end_to_end::environment::Environment;
use end_to_end::events::account_created;
use end_to_end::exercise::WITHOUT_QUEUE;
use end_to_end::faults::aws_error;
use end_to_end::report::{line, report};
use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT, span, two_regions};
use end_to_end::template::template;

#[tokio::test]
async fn a_wrong_variable_fails_every_invocation_with_its_name_and_changes_nothing() {
    let parameters = [("DetectiveGraphArns", "arn:aws:detective:us-east-1:1:graph:x")];
    let environment = Environment::start_with(two_regions(), &template(), &parameters).await;
    for _ in 0..2 {
        let error = environment.onboard(account_created("333333333333")).await.outcome.expect_err("the ARN is wrong");
        assert_eq!(error.error_type, "ConfigurationError");
        assert!(error.error_message.contains("DETECTIVE_GRAPH_ARNS"), "{}", error.error_message);
    }
    assert_eq!(environment.aws().journal().len(), 0);
}

#[tokio::test]
async fn a_bundle_of_certificates_that_cannot_be_read_is_an_error_and_not_ignored() {
    let folder = env!("CARGO_MANIFEST_DIR");
    for (path, problem) in
        [(format!("{folder}/none.pem"), "cannot be read"), (format!("{folder}/Cargo.toml"), "no certificate")]
    {
        let globals = "        LOG_LEVEL: !Ref LogLevel\n";
        let template = edit(&template(), globals, &format!("{globals}        AWS_CA_BUNDLE: {path}\n"));
        let environment = Environment::start_with(two_regions(), &template, &[]).await;
        let error = environment.onboard(account_created("333333333333")).await.outcome.expect_err("it is no bundle");
        assert_eq!(error.error_type, "ConfigurationError");
        let message = error.error_message;
        assert!(message.contains("AWS_CA_BUNDLE") && message.contains(problem), "{message}");
    }
}

#[tokio::test]
async fn an_account_that_fails_is_reported_after_the_rest_is_done() {
    // There is no graph in ap-south-1.
    let parameters = [("DetectiveRegions", "us-east-1,ap-south-1")];
    let environment = Environment::start_with(two_regions(), &template(), &parameters).await;
    let error = environment.onboard(account_created("333333333333")).await.outcome.expect_err("a Region fails");
    assert_eq!(error.error_type, "RunIncomplete");
    assert!(
        error.error_message.starts_with(
            "1 accounts failed, 0 blocked, 0 waiting, 0 excluded, 1 done; the first failure: account 333333333333 in ap-south-1: \
             NoBehaviorGraph: there is no behavior graph in ap-south-1: designate this account as the organization's \
             Detective administrator in this Region, which creates one; or name the Region in INVITATION_GRAPH_REGIONS for a \
             graph by invitation (with CREATE_MISSING_GRAPHS), or take it out of DETECTIVE_REGIONS. Report: {"
        ),
        "{}",
        error.error_message
    );
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
}

#[tokio::test]
async fn an_event_that_fails_every_retry_ends_in_the_dead_letter_queue() {
    let parameters = [("DetectiveRegions", "ap-south-1")];
    let environment = Environment::start_with(two_regions(), &template(), &parameters).await;
    environment.cloud.put_event(MANAGEMENT, "us-east-1", account_created("333333333333"));
    environment.cloud.settle().await;
    assert_eq!(environment.cloud.invocations().len(), 60, "over fourteen hours");
    let letters = environment.cloud.dead_letters();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].body["detail"]["eventName"], "CreateAccountResult");
}

#[tokio::test]
async fn an_invocation_with_an_event_that_fails_every_retry_ends_in_the_dead_letter_queue() {
    let parameters = [("DetectiveRegions", "ap-south-1")];
    let template = edit(&template(), "        OnArrivals:\n", &format!("{WITHOUT_QUEUE}        OnArrivals:\n"));
    let environment = Environment::start_with(two_regions(), &template, &parameters).await;
    let mut event = account_created("333333333333");
    event["detail-type"] = "Without a queue".into();
    environment.cloud.put_event(ADMINISTRATOR, "us-east-1", event);
    environment.cloud.settle().await;
    assert_eq!(environment.cloud.invocations().len(), 3, "one attempt and two retries");
    let letters = environment.cloud.dead_letters();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].body["requestPayload"]["detail"]["eventName"], "CreateAccountResult");
}

#[tokio::test]
async fn the_error_of_a_caller_without_permission_names_the_denied_operation() {
    // Deployed by mistake in an account that is not the graph's administrator.
    let environment = Environment::bare(two_regions()).await;
    let snapshot = environment.aws().snapshot();
    let arn = snapshot.graphs.iter().find(|graph| graph.region == "us-east-1").unwrap().arn.clone();
    let parameters = [
        ("OrganizationId", "o-exampleorg01"),
        ("ManagementAccountId", MANAGEMENT),
        ("DetectiveGraphArns", arn.as_str()),
    ];
    environment.deploy(&template(), "AdministratorAccount", "333333333333", &parameters);
    let event = account_created("333333333333");
    let error = environment.cloud.invoke("333333333333", "AccountOnboarder", event).await.outcome.expect_err("denied");
    assert!(error.error_message.contains("DescribeAccount failed: AccessDeniedException"), "{}", error.error_message);
}

#[tokio::test]
async fn what_is_not_an_event_is_ignored_with_a_reason() {
    let environment = Environment::start(two_regions()).await;
    for payload in
        [json!(null), json!(17), json!([1, 2]), json!({}), json!({"source": "aws.organizations", "detail": {}})]
    {
        let report = report(environment.onboard(payload.clone()).await);
        assert!(report["ignored"].is_string(), "{payload}: {report}");
    }
    assert_eq!(environment.aws().journal().len(), 0);
}

#[tokio::test]
async fn a_call_that_failed_after_it_had_its_effect_is_read_back_and_done() {
    let environment = Environment::start(two_regions()).await;
    let effect = Effect::ErrorAfterEffect(aws_error("AccessDeniedException"));
    environment.aws().set_faults(vec![Fault::on("CreateMembers", effect)]);
    let report = report(environment.onboard(account_created("333333333333")).await);
    assert_eq!(line(&report, "us-east-1", "333333333333")["status"], "ENABLED");
    assert_eq!(environment.calls("CreateMembers"), 2, "one for each Region");
}

#[tokio::test]
async fn a_member_that_cannot_be_read_yet_fails_and_a_retry_finds_it_done() {
    // What is written shows only after 30 seconds: the second of two events finds the account unprocessed.
    let scenario = two_regions().timing(|timing| timing.visibility = span("30s"));
    let environment = Environment::start(scenario).await;
    for _ in 0..2 {
        environment.cloud.put_event(MANAGEMENT, "us-east-1", account_created("333333333333"));
        // The time for which events are gathered.
        environment.cloud.run_for(TimeDelta::seconds(20)).await;
    }
    environment.cloud.settle().await;
    let runs = environment.cloud.invocations();
    assert_eq!(runs.len(), 3);
    let report = runs[1].outcome.as_ref().unwrap();
    assert_eq!(report["batchItemFailures"].as_array().map(Vec::len), Some(1), "it is a member that does not show");
    let failed = line(report, "us-east-1", "333333333333");
    assert_eq!((&failed["operation"], &failed["code"]), (&json!("CreateMembers"), &json!("UnprocessedAccount")));
    let retried = runs[2].outcome.as_ref().unwrap();
    assert_eq!(line(retried, "us-east-1", "333333333333")["action"], "none");
    assert!(environment.cloud.dead_letters().is_empty());
}
