//! Accounts that come into scope or leave it, by a move or by tags.

use aws_sdk_organizations::types::Tag;

use end_to_end::environment::Environment;
use end_to_end::report::line;
use end_to_end::scenario::{account, organization, organization_graph};
use end_to_end::template::template;

const TAGGED: &str = r#"{"include": [{"tag": {"key": "detective", "value": "on"}}]}"#;
const MESSAGE: &str = "the policy does not include it; it is still a member, and is removed by organization-reconciler where REMOVE_MEMBERS is on";

/// An organization with an account in an OU, and one graph, with a policy.
async fn start(policy: &str) -> Environment {
    let scenario =
        organization().account(account("333333333333").ou("Workloads")).graph(organization_graph("us-east-1"));
    let environment = Environment::bare(scenario).await;
    let policy = policy.replace("WORKLOADS", &environment.ou_id("Workloads").await);
    let parameters = [("DetectiveRegions", "us-east-1"), ("CoveragePolicy", policy.as_str())];
    environment.deploy_both(&template(), &parameters);
    environment
}

/// The account is held because it is out of scope, and is a member all the same.
fn assert_held_as_member(environment: &Environment) {
    let runs = environment.cloud.invocations();
    let report = runs.last().expect("an invocation").outcome.as_ref().unwrap();
    let line = line(report, "us-east-1", "333333333333");
    assert_eq!((&line["reason"], &line["message"]), (&"out-of-scope".into(), &MESSAGE.into()));
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
}

#[tokio::test]
async fn an_account_that_gets_the_tag_of_the_policy_is_a_member_at_once_and_one_that_loses_it_is_held() {
    let environment = start(TAGGED).await;
    let client = environment.organizations().await;
    let tag = Tag::builder().key("detective").value("on").build().unwrap();
    client.tag_resource().resource_id("333333333333").tags(tag).send().await.unwrap();
    environment.cloud.settle().await;
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
    client.untag_resource().resource_id("333333333333").tag_keys("detective").send().await.unwrap();
    environment.cloud.settle().await;
    assert_held_as_member(&environment);
}

#[tokio::test]
async fn tags_of_an_ou_start_nothing() {
    let environment = start(TAGGED).await;
    let unit = environment.ou_id("Workloads").await;
    let tag = Tag::builder().key("detective").value("on").build().unwrap();
    environment.organizations().await.tag_resource().resource_id(&unit).tags(tag).send().await.unwrap();
    environment.cloud.settle().await;
    let runs = environment.cloud.invocations();
    assert_eq!(runs.len(), 1, "{runs:#?}");
    assert_eq!(runs[0].outcome.as_ref().unwrap()["ignored"], format!("{unit} is not an account"));
    assert_eq!(environment.changes(), 0);
}

#[tokio::test]
async fn a_member_that_moves_out_of_scope_is_reported_as_one_that_is_still_a_member() {
    let environment = start(r#"{"include": [{"ou": "WORKLOADS"}]}"#).await;
    let (root, unit) = (environment.root_id().await, environment.ou_id("Workloads").await);
    let client = environment.organizations().await;
    let r#move = |from: &str, to: &str| {
        client.move_account().account_id("333333333333").source_parent_id(from).destination_parent_id(to).send()
    };
    r#move(&unit, &root).await.unwrap();
    r#move(&root, &unit).await.unwrap();
    environment.cloud.settle().await;
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
    r#move(&unit, &root).await.unwrap();
    environment.cloud.settle().await;
    assert_held_as_member(&environment);
}
