//! member-monitor: what Detective accepted and does not monitor is started again.

use end_to_end::environment::Environment;
use end_to_end::faults::denied;
use end_to_end::report::{line, region, report, report_in};
use end_to_end::scenario::{ScenarioBuilder, account, member, organization, organization_graph};

/// Both Regions are organization graphs here; 333333333333 is known to fit, 444444444444's volume is not known, and
/// 555555555555 has too much data.
fn disabled() -> ScenarioBuilder {
    disabled_in("us-east-1", "24h")
}

/// The same with the first graph in another Region, or with 555555555555 disabled since another time.
fn disabled_in(region: &str, age: &str) -> ScenarioBuilder {
    let unknown = |id: &str| member(id).disabled("VOLUME_UNKNOWN");
    organization()
        .account(account("333333333333"))
        .account(account("444444444444").volume("unknown"))
        .account(account("555555555555").volume("high"))
        .account(account("666666666666"))
        .graph(organization_graph(region).members([
            unknown("333333333333"),
            unknown("444444444444"),
            member("666666666666"),
        ]))
        .graph(
            organization_graph("eu-west-1")
                .members([unknown("333333333333"), member("555555555555").disabled("VOLUME_TOO_HIGH").age(age)]),
        )
}

#[tokio::test]
async fn disabled_members_are_started_and_those_that_stay_disabled_are_held_with_reason_and_age() {
    let environment = Environment::start(disabled()).await;
    let report = report(environment.monitor().await);
    for region in ["us-east-1", "eu-west-1"] {
        assert_eq!(line(&report, region, "333333333333")["action"], "started");
        assert_eq!(environment.status(region, "333333333333").as_deref(), Some("ENABLED"));
    }
    let unknown = line(&report, "us-east-1", "444444444444");
    assert_eq!(unknown["reason"], "volume-unknown");
    assert!(unknown["message"].as_str().unwrap().contains("GuardDuty"), "{unknown}");
    assert!(unknown["message"].as_str().unwrap().contains(" since 2026-01-0"), "{unknown}");
    assert_eq!(environment.status("us-east-1", "444444444444").as_deref(), Some("ACCEPTED_BUT_DISABLED"));
}

#[tokio::test]
async fn members_that_need_nothing_are_not_touched() {
    let environment = Environment::start(disabled()).await;
    let report = report(environment.monitor().await);
    assert!(!report.to_string().contains("666666666666"));
    let started: Vec<_> = environment
        .aws()
        .journal()
        .iter()
        .filter(|call| call.operation == "StartMonitoringMember")
        .map(|call| call.request["AccountId"].clone())
        .collect();
    assert!(!started.contains(&"666666666666".into()), "{started:?}");
}

#[tokio::test]
async fn a_second_run_starts_only_what_is_still_disabled() {
    let environment = Environment::start(disabled()).await;
    report(environment.monitor().await);
    let before = environment.calls("StartMonitoringMember");
    let second = report(environment.monitor().await);
    assert_eq!(second["totals"]["done"], 0, "{second:#}");
    assert_eq!(
        environment.calls("StartMonitoringMember") - before,
        2,
        "444444444444 and 555555555555 are still disabled"
    );
}

#[tokio::test]
async fn one_region_that_fails_does_not_stop_the_other() {
    let environment = Environment::start(disabled_in("ap-south-1", "24h")).await;
    let error = environment.monitor().await.outcome.expect_err("us-east-1 has no graph");
    assert_eq!(error.error_type, "RunIncomplete");
    assert!(error.error_message.contains("there is no behavior graph in us-east-1"), "{}", error.error_message);
    assert_eq!(environment.status("eu-west-1", "333333333333").as_deref(), Some("ENABLED"));
}

#[tokio::test]
async fn a_member_that_waits_for_too_long_is_reported_as_stuck() {
    let environment = Environment::start(disabled_in("us-east-1", "80h")).await;
    let record = environment.monitor().await;
    let errors: Vec<_> = record.log.iter().filter(|line| line["level"] == "ERROR").collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0]["account.id"], "555555555555");
    let report = report(record);
    // 333333333333 in the same graph is enabled by now, and 444444444444 has not waited for long.
    assert_eq!(report["regions"][1]["stuck"], serde_json::json!(["555555555555"]));
    assert!(report["regions"][0].get("stuck").is_none());
}

#[tokio::test]
async fn a_member_whose_start_is_denied_is_stuck_to_the_monitor_and_to_the_reconciler() {
    let member = member("333333333333").disabled("VOLUME_UNKNOWN").age("80h");
    let graph = organization_graph("us-east-1,eu-west-1").members([member]);
    let environment = Environment::start(organization().account(account("333333333333")).graph(graph)).await;
    environment.aws().set_faults(vec![denied("StartMonitoringMember")]);
    for record in [environment.monitor().await, environment.reconcile().await] {
        let error = record.outcome.expect_err("starts are denied");
        let report = report_in(&error);
        assert_eq!(line(&report, "us-east-1", "333333333333")["outcome"], "failed");
        assert_eq!(region(&report, "us-east-1")["stuck"], serde_json::json!(["333333333333"]), "{report:#}");
    }
}
