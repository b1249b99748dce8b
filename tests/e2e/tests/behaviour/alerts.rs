//! Alerts: one event for a Region and run, when something is worse, and once a day while something is wrong.

use chrono::TimeDelta;
use detective_emulator::{Effect, Fault};
use serde_json::{Value, json};

use end_to_end::environment::Environment;
use end_to_end::faults::aws_error;
use end_to_end::report::{report, report_in};
use end_to_end::scenario::{
    ADMINISTRATOR, MANAGEMENT, account, member, organization, organization_graph, partly_covered,
};
use end_to_end::template::template;

const REGION: (&str, &str) = ("DetectiveRegions", "us-east-1");

pub(crate) async fn leave(environment: &Environment, id: &str) {
    let client = aws_sdk_detective::Client::new(&environment.sdk(ADMINISTRATOR, "us-east-1").await);
    let graph = environment.aws().snapshot().graphs[0].arn.clone();
    client.delete_members().graph_arn(graph).account_ids(id).send().await.unwrap();
}

#[tokio::test]
async fn three_hundred_stuck_members_are_one_event_that_comes_again_after_a_day() {
    let ids: Vec<String> = (0..300).map(|number| format!("300000000{number:03}")).collect();
    let scenario = ids.iter().fold(organization(), |scenario, id| scenario.account(account(id).volume("unknown")));
    let stuck = ids.iter().map(|id| member(id).disabled("VOLUME_UNKNOWN").age("100h"));
    let graph = organization_graph("us-east-1").members([member(MANAGEMENT)]).members(stuck);
    let environment = Environment::start_with(scenario.graph(graph), &template(), &[REGION]).await;
    // When the run begins, in hours, and how many alerts there are after it.
    for (hours, alerts) in [(0, 1), (6, 1), (12, 1), (18, 1), (24, 2), (30, 2)] {
        report(environment.reconcile().await);
        assert_eq!(environment.alerts().len(), alerts, "after {hours} hours");
        environment.aws().advance(TimeDelta::hours(6));
    }
    let event = environment.alerts().swap_remove(0);
    assert_eq!((&event["stuck"]["count"], &event["stuck"]["new"]), (&json!(300), &json!(300)), "{event}");
    assert_eq!(event["stuck"]["accounts"].as_array().unwrap().len(), 20);
    assert!(event["message"].as_str().unwrap().ends_with(", and 280 more."), "{event}");
    assert_eq!(environment.alerts()[1]["stuck"]["new"], 0);
}

#[tokio::test]
async fn an_account_that_was_covered_is_reported_by_name_though_another_takes_its_place() {
    let scenario = organization().account(account("333333333333")).account(account("444444444444"));
    let scenario = scenario.graph(organization_graph("us-east-1"));
    let environment = Environment::start_with(scenario, &template(), &[REGION, ("CoverageAlertPercent", "0")]).await;
    let refused = |id: &str| {
        let error = Effect::Error(aws_error("ValidationException"));
        vec![Fault { about: Some(id.to_owned()), ..Fault::on("CreateMembers", error) }]
    };
    environment.aws().set_faults(refused("444444444444"));
    environment.reconcile().await.outcome.expect_err("one account is refused");
    let percent = |report: &Value| report["regions"][0]["coverage"]["percent"].clone();
    leave(&environment, "333333333333").await;
    environment.aws().set_faults(refused("333333333333"));
    let error = environment.reconcile().await.outcome.expect_err("the other account is refused");
    let second = report_in(&error);
    assert_eq!(environment.status("us-east-1", "444444444444").as_deref(), Some("ENABLED"));
    assert_eq!(percent(&second), 66.66);
    assert_eq!(second["regions"][0]["noLongerCovered"], json!(["333333333333"]), "{second:#}");
    environment.cloud.settle_now().await;
    let notices = environment.notices();
    let [notice] = &notices[..] else { panic!("{notices:#?}") };
    let name = "1 account was covered and is not any more: 333333333333 (ValidationException).";
    assert!(notice.contains(name), "{notice}");
}

#[tokio::test]
async fn a_member_is_stuck_after_three_days_whether_or_not_each_start_moves_its_time() {
    for moves in [false, true] {
        let scenario = partly_covered().start_moves_updated_time(moves);
        let environment = Environment::start_with(scenario, &template(), &[REGION]).await;
        for hours in (0..84).step_by(12) {
            let expected = if hours >= 72 { json!(["444444444444"]) } else { Value::Null };
            for report in [report(environment.reconcile().await), report(environment.monitor().await)] {
                assert_eq!(report["regions"][0]["stuck"], expected, "{moves}, after {hours} hours: {report:#}");
            }
            environment.aws().advance(TimeDelta::hours(12));
        }
    }
}

#[tokio::test]
async fn an_account_that_leaves_the_graph_after_every_other_run_is_stuck_in_the_end() {
    let environment = Environment::start_with(partly_covered(), &template(), &[REGION]).await;
    for run in 0..8 {
        let report = report(environment.reconcile().await);
        let stuck = &report["regions"][0]["stuck"];
        let expected = if run >= 6 { json!(["444444444444"]) } else { Value::Null };
        assert_eq!(*stuck, expected, "run {run}, at {}", environment.aws().now());
        if run % 2 == 1 {
            leave(&environment, "444444444444").await;
        }
        environment.aws().advance(TimeDelta::hours(12));
    }
}
