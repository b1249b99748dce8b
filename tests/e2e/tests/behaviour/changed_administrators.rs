//! Administrators of Detective that change while the functions are deployed: the one that was never makes a graph of its own, and
//! invites nobody.

use detective_emulator::{DelegatedAdministrator, Effect, Fault};
use serde_json::Value;

use end_to_end::environment::Environment;
use end_to_end::events::account_created;
use end_to_end::faults::aws_error;
use end_to_end::report::{region, report_in};
use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT, ScenarioBuilder, account, organization, organization_graph};
use end_to_end::template::template;

const MEMBER: &str = "333333333333";
const NEXT: &str = "555555555555";
const REGION: &str = "us-east-1";

fn two_administrators() -> ScenarioBuilder {
    organization().account(account(MEMBER)).account(account(NEXT)).graph(organization_graph(REGION))
}

async fn environment(scenario: ScenarioBuilder, regions: &str) -> Environment {
    let parameters = [("DetectiveRegions", regions), ("CreateMissingGraphs", "true"), ("RemoveMembers", "true")];
    Environment::start_with(scenario, &template(), &parameters).await
}

/// The management account takes the administrator away, and designates another one.
async fn change(environment: &Environment, next: Option<&str>) {
    let client = aws_sdk_detective::Client::new(&environment.sdk(MANAGEMENT, REGION).await);
    client.disable_organization_admin_account().send().await.unwrap();
    let deregister = environment.organizations().await.deregister_delegated_administrator();
    deregister.account_id(ADMINISTRATOR).service_principal("detective.amazonaws.com").send().await.unwrap();
    if let Some(next) = next {
        client.enable_organization_admin_account().account_id(next).send().await.unwrap();
    }
}

fn error(report: &Value) -> (String, String) {
    let error = &region(report, REGION)["error"];
    let text = |field: &str| error[field].as_str().unwrap_or_else(|| panic!("no {field}: {report:#}")).to_owned();
    (text("code"), text("message"))
}

/// This account has no graph, and made nobody a member, after so many calls of CreateMembers.
#[track_caller]
fn assert_nothing_is_made(environment: &Environment, members: usize) {
    let graphs = environment.aws().snapshot().graphs;
    assert!(graphs.iter().all(|graph| graph.administrator != ADMINISTRATOR), "{graphs:#?}");
    assert_eq!((environment.calls("CreateGraph"), environment.calls("CreateMembers")), (0, members));
}

#[tokio::test]
async fn where_the_administrator_changes_the_last_one_fails_and_alerts_and_makes_no_graph_of_its_own() {
    for next in [Some(NEXT), None] {
        for regions in [REGION, "all"] {
            let environment = environment(two_administrators(), regions).await;
            // Where all Regions are covered, graphs are missing in others.
            environment.reconcile().await;
            let (alerts, members) = (environment.alerts().len(), environment.calls("CreateMembers"));
            change(&environment, next).await;
            let failed = report_in(&environment.reconcile().await.outcome.expect_err("there is no graph"));
            let (code, message) = error(&failed);
            assert_eq!(code, "BehaviorGraphGone", "{next:?} {regions}: {failed:#}");
            assert!(message.contains("change of the Detective administrator"), "{message}");
            assert_eq!(environment.alerts().len(), alerts + 1, "{next:?} {regions}");
            // Neither an event nor another schedule invites anybody.
            environment.onboard(account_created(MEMBER)).await.outcome.expect_err("there is no graph");
            environment.monitor().await.outcome.expect_err("there is no graph");
            assert_nothing_is_made(&environment, members);
        }
    }
}

#[tokio::test]
async fn without_a_memory_the_last_administrator_is_told_who_is_the_administrator_now_or_to_designate_one() {
    // Without another delegation it may not ask who is.
    for (next, has_another, words) in [
        (Some(NEXT), true, "administrator is account 555555555555"),
        (Some(NEXT), false, "designate this account"),
        (None, true, "designate this account"),
        (None, false, "designate this account"),
    ] {
        let another =
            DelegatedAdministrator { account: ADMINISTRATOR.to_owned(), service: "guardduty.amazonaws.com".to_owned() };
        let scenario = two_administrators().organization(|organization| {
            organization.delegated_administrators.extend(has_another.then_some(another));
        });
        let environment = environment(scenario, REGION).await;
        change(&environment, next).await;
        let failed = report_in(&environment.reconcile().await.outcome.expect_err("there is no graph"));
        let (code, message) = error(&failed);
        assert_eq!(code, "NoBehaviorGraph", "{failed:#}");
        assert!(message.contains(words), "{message}");
        assert_nothing_is_made(&environment, 0);
    }
}

#[tokio::test]
async fn no_graph_is_made_while_it_cannot_be_known_who_the_administrator_is() {
    for code in
        ["AccessDeniedException", "TooManyRequestsException", "ServiceException", "AWSOrganizationsNotInUseException"]
    {
        let environment = environment(two_administrators(), REGION).await;
        change(&environment, Some(NEXT)).await;
        let refused = Effect::Error(aws_error(code));
        environment.aws().set_faults(vec![Fault::on("ListDelegatedAdministrators", refused)]);
        environment.reconcile().await.outcome.expect_err("there is no graph");
        assert_nothing_is_made(&environment, 0);
    }
}
