//! The queue before account-onboarder: many events at once are worked on together.

use detective_emulator::{Effect, Fault, Throttle};
use local_cloud::Options;

use end_to_end::environment::Environment;
use end_to_end::events::example_event;
use end_to_end::scenario::{ADMINISTRATOR, organization, organization_graph, two_regions};
use end_to_end::template::template;

use crate::arrivals_queue::{REGIONS, assert_nothing_waits, created, put, runs};

#[tokio::test]
async fn twenty_accounts_at_once_with_three_events_each_are_enrolled_by_one_invocation_and_the_fewest_calls() {
    let scenario = organization()
        .organization(|organization| organization.empty_page_after = 0)
        .generated(20, "300000000000")
        .graph(organization_graph(REGIONS));
    let environment = Environment::start(scenario).await;
    for number in 0..20 {
        let id = format!("3000000000{number:02}");
        for copy in 0..3 {
            put(&environment, created(&id, &format!("{number}-{copy}")));
        }
    }
    environment.cloud.settle().await;
    let runs = runs(&environment);
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].outcome.as_ref().unwrap()["totals"]["done"], 40);
    for (operation, calls) in
        [("ListGraphs", 2), ("GetMembers", 2), ("CreateMembers", 2), ("ListAccounts", 2), ("DescribeAccount", 0)]
    {
        assert_eq!(environment.calls(operation), calls, "{operation}");
    }
    assert_eq!(environment.status("us-east-1", "300000000019").as_deref(), Some("ENABLED"));
    assert_nothing_waits(&environment);
}

/// Five calls a second to a service in each Region, five at once.
fn five_a_second(service: &str) -> Fault {
    let throttle = Throttle { rate: 5.0, burst: 5.0, real_time: true, error: None };
    Fault { service: Some(service.to_owned()), operation: None, ..Fault::on("", Effect::Throttle(throttle)) }
}

#[tokio::test]
async fn two_hundred_accounts_at_once_are_enrolled_at_the_rate_of_the_services_and_hardly_a_call_is_throttled() {
    let scenario = organization()
        .organization(|organization| organization.empty_page_after = 0)
        .generated(200, "300000000000")
        .graph(organization_graph(REGIONS));
    let environment =
        Environment::bare_with(scenario, Options { concurrency: 1_000, waits_divided_by: 1, ..Options::default() })
            .await;
    environment.deploy_both(&template(), &[]);
    environment.aws().set_faults(["detective", "organizations"].map(five_a_second).to_vec());
    for number in 0..200 {
        for copy in 0..3 {
            put(&environment, created(&format!("3000000{number:05}"), &format!("{number}-{copy}")));
        }
    }
    environment.cloud.settle().await;
    for region in REGIONS.split(',') {
        let snapshot = environment.aws().snapshot();
        let graph = snapshot.graphs.iter().find(|graph| graph.region == region).unwrap();
        assert_eq!(graph.members.iter().filter(|member| member.status == "ENABLED").count(), 200, "{region}");
    }
    let journal = environment.aws().journal();
    let throttled = journal.iter().filter(|call| call.fault).count();
    // The organization by 20 accounts, and in each Region the graph, and members by 50, read and created.
    let fewest = 202_usize.div_ceil(20) + 2 * (1 + 4 + 4);
    println!("storm: {} calls, the fewest are {fewest}, {throttled} throttled", journal.len());
    assert!(2 * journal.len() <= 3 * fewest && 20 * throttled <= journal.len(), "{}, {throttled}", journal.len());
    assert_nothing_waits(&environment);
}

#[tokio::test]
async fn events_that_cannot_be_read_ask_for_one_reconcile_together_and_are_done() {
    let environment = Environment::start(two_regions()).await;
    let queue = environment.cloud.queues().into_iter().find(|queue| queue.contains("-Arrivals-")).expect("the queue");
    for body in ["not JSON", "[]", r#"{"Records": []}"#] {
        environment.aws().send_message(&queue, ADMINISTRATOR, body).unwrap();
    }
    put(&environment, example_event("account-joined-without-account"));
    environment.cloud.settle().await;
    let reports = environment.cloud.invocations();
    let warning = reports[0].outcome.as_ref().unwrap()["warning"].as_str().unwrap().to_owned();
    assert!(warning.starts_with("4 events cannot be read"), "{warning}");
    assert_eq!(environment.calls("SendMessageBatch"), 1);
    assert!(environment.status("us-east-1", "333333333333").is_some());
    assert_nothing_waits(&environment);
}

#[tokio::test]
async fn tags_ask_for_nothing_where_the_policy_names_none() {
    let environment = Environment::start(two_regions()).await;
    put(&environment, example_event("tag-account"));
    environment.cloud.settle().await;
    let report = runs(&environment).swap_remove(0).outcome.unwrap();
    assert_eq!(report["ignored"], "the policy names no tag");
    assert_eq!(environment.aws().journal(), []);
    let by_tag = [("CoveragePolicy", r#"{"exclude": [{"tag": {"key": "detective", "value": "off"}}]}"#)];
    let environment = Environment::start_with(two_regions(), &template(), &by_tag).await;
    put(&environment, example_event("tag-account"));
    environment.cloud.settle().await;
    assert!(environment.status("us-east-1", "333333333333").is_some());
}
