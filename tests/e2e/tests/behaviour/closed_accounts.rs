//! Accounts that are closed: Detective removes them from every graph by itself once they are closed for good, and until then
//! nothing can be done in them.

use chrono::TimeDelta;

use end_to_end::environment::{Environment, MEMBER_ROLE};
use end_to_end::report::{line, report};
use end_to_end::scenario::{account, invitation_graph, member, organization, organization_graph, span};
use end_to_end::template::template;

const CLOSED: &str = "333333333333";
const OTHER: &str = "444444444444";

/// Two members in an organization graph and in an invitation graph. An account is closed for good so long after it was closed.
async fn environment(purge: &str, grace: &str) -> Environment {
    let members = || [member(CLOSED).age("7days"), member(OTHER).age("7days")];
    let scenario = organization()
        .timing(|timing| timing.account_purge = span(purge))
        .account(account(CLOSED))
        .account(account(OTHER))
        .graph(organization_graph("us-east-1").members(members()))
        .graph(invitation_graph("eu-west-1").members(members()));
    let parameters = [("RemoveMembers", "true"), ("MaxRemovalsPercent", "50"), ("RemovalGraceHours", grace)];
    Environment::start_with(scenario, &template(), &parameters).await
}

async fn close(environment: &Environment) {
    let client = environment.organizations().await;
    client.close_account().account_id(CLOSED).send().await.unwrap();
    environment.cloud.settle_now().await;
    pass(environment, TimeDelta::minutes(2)).await;
}

async fn pass(environment: &Environment, time: TimeDelta) {
    environment.aws().advance(time);
    environment.cloud.settle_now().await;
}

#[tokio::test]
async fn what_detective_removed_by_itself_during_the_grace_period_is_settled_without_a_call() {
    let environment = environment("2h", "24").await;
    close(&environment).await;
    let early = report(environment.offboard().await);
    for region in ["us-east-1", "eu-west-1"] {
        assert_eq!(line(&early, region, CLOSED)["reason"], "grace-period", "{early:#}");
    }
    pass(&environment, TimeDelta::hours(25)).await;
    for region in ["us-east-1", "eu-west-1"] {
        assert_eq!(environment.status(region, CLOSED), None, "Detective removed it");
        assert_eq!(environment.status(region, OTHER).as_deref(), Some("ENABLED"));
    }
    let late = report(environment.offboard().await);
    assert_eq!(late["totals"]["failed"], 0, "{late:#}");
    assert_eq!((environment.calls("DeleteMembers"), environment.departures()), (0, 0), "{late:#}");
    let reconciled = report(environment.reconcile().await);
    assert_eq!(reconciled["totals"]["failed"], 0, "{reconciled:#}");
    assert_eq!((environment.calls("DeleteMembers"), environment.calls("CreateMembers")), (0, 2), "{reconciled:#}");
}

#[tokio::test]
async fn a_suspended_account_is_removed_after_the_grace_period_before_detective_does() {
    let environment = environment("90days", "24").await;
    close(&environment).await;
    pass(&environment, TimeDelta::hours(25)).await;
    let late = report(environment.offboard().await);
    for region in ["us-east-1", "eu-west-1"] {
        assert_eq!(line(&late, region, CLOSED)["outcome"], "removed", "{late:#}");
    }
    let calls = environment.calls("DeleteMembers");
    pass(&environment, TimeDelta::days(92)).await;
    report(environment.offboard().await);
    report(environment.reconcile().await);
    assert_eq!(environment.calls("DeleteMembers"), calls, "it is gone");
}

#[tokio::test]
async fn an_invitation_to_a_suspended_account_is_held_and_the_others_are_accepted() {
    let invited = [CLOSED, OTHER].map(|id| member(id).status("INVITED"));
    let scenario = organization()
        .account(account(CLOSED).state("SUSPENDED"))
        .account(account(OTHER))
        .graph(invitation_graph("eu-west-1").members(invited));
    let parameters = [&[("DetectiveRegions", "eu-west-1")][..], &MEMBER_ROLE].concat();
    let environment = Environment::start_with(scenario, &template(), &parameters).await;
    for account in [CLOSED, OTHER] {
        let role = [&[("AdministratorAccountId", "222222222222")][..], &MEMBER_ROLE].concat();
        environment.deploy_as("detective-member-role", &template(), "MemberAccount", account, &role);
    }
    let accepted = environment.cloud.tick("222222222222", "CentralAcceptor").await.swap_remove(0);
    let accepted = report(accepted);
    assert_eq!(line(&accepted, "eu-west-1", OTHER)["action"], "accepted", "{accepted:#}");
    assert_eq!(line(&accepted, "eu-west-1", CLOSED)["reason"], "member-role-unavailable", "{accepted:#}");
    environment.aws().advance(TimeDelta::minutes(5));
    assert_eq!(environment.status("eu-west-1", OTHER).as_deref(), Some("ENABLED"));
}
