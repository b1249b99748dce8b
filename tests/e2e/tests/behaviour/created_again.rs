//! Graphs that were deleted and created again: they have another ARN, and what names the old one states so.

use end_to_end::environment::Environment;
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
