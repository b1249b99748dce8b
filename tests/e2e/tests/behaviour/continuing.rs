//! A run that has not time enough: it stops in time, says what is left, and goes on in other invocations.

use std::collections::BTreeMap;
use std::time::Duration;

use detective_emulator::{Effect, Fault, Throttle};
use local_cloud::Options;

use crate::landscape::{ADMINISTRATOR, Landscape, report, template};

const REGIONS: &str = "us-east-1,us-east-2,us-west-1,us-west-2,ca-central-1,eu-west-1,eu-west-2,eu-west-3,eu-central-1,eu-north-1,\
    ap-northeast-1,ap-northeast-2,ap-south-1,ap-southeast-1,ap-southeast-2,sa-east-1,eu-south-1";

/// 60 emulated seconds of a function's time are ten real ones, of which it works eight.
const TIME: Duration = Duration::from_secs(10);

fn organization(regions: &str, accounts: usize, members: &str) -> String {
    format!(
        r#"
startTime: 2026-01-05T09:00:00Z
organization:
  id: o-exampleorg01
  emptyPageAfter: 0
  managementAccount: {{id: "111111111111", email: management@example.com}}
  delegatedAdministrators: [{{account: "222222222222", service: detective.amazonaws.com}}]
  accounts: [{{id: "222222222222", email: security@example.com, name: security}}]
  generate: [{{count: {accounts}, firstId: "300000000000"}}]
graphs:
  - {{administrator: "222222222222", regions: [{regions}], organization: true{members}}}
"#
    )
}

async fn landscape(scenario: &str, regions: &str) -> Landscape {
    let landscape = Landscape::bare_with(scenario, Options { limit: TIME, ..Options::default() }).await;
    landscape.deploy_both(&template(), &[("DetectiveRegions", regions)]);
    landscape
}

/// At most so many calls of the operation a real second, in each Region.
fn throttle(landscape: &Landscape, operation: &str, rate: f64) {
    let throttle = Throttle { rate, burst: rate, real_time: true, error: None };
    landscape.cloud.emulator().cloud().set_faults(vec![Fault::on(operation, Effect::Throttle(throttle))]);
}

/// How often each account was taken by a call that succeeded, by Region.
fn taken(landscape: &Landscape, operation: &str) -> BTreeMap<(String, String), usize> {
    let mut taken = BTreeMap::new();
    for call in landscape.cloud.emulator().cloud().journal() {
        if call.operation == operation && call.status == 200 {
            let many = call.request["Accounts"].as_array().into_iter().flatten().map(|account| &account["AccountId"]);
            for id in many.chain(Some(&call.request["AccountId"])).filter_map(|id| id.as_str()) {
                *taken.entry((call.region.clone(), id.to_owned())).or_default() += 1;
            }
        }
    }
    taken
}

#[tokio::test]
async fn ten_thousand_accounts_in_17_regions_are_covered_over_several_invocations_with_nothing_lost_or_done_twice() {
    let landscape = landscape(&organization(REGIONS, 9_998, ""), REGIONS).await;
    throttle(&landscape, "CreateMembers", 2.0);
    let first = report(landscape.reconcile().await);
    let left = first["regions"].as_array().unwrap().iter().filter(|region| region["continued"] == true).count();
    assert!(left > 0, "{}", first["totals"]);
    landscape.cloud.settle().await;
    let runs = landscape.cloud.invocations();
    assert!(runs.len() > 1);
    assert!(runs.iter().all(|run| run.function == "OrganizationReconciler"));
    let taken = taken(&landscape, "CreateMembers");
    assert_eq!(taken.len(), 17 * 1_200);
    assert!(taken.values().all(|times| *times == 1));
    let snapshot = landscape.cloud.emulator().cloud().snapshot();
    for graph in &snapshot.graphs {
        assert_eq!(graph.members.iter().filter(|member| member.status == "ENABLED").count(), 1_200, "{}", graph.region);
    }
    assert!(landscape.cloud.dead_letters().is_empty());
    for queue in landscape.cloud.queues() {
        assert!(landscape.cloud.emulator().cloud().messages(&queue).is_empty(), "{queue}");
    }
    let peak = runs.iter().filter_map(|run| run.peak_memory).max().unwrap_or(0);
    assert!(peak < 128 << 20, "{peak} bytes");
    // All runs are one story.
    let correlations: Vec<&str> =
        runs.iter().map(|run| run.outcome.as_ref().unwrap()["correlation"].as_str().unwrap()).collect();
    assert!(correlations.windows(2).all(|pair| pair[0] == pair[1]), "{correlations:?}");
}

#[tokio::test]
async fn the_monitor_goes_on_where_it_had_to_stop() {
    let members: Vec<String> = (0..120)
        .map(|number| format!("{{account: \"300000000{number:03}\", status: ACCEPTED_BUT_DISABLED}}"))
        .collect();
    let members = format!(", members: [{}]", members.join(", "));
    let landscape = landscape(&organization("us-east-1", 120, &members), "us-east-1").await;
    throttle(&landscape, "StartMonitoringMember", 8.0);
    let first = report(landscape.monitor().await);
    assert_eq!(first["regions"][0]["continued"], true, "{}", first["totals"]);
    landscape.cloud.settle().await;
    let taken = taken(&landscape, "StartMonitoringMember");
    assert_eq!((taken.len(), taken.values().max()), (120, Some(&1)));
}

#[tokio::test]
async fn without_a_queue_a_run_that_has_not_time_enough_fails_and_says_so() {
    let scenario = organization("us-east-1", 600, "");
    let landscape =
        Landscape::bare_with(&scenario, Options { limit: Duration::from_secs(5), ..Options::default() }).await;
    let template =
        template().replace("CONTINUATION_QUEUE_URL: !Ref OrganizationReconcilerRest", "CONTINUATION_QUEUE_URL: \"\"");
    landscape.deploy_both(&template, &[("DetectiveRegions", "us-east-1")]);
    throttle(&landscape, "CreateMembers", 0.5);
    let run = landscape.cloud.invoke(ADMINISTRATOR, "OrganizationReconciler", serde_json::json!({})).await;
    let error = run.outcome.expect_err("there is no queue");
    assert!(error.error_message.contains("set CONTINUATION_QUEUE_URL"), "{}", error.error_message);
}
