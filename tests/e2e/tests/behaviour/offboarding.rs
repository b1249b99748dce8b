//! account-offboarder: accounts that left or were closed are removed, but only after a grace period, only if Organizations
//! confirms it, and never many at once.

use aws_sdk_organizations::types::{HandshakeParty, HandshakePartyType};
use chrono::TimeDelta;
use serde_json::Value;

use end_to_end::environment::Environment;
use end_to_end::events::{account_removed, example_event};
use end_to_end::faults::denied;
use end_to_end::report::{line, report};
use end_to_end::scenario::{
    ADMINISTRATOR, Graph, MANAGEMENT, ScenarioBuilder, member, organization, organization_graph, span,
};
use end_to_end::template::template;

/// Detective does not remove members that left by itself here, as in GovCloud.
fn with_graph(graph: Graph, age: &str) -> ScenarioBuilder {
    let members = (333_333_333_333_u64..=333_333_333_336).map(|id| member(&id.to_string()).age(age));
    organization()
        .timing(|timing| {
            timing.departure = span("365days");
            timing.account_closure = span("0s");
        })
        .generated(8, "333333333333")
        .graph(graph.members(members))
}

const GRACE: TimeDelta = TimeDelta::hours(24);

async fn environment(parameters: &[(&str, &str)]) -> Environment {
    let defaults = [("DetectiveRegions", "us-east-1"), ("RemoveMembers", "true"), ("MaxRemovalsPercent", "50")];
    let scenario = with_graph(organization_graph("us-east-1"), "0s");
    Environment::start_with(scenario, &template(), &[&defaults, parameters].concat()).await
}

#[tokio::test]
async fn an_account_that_was_removed_from_the_organization_is_removed_after_the_grace_period() {
    let environment = environment(&[]).await;
    environment.remove_from_organization("333333333333").await;
    environment.settle_and_pass(TimeDelta::hours(1)).await;
    let early = report(environment.offboard().await);
    assert_eq!(line(&early, "us-east-1", "333333333333")["reason"], "grace-period", "{early:#}");
    assert_eq!(environment.calls("DeleteMembers"), 0);

    environment.settle_and_pass(GRACE).await;
    let late = report(environment.offboard().await);
    assert_eq!(line(&late, "us-east-1", "333333333333")["outcome"], "removed", "{late:#}");
    assert_eq!(environment.status("us-east-1", "333333333333"), None);
    assert_eq!(environment.departures(), 0, "what is done is forgotten");
    // Once more, nothing is left to do.
    environment.settle_and_pass(TimeDelta::hours(1)).await;
    report(environment.offboard().await);
    assert_eq!(environment.calls("DeleteMembers"), 1);
}

#[tokio::test]
async fn a_closed_account_is_removed_and_an_account_that_came_back_is_not() {
    let environment = environment(&[]).await;
    let client = environment.organizations().await;
    client.close_account().account_id("333333333333").send().await.unwrap();
    // This event reports the departure of an account that is still in the organization.
    environment.cloud.put_event(MANAGEMENT, "us-east-1", account_removed("333333333334"));
    environment.settle_and_pass(GRACE + TimeDelta::hours(1)).await;
    let report = report(environment.offboard().await);
    assert_eq!(line(&report, "us-east-1", "333333333333")["outcome"], "removed");
    assert_eq!(line(&report, "us-east-1", "333333333334")["reason"], "still-active");
    assert_eq!(environment.status("us-east-1", "333333333334").as_deref(), Some("ENABLED"));
    assert_eq!(environment.departures(), 0);
}

#[tokio::test]
async fn every_kind_of_departure_is_received_and_denied_ones_and_others_are_not() {
    let environment = environment(&[]).await;
    for name in ["account-departed", "close-account-succeeded", "leave-organization", "remove-account"] {
        environment.cloud.put_event(MANAGEMENT, "us-east-1", example_event(name));
    }
    for name in ["leave-organization-denied", "close-account-requested", "create-account-succeeded"] {
        environment.cloud.put_event(MANAGEMENT, "us-east-1", example_event(name));
    }
    environment.cloud.settle_now().await;
    assert_eq!(environment.departures(), 4);
    let record = environment.offboard().await;
    let logged = record.log.iter().filter(|entry| entry["message"] == "departure received").count();
    assert_eq!(logged, 4, "{:#?}", record.log);
}

#[tokio::test]
async fn the_administrator_is_never_removed() {
    let environment = environment(&[]).await;
    environment.cloud.put_event(MANAGEMENT, "us-east-1", account_removed(ADMINISTRATOR));
    environment.settle_and_pass(GRACE + TimeDelta::hours(1)).await;
    let report = report(environment.offboard().await);
    assert_eq!(line(&report, "us-east-1", ADMINISTRATOR)["outcome"], "excluded");
    assert_eq!(environment.calls("DeleteMembers"), 0);
}

#[tokio::test]
async fn more_departures_than_a_run_may_remove_stop_all_of_them_and_stay_in_the_queue() {
    let environment = environment(&[]).await;
    for id in ["333333333333", "333333333334", "333333333335"] {
        environment.remove_from_organization(id).await;
    }
    environment.settle_and_pass(GRACE + TimeDelta::hours(1)).await;
    let error = environment.offboard().await.outcome.expect_err("three of four members are too many");
    assert!(error.error_message.contains("RemovalsStopped"), "{}", error.error_message);
    assert_eq!(environment.calls("DeleteMembers"), 0);
    assert!(environment.departures() >= 3);
}

