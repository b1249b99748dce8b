//! Graphs that were deleted and created again: they have another ARN, and what names the old one states so.

use serde_json::{Value, json};

use end_to_end::environment::Environment;
use end_to_end::events::account_removed;
use end_to_end::report::{line, region, report, report_in};
use end_to_end::scenario::{ADMINISTRATOR, account, invitation_graph, member, organization};
use end_to_end::template::template;

const MEMBER: &str = "333333333333";
const REGION: &str = "eu-west-1";

fn graph(environment: &Environment) -> String {
    environment.aws().snapshot().graphs[0].arn.clone()
}

/// Deletes the administrator's graph and creates it again. Gives the ARNs before and after.
async fn create_again(environment: &Environment) -> (String, String) {
    let client = aws_sdk_detective::Client::new(&environment.sdk(ADMINISTRATOR, REGION).await);
    let before = graph(environment);
    client.delete_graph().graph_arn(&before).send().await.unwrap();
    client.create_graph().send().await.unwrap();
    let after = graph(environment);
    assert_ne!(before, after);
    (before, after)
}

async fn environment() -> Environment {
    let scenario = organization().account(account(MEMBER)).graph(invitation_graph(REGION).members([member(MEMBER)]));
    Environment::bare(scenario).await
}

#[tokio::test]
async fn a_configured_arn_that_is_stale_fails_every_function_with_what_to_do_and_none_works_in_another_graph() {
    let environment = environment().await;
    let before = graph(&environment);
    let parameters = [("DetectiveRegions", REGION), ("DetectiveGraphArns", before.as_str()), ("RemoveMembers", "true")];
    environment.deploy_administrator(&template(), &parameters);
    create_again(&environment).await;
    for function in ["OrganizationReconciler", "MemberMonitor"] {
        let run = environment.cloud.tick(ADMINISTRATOR, function).await.swap_remove(0);
        let report = report_in(&run.outcome.expect_err("the graph does not exist"));
        let error = &region(&report, REGION)["error"];
        assert_eq!(error["code"], "UnknownConfiguredGraph", "{function}: {report:#}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(&before) && message.contains("DETECTIVE_GRAPH_ARNS"), "{message}");
    }
    assert_eq!((environment.calls("CreateMembers"), environment.calls("DeleteMembers")), (0, 0));
    // Without the ARN, the new graph is covered.
    environment.deploy_administrator(&template(), &[("DetectiveRegions", REGION), ("DetectiveGraphArns", "")]);
    report(environment.reconcile().await);
    assert!(environment.status(REGION, MEMBER).is_some());
}

#[tokio::test]
async fn an_invitation_to_a_graph_that_was_created_again_is_held_with_what_to_do_where_the_old_one_is_trusted() {
    let environment = environment().await;
    let before = graph(&environment);
    let parameters = [
        ("TrustedAdministratorIds", ADMINISTRATOR),
        ("TrustedGraphArns", before.as_str()),
        ("DetectiveRegions", REGION),
    ];
    environment.deploy(&template(), "MemberAccount", MEMBER, &parameters);
    let (_, after) = create_again(&environment).await;
    environment.deploy_administrator(&template(), &[("DetectiveRegions", REGION)]);
    report(environment.reconcile().await);
    environment.aws().advance(chrono::TimeDelta::minutes(5));
    assert_eq!(environment.status(REGION, MEMBER).as_deref(), Some("INVITED"));
    let accepted = report(environment.accept(MEMBER).await);
    let held = line(&accepted, REGION, MEMBER);
    assert_eq!(held["reason"], "untrusted-graph", "{accepted:#}");
    assert!(held["message"].as_str().unwrap().contains(&after), "{held}");
}

/// A run that was continued, or whose departures wait, while the graph was deleted and created again: what waits names the
/// Region and accounts, and never a graph.
#[tokio::test]
async fn what_waits_in_queues_is_done_in_the_new_graph_and_what_was_remembered_of_the_old_one_is_said() {
    let environment = environment().await;
    environment.deploy_both(&template(), &[("DetectiveRegions", REGION), ("RemoveMembers", "true")]);
    report(environment.reconcile().await);
    let (before, after) = create_again(&environment).await;
    let queues = environment.cloud.queues();
    let send = |name: &str, body: Value| {
        let queue = queues.iter().find(|queue| queue.contains(name)).unwrap_or_else(|| panic!("no {name}: {queues:?}"));
        environment.aws().send_message(queue, ADMINISTRATOR, &body.to_string()).unwrap();
    };
    let of_run = |run: &str| json!({"region": REGION, "correlation": run, "invocations": 1, "graphArn": before});
    send("-OrganizationReconcilerCo", of_run("reconciling"));
    send("-MemberMonitorContinuations", of_run("monitoring"));
    send("-Departures", account_removed(MEMBER));
    let seen = environment.aws().journal().last().map_or(0, |call| call.sequence);
    // Continuations wait for a moment.
    environment.cloud.settle().await;
    let offboarded = report(environment.offboard().await);
    let runs = environment.cloud.invocations();
    let reconciled = runs.iter().rfind(|run| run.function == "OrganizationReconciler").expect("it continues");
    let reconciled = reconciled.outcome.as_ref().unwrap();
    let of_region = region(reconciled, REGION);
    assert_eq!(of_region["graphArn"], after.as_str(), "{reconciled:#}");
    let warning = format!("the behavior graph is another one than in the last run, which worked on {before}");
    assert!(of_region["warnings"].as_array().unwrap().contains(&json!(warning)), "{reconciled:#}");
    assert_eq!(of_region["noLongerCovered"], json!([MEMBER]), "{reconciled:#}");
    assert!(environment.alerts().iter().any(|alert| alert.to_string().contains(&before)), "people are told");
    assert!(runs.iter().any(|run| run.function == "MemberMonitor" && run.outcome.is_ok()));
    // It is in the organization all the same: it is invited to the new graph, and stays there.
    assert_eq!(environment.status(REGION, MEMBER).as_deref(), Some("INVITED"), "{offboarded:#}");
    let journal = environment.aws().journal().into_iter().filter(|call| call.sequence > seen);
    let of_old = journal.filter(|call| call.request["GraphArn"] == before.as_str());
    assert_eq!(of_old.count(), 0, "no call is made in the graph that is gone");
    assert!(environment.cloud.dead_letters().is_empty());
}
