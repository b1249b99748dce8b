//! A bucket or a bus that does not answer costs what would have been published there, and nothing else.

use std::time::Duration;

use detective_emulator::{Effect, Fault, HELD};
use local_cloud::{InvocationRecord, Options};
use serde_json::{Value, json};

use end_to_end::environment::Environment;
use end_to_end::report::{line, region, report, report_in};
use end_to_end::scenario::{ADMINISTRATOR, ScenarioBuilder, account, organization, organization_graph, partly_covered};
use end_to_end::template::template;

const REPORT: &str = "2026-01-05T09-00-00Z.json";

fn held(operation: &str) -> Fault {
    Fault::on(operation, Effect::DelayMs(HELD))
}

/// An environment whose functions have less time than Lambda gives them: they wait until it ends.
async fn start(scenario: ScenarioBuilder, parameters: &[(&str, &str)]) -> Environment {
    let options = Options { limit: Some(Duration::from_secs(30)), ..Options::default() };
    let environment = Environment::bare_with(scenario, options).await;
    environment.deploy_both(&template(), parameters);
    environment
}

/// One attempt of one run.
async fn run(environment: &Environment) -> InvocationRecord {
    let event = json!({"id": "one-run", "scheduledTime": "2026-01-05T09:00:00Z"});
    environment.cloud.invoke(ADMINISTRATOR, "OrganizationReconciler", event).await
}

fn object(environment: &Environment, key: &str) -> Option<Value> {
    let objects = environment.aws().objects(&environment.report_bucket());
    objects.get(key).map(|body| serde_json::from_slice(body).unwrap())
}

#[tokio::test]
async fn an_object_that_is_not_answered_holds_up_no_work_and_no_other_region() {
    let scenario = organization().account(account("333333333333")).graph(organization_graph("us-east-1,eu-west-1"));
    let environment = start(scenario, &[]).await;
    let of_region = |operation: &str, key: &str| Fault { about: Some(key.to_owned()), ..held(operation) };
    environment.aws().set_faults(vec![of_region("GetObject", "state/us-east-1.json")]);
    let error = run(&environment).await.outcome.expect_err("what is remembered cannot be read");
    let report = report_in(&error);
    for name in ["us-east-1", "eu-west-1"] {
        assert_eq!(line(&report, name, "333333333333")["action"], "created", "{report:#}");
        assert_eq!(environment.status(name, "333333333333").as_deref(), Some("ENABLED"));
        assert!(object(&environment, &format!("coverage/{name}/{REPORT}")).is_some());
    }
    assert_eq!(region(&report, "us-east-1")["error"]["code"], "OutOfTime", "{report:#}");
    assert!(region(&report, "eu-west-1")["error"].is_null(), "{report:#}");
    // What could not be read is not replaced.
    assert_eq!(object(&environment, "state/us-east-1.json"), None);
    assert_eq!(object(&environment, "coverage/us-east-1/latest.json"), None);
    assert!(object(&environment, "state/eu-west-1.json").is_some());
}

#[tokio::test]
async fn a_bucket_that_takes_nothing_costs_the_reports_alone() {
    let environment = start(partly_covered(), &[("DetectiveRegions", "us-east-1")]).await;
    environment.aws().set_faults(vec![held("GetObject"), held("PutObject")]);
    // Lambda tries again.
    run(&environment).await.outcome.expect_err("nothing can be put");
    let error = run(&environment).await.outcome.expect_err("nothing can be put");
    let report = report_in(&error);
    assert_eq!(report["regions"][0]["error"]["code"], "OutOfTime", "{report:#}");
    assert_eq!(report["regions"][0]["coverage"]["enabled"], 2, "{report:#}");
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
    environment.cloud.settle_now().await;
    assert_eq!(environment.notices().len(), 1, "the run has one alert for the Region, however often it is tried");
}

/// Detective's settings are read until the end of the run, and nothing is left of its time but what is for publishing.
#[tokio::test]
async fn a_bus_that_takes_nothing_at_the_end_of_an_invocation_leaves_the_bucket_its_time() {
    let environment = start(partly_covered(), &[("DetectiveRegions", "us-east-1"), ("AutoEnable", "on")]).await;
    environment.aws().set_faults(["DescribeOrganizationConfiguration", "PutEvents"].map(held).to_vec());
    let error = run(&environment).await.outcome.expect_err("neither the settings nor the bus is answered");
    let report = report_in(&error);
    let of_region = region(&report, "us-east-1");
    assert_eq!(of_region["error"]["code"], "OutOfTime", "{report:#}");
    assert_eq!((&of_region["coverage"]["enabled"], environment.alerts().len()), (&json!(2), 1), "{report:#}");
    assert!(object(&environment, "state/us-east-1.json").is_some(), "it is remembered");
    assert!(object(&environment, &format!("coverage/us-east-1/{REPORT}")).is_some(), "it is reported");
}

#[tokio::test]
async fn a_bus_that_takes_nothing_costs_the_alert_until_the_next_run() {
    let environment = start(partly_covered(), &[("DetectiveRegions", "us-east-1")]).await;
    environment.aws().set_faults(vec![held("PutEvents")]);
    let error = run(&environment).await.outcome.expect_err("the alert cannot be sent");
    assert_eq!(report_in(&error)["regions"][0]["error"]["code"], "OutOfTime");
    assert!(object(&environment, &format!("coverage/us-east-1/{REPORT}")).is_some());
    let given_up = environment.alerts().len();
    environment.aws().set_faults(Vec::new());
    for _ in 0..2 {
        report(environment.reconcile().await);
    }
    assert_eq!(environment.alerts().len(), given_up + 1);
}
