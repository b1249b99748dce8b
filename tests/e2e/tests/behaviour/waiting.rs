//! Accounts that were invited and have not accepted are held with what they wait for, and reported when they wait too long.

use chrono::TimeDelta;
use detective_emulator::{Effect, Fault};
use serde_json::{Value, json};

use end_to_end::environment::Environment;
use end_to_end::events::account_created;
use end_to_end::faults::aws_error;
use end_to_end::report::{line, report};
use end_to_end::scenario::{
    MANAGEMENT, Member, ScenarioBuilder, account, invitation_graph, member, organization, span,
};
use end_to_end::template::template;

/// An invitation graph: 333333333333 has not accepted for sixty days, 444444444444 for a day, and Detective has been
/// verifying 555555555555 for four days.
fn invited() -> ScenarioBuilder {
    invited_with([member("444444444444").status("INVITED").age("24h")])
}

/// The same with other members in place of 444444444444.
fn invited_with<const N: usize>(members: [Member; N]) -> ScenarioBuilder {
    let graph = invitation_graph("us-east-1")
        .members([member(MANAGEMENT), member("333333333333").status("INVITED").age("60days")])
        .members(members)
        .members([member("555555555555").status("VERIFICATION_IN_PROGRESS").age("96h")]);
    organization()
        .timing(|timing| timing.verification = span("365days"))
        .organization(|organization| {
            organization.delegated_administrators[0].service = "guardduty.amazonaws.com".to_owned();
        })
        .account(account("333333333333"))
        .account(account("444444444444"))
        .account(account("555555555555"))
        .graph(graph)
}

const REASONS: [(&str, &str, &str); 3] = [
    ("333333333333", "not-accepted", "INVITED since 2025-11-06T09:00:00Z: nobody has accepted the invitation"),
    ("444444444444", "not-accepted", "INVITED since 2026-01-04T09:00:00Z: nobody has accepted the invitation"),
    ("555555555555", "in-verification", "VERIFICATION_IN_PROGRESS since 2026-01-01T09:00:00Z: Detective checks"),
];

async fn environment(scenario: ScenarioBuilder) -> Environment {
    let parameters = [("DetectiveRegions", "us-east-1"), ("ReportBucket", "coverage-reports")];
    let environment = Environment::start_with(scenario, &template(), &parameters).await;
    environment.aws().put_bucket("222222222222", "coverage-reports");
    environment
}

fn assert_held(report: &Value) {
    for (id, reason, message) in REASONS {
        let line = line(report, "us-east-1", id);
        assert_eq!((&line["outcome"], &line["reason"]), (&json!("waiting"), &json!(reason)), "{line}");
        assert!(line["message"].as_str().unwrap().starts_with(message), "{line}");
    }
    assert_eq!(report["regions"][0]["stuck"], json!(["333333333333", "555555555555"]));
}

#[tokio::test]
async fn the_reconciler_and_the_monitor_hold_them_and_report_the_old_ones_as_stuck() {
    let environment = environment(invited()).await;
    let reconciled = environment.reconcile().await;
    let oldest = reconciled.log.iter().find(|line| line["OldestDisabledHours"].is_array()).unwrap();
    assert_eq!(oldest["OldestDisabledHours"], json!([60.0 * 24.0]));
    assert_held(&report(reconciled));
    assert_held(&report(environment.monitor().await));
    for operation in ["CreateMembers", "DeleteMembers", "StartMonitoringMember"] {
        assert_eq!(environment.calls(operation), 0, "{operation}");
    }
    let objects = environment.aws().objects("coverage-reports");
    let (_, csv) =
        objects.iter().find(|(key, _)| key.starts_with("coverage/us-east-1/") && key.ends_with(".csv")).unwrap();
    let csv = String::from_utf8(csv.clone()).unwrap();
    assert!(
        csv.contains(
            "3333-3333-3333,333333333333,,us-east-1,person,waiting,INVITED,2025-11-06T09:00:00Z,,not-accepted,"
        ),
        "{csv}"
    );
}

#[tokio::test]
async fn a_notification_names_each_that_is_stuck_and_comes_again_when_there_is_another() {
    let environment = environment(invited()).await;
    for hours in [48, 0] {
        report(environment.reconcile().await);
        environment.cloud.settle_now().await;
        environment.aws().advance(TimeDelta::hours(hours));
    }
    let notices = environment.notices();
    let [first, second] = &notices[..] else { panic!("{notices:#?}") };
    let stuck =
        "2 accounts are stuck on the way to be covered: 333333333333 (not-accepted), 555555555555 (in-verification).";
    assert!(first.contains(stuck), "{first}");
    let stuck = "3 accounts are stuck on the way to be covered: 333333333333 (not-accepted), 444444444444 (not-accepted), \
                 555555555555 (in-verification).";
    assert!(second.contains(stuck), "{second}");
    // The event has what there is to do about each.
    let event = environment.alerts().pop().unwrap();
    let accounts = event["stuck"]["accounts"].as_array().unwrap();
    for (account, (id, reason, message)) in accounts.iter().zip(REASONS) {
        assert_eq!((&account["accountId"], &account["reason"]), (&json!(id), &json!(reason)), "{account}");
        assert!(account["message"].as_str().unwrap().starts_with(message), "{account}");
    }
    assert_eq!((&event["stuck"]["count"], &event["stuck"]["new"]), (&json!(3), &json!(1)), "{event}");
}

#[tokio::test]
async fn the_onboarder_reports_its_own_invitation_as_done_and_one_that_is_there_as_held() {
    let environment = environment(invited_with([])).await;
    let new = report(environment.onboard(account_created("444444444444")).await);
    let new = line(&new, "us-east-1", "444444444444");
    assert_eq!((&new["outcome"], &new["action"]), (&json!("done"), &json!("created")), "{new}");
    let old = report(environment.onboard(account_created("333333333333")).await);
    assert_eq!(line(&old, "us-east-1", "333333333333")["reason"], "not-accepted");
}

#[tokio::test]
async fn an_invitation_whose_answer_was_lost_is_done_all_the_same() {
    let environment = environment(invited_with([])).await;
    let fault = Fault::on("CreateMembers", Effect::ErrorAfterEffect(aws_error("ConflictException")));
    environment.aws().set_faults(vec![fault]);
    let report = report(environment.onboard(account_created("444444444444")).await);
    let line = line(&report, "us-east-1", "444444444444");
    assert_eq!((&line["outcome"], &line["status"]), (&json!("done"), &json!("VERIFICATION_IN_PROGRESS")), "{line}");
}
