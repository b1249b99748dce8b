//! A behavior graph that was there and is gone is a failure and an alert, also where a Region need not have one.

use chrono::TimeDelta;

use end_to_end::environment::Environment;
use end_to_end::report::{region, report, report_in};
use end_to_end::scenario::{ADMINISTRATOR, account, organization, organization_graph};
use end_to_end::template::template;

async fn delete_graph(environment: &Environment, name: &str) {
    let graphs = environment.aws().snapshot().graphs;
    let graph = graphs.into_iter().find(|graph| graph.region == name).unwrap().arn;
    let client = aws_sdk_detective::Client::new(&environment.sdk(ADMINISTRATOR, name).await);
    client.delete_graph().graph_arn(graph).send().await.unwrap();
}

#[tokio::test]
async fn a_graph_that_is_gone_fails_its_region_and_is_alerted_to_once_a_day() {
    let scenario = organization().account(account("333333333333")).graph(organization_graph("us-east-1,eu-west-1"));
    let environment = Environment::start_with(scenario, &template(), &[("DetectiveRegions", "all")]).await;
    report(environment.reconcile().await);
    let before = environment.alerts().len();
    delete_graph(&environment, "eu-west-1").await;
    for (hours, alerts) in [(6, 1), (12, 1), (18, 1), (24, 1), (30, 2)] {
        environment.aws().advance(TimeDelta::hours(6));
        let error = environment.reconcile().await.outcome.expect_err("a graph is gone");
        let report = report_in(&error);
        let error = &region(&report, "eu-west-1")["error"];
        assert_eq!(error["code"], "BehaviorGraphGone", "{report:#}");
        assert!(region(&report, "us-east-1")["error"].is_null(), "{report:#}");
        assert_eq!(environment.alerts().len() - before, alerts, "after {hours} hours");
    }
    let alert = &environment.alerts()[before];
    assert_eq!(alert["region"], "eu-west-1");
    assert!(
        alert["message"].as_str().unwrap().contains("which covered 2 accounts after the last run, is gone"),
        "{alert}"
    );
}

#[tokio::test]
async fn a_graph_in_place_of_another_is_alerted_to() {
    let scenario = organization().account(account("333333333333")).graph(organization_graph("us-east-1"));
    let environment = Environment::start_with(scenario, &template(), &[("DetectiveRegions", "us-east-1")]).await;
    report(environment.reconcile().await);
    let mut state = environment.remembered("us-east-1");
    state["graphArn"] = "arn:aws:detective:us-east-1:222222222222:graph:0123456789abcdef0123456789abcdef".into();
    environment.aws().put_object(&environment.report_bucket(), "state/us-east-1.json", state.to_string());
    // It has the tag of what the run left.
    environment.aws().delete_object(&environment.report_bucket(), "coverage/page.json");
    let report = report(environment.reconcile().await);
    let warning = report["regions"][0]["warnings"][0].as_str().unwrap_or_else(|| panic!("{report:#}"));
    assert!(warning.starts_with("the behavior graph is another one than in the last run"), "{warning}");
    assert!(environment.alerts().pop().unwrap()["message"].as_str().unwrap().contains(warning));
}