#[tokio::test]
async fn what_organizations_cannot_confirm_is_not_removed() {
    let environment = environment(&[]).await;
    environment.remove_from_organization("333333333333").await;
    environment.settle_and_pass(GRACE + TimeDelta::hours(1)).await;
    environment.aws().set_faults(vec![denied("DescribeAccount")]);
    let error = environment.offboard().await.outcome.expect_err("Organizations refuses");
    assert!(error.error_message.contains("DescribeAccount"), "{}", error.error_message);
    assert_eq!(environment.calls("DeleteMembers"), 0);
    assert!(environment.departures() > 0);
}

#[tokio::test]
async fn a_departure_whose_event_was_lost_is_found_by_the_reconciler_and_has_its_grace_period_too() {
    let environment = environment(&[]).await;
    environment.remove_from_organization("333333333333").await;
    environment.aws().take_events();
    let found = report(environment.reconcile().await);
    assert_eq!(line(&found, "us-east-1", "333333333333")["reason"], "grace-period", "{found:#}");
    assert_eq!((environment.calls("DeleteMembers"), environment.departures()), (0, 1));
    environment.settle_and_pass(GRACE).await;
    report(environment.offboard().await);
    assert_eq!(environment.status("us-east-1", "333333333333"), None);
}

#[tokio::test]
async fn an_account_that_came_back_and_leaves_again_has_a_grace_period_of_its_own() {
    let environment = environment(&[]).await;
    let client = environment.organizations().await;
    let id = "333333333333";
    environment.remove_from_organization(id).await;
    environment.settle_and_pass(TimeDelta::hours(1)).await;
    let party = HandshakeParty::builder().id(id).r#type(HandshakePartyType::Account).build().unwrap();
    let invited = client.invite_account_to_organization().target(party).send().await.unwrap();
    let handshake = invited.handshake().unwrap().id().unwrap().to_owned();
    let member = aws_sdk_organizations::Client::new(&environment.sdk(id, "us-east-1").await);
    member.accept_handshake().handshake_id(handshake).send().await.unwrap();
    environment.settle_and_pass(TimeDelta::hours(1)).await;
    let back = report(environment.offboard().await);
    assert_eq!(line(&back, "us-east-1", id)["reason"], "still-active", "{back:#}");
    assert_eq!(environment.departures(), 0, "the departure is over");

    environment.settle_and_pass(TimeDelta::hours(20)).await;
    environment.remove_from_organization(id).await;
    environment.settle_and_pass(TimeDelta::hours(4)).await;
    let asked = environment.calls("DescribeAccount");
    let early = report(environment.offboard().await);
    assert_eq!(line(&early, "us-east-1", id)["reason"], "grace-period", "{early:#}");
    assert_eq!(environment.calls("DescribeAccount"), asked + 1, "one call an account");
    environment.settle_and_pass(GRACE).await;
    report(environment.offboard().await);
    assert_eq!(environment.status("us-east-1", id), None);
}

#[tokio::test]
async fn an_event_names_the_members_that_were_removed() {
    let environment = environment(&[]).await;
    environment.remove_from_organization("333333333333").await;
    environment.settle_and_pass(GRACE + TimeDelta::hours(1)).await;
    report(environment.offboard().await);
    let alerts = environment.alerts();
    assert_eq!(alerts.len(), 1, "{alerts:#?}");
    assert_eq!(alerts[0]["removed"]["accountIds"], serde_json::json!(["333333333333"]), "{alerts:#?}");
    let expected = "1 member was removed, having left the organization or been closed: 333333333333.";
    assert_eq!(alerts[0]["message"], expected, "{alerts:#?}");
    assert_eq!(environment.notices().len(), 1, "people hear of it");
    // Nothing is removed: nothing is to be told.
    environment.settle_and_pass(TimeDelta::hours(1)).await;
    report(environment.offboard().await);
    assert_eq!(environment.alerts().len(), 1);
}

#[tokio::test]
async fn where_no_region_has_a_graph_departures_stay_in_the_queue() {
    let parameters = [("DetectiveRegions", "all"), ("RemoveMembers", "true")];
    let environment = Environment::start_with(organization(), &template(), &parameters).await;
    environment.cloud.put_event(MANAGEMENT, "us-east-1", account_removed("333333333333"));
    environment.cloud.settle_now().await;
    let error = environment.offboard().await.outcome.expect_err("there is no graph");
    assert!(error.error_message.contains("NoBehaviorGraph: none of the "), "{}", error.error_message);
    assert_eq!(environment.departures(), 1);
}

#[tokio::test]
async fn a_dry_run_removes_nothing_and_deletes_no_message() {
    let environment = environment(&[("DryRun", "true")]).await;
    environment.remove_from_organization("333333333333").await;
    environment.settle_and_pass(GRACE + TimeDelta::hours(1)).await;
    let report = report(environment.offboard().await);
    assert_eq!(line(&report, "us-east-1", "333333333333")["outcome"], "planned");
    assert_eq!(environment.changes(), 0);
    assert!(environment.departures() > 0);
}

#[tokio::test]
async fn without_permission_to_remove_there_is_no_offboarder() {
    let environment = environment(&[("RemoveMembers", "false")]).await;
    let functions: Vec<String> = environment.cloud.functions().into_iter().map(|(_, name)| name).collect();
    assert!(!functions.contains(&"AccountOffboarder".to_owned()), "{functions:?}");
    let unknown = environment.cloud.invoke(ADMINISTRATOR, "AccountOffboarder", Value::Null).await;
    assert!(unknown.outcome.is_err());
}
