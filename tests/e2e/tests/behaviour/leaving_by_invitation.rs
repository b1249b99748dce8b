//! account-offboarder in invitation graphs: an invited account that left is removed if a run saw it in the organization. Whoever invited
//! an account that was never there knows what for.

use chrono::TimeDelta;

use end_to_end::environment::Environment;
use end_to_end::report::{line, report};
use end_to_end::scenario::{ScenarioBuilder, invitation_graph, member, organization, span};
use end_to_end::template::template;

const GRACE: TimeDelta = TimeDelta::hours(24);

/// Every member was invited a week ago.
fn by_invitation() -> ScenarioBuilder {
    let members = (333_333_333_333_u64..=333_333_333_336).map(|id| member(&id.to_string()).age("7days"));
    organization()
        .timing(|timing| timing.departure = span("365days"))
        .generated(8, "333333333333")
        .graph(invitation_graph("us-east-1").members(members))
}

async fn invited(parameters: &[(&str, &str)]) -> Environment {
    let defaults = [("DetectiveRegions", "us-east-1"), ("RemoveMembers", "true"), ("MaxRemovalsPercent", "50")];
    Environment::start_with(by_invitation(), &template(), &[&defaults, parameters].concat()).await
}

#[tokio::test]
async fn an_invited_account_that_left_is_removed_if_a_run_saw_it_in_the_organization() {
    let environment = invited(&[]).await;
    report(environment.reconcile().await);
    environment.remove_from_organization("333333333333").await;
    environment.settle_and_pass(TimeDelta::hours(1)).await;
    // What a run remembers lasts while the account is a member.
    let early = report(environment.reconcile().await);
    assert_eq!(line(&early, "us-east-1", "333333333333")["reason"], "grace-period", "{early:#}");
    environment.settle_and_pass(GRACE).await;
    let late = report(environment.offboard().await);
    assert_eq!(line(&late, "us-east-1", "333333333333")["outcome"], "removed", "{late:#}");
    assert_eq!(environment.departures(), 0);
    report(environment.reconcile().await);
    assert!(!environment.is_remembered_in_organization("us-east-1", "333333333333"), "it is no member any more");
}

#[tokio::test]
async fn an_invited_account_that_a_run_saw_is_removed_although_its_departure_was_lost() {
    let environment = invited(&[]).await;
    report(environment.reconcile().await);
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
async fn an_account_that_left_and_was_invited_again_on_purpose_stays_whatever_was_remembered() {
    let environment = invited(&[]).await;
    report(environment.reconcile().await);
    environment.remove_from_organization("333333333333").await;
    environment.aws().take_events();
    environment.aws().advance(TimeDelta::hours(1));
    environment.invite_again("us-east-1", "333333333333", "account-1@example.com").await;
    for _ in 0..2 {
        let found = report(environment.reconcile().await);
        assert_eq!(line(&found, "us-east-1", "333333333333")["reason"], "outside-organization", "{found:#}");
        environment.settle_and_pass(GRACE).await;
        report(environment.offboard().await);
    }
    assert!(environment.status("us-east-1", "333333333333").is_some());
}

#[tokio::test]
async fn where_it_cannot_be_read_who_was_in_the_organization_a_departure_waits() {
    let environment = invited(&[]).await;
    report(environment.reconcile().await);
    let (bucket, key) = (environment.report_bucket(), "state/us-east-1.json");
    let remembered = environment.aws().objects(&bucket)[key].clone();
    environment.remove_from_organization("333333333333").await;
    environment.settle_and_pass(GRACE + TimeDelta::hours(1)).await;
    environment.aws().put_object(&bucket, key, b"lost");
    let held = report(environment.offboard().await);
    assert_eq!(line(&held, "us-east-1", "333333333333")["reason"], "removal-unconfirmed", "{held:#}");
    assert!(environment.departures() > 0, "it waits");
    environment.aws().put_object(&bucket, key, remembered);
    environment.settle_and_pass(TimeDelta::hours(1)).await;
    report(environment.offboard().await);
    assert_eq!(environment.status("us-east-1", "333333333333"), None);
}

#[tokio::test]
async fn an_invited_account_whose_departure_was_lost_is_held_and_stays() {
    let environment = invited(&[]).await;
    environment.remove_from_organization("333333333333").await;
    environment.aws().take_events();
    let found = report(environment.reconcile().await);
    assert_eq!(line(&found, "us-east-1", "333333333333")["reason"], "outside-organization", "{found:#}");
    assert_eq!((environment.calls("DeleteMembers"), environment.departures()), (0, 0));
}

#[tokio::test]
async fn an_invited_account_that_left_stays_where_nothing_shows_that_it_was_in_the_organization() {
    let environment = invited(&[]).await;
    for id in ["333333333333", "333333333334"] {
        environment.remove_from_organization(id).await;
    }
    environment.settle_and_pass(TimeDelta::hours(1)).await;
    environment.invite_again("us-east-1", "333333333333", "account-1@example.com").await;
    environment.settle_and_pass(GRACE).await;
    let late = report(environment.offboard().await);
    assert_eq!(line(&late, "us-east-1", "333333333333")["reason"], "outside-organization", "{late:#}");
    assert_eq!(line(&late, "us-east-1", "333333333334")["reason"], "outside-organization", "{late:#}");
    for id in ["333333333333", "333333333334"] {
        assert!(environment.status("us-east-1", id).is_some(), "{id}");
    }
    assert_eq!(environment.departures(), 0, "both departures are settled");
}
