//! Administrators of Detective that cannot administer it: administrator-keeper fails and states what to do, and asks for nothing
//! that is refused. organization-reconciler alerts to one that is being closed, whether or not there is a keeper.

use serde_json::Value;

use end_to_end::environment::Environment;
use end_to_end::report::{region, report_in};
use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT, ScenarioBuilder, account, organization, organization_graph};
use end_to_end::template::template;

const OTHER: &str = "333333333333";

/// Runs the keeper, which fails. Gives its report, and how often it designated.
async fn keep(scenario: ScenarioBuilder, administrator: &str) -> (Value, usize) {
    let environment = Environment::bare(scenario).await;
    let parameters = [
        ("AdministratorAccountId", administrator),
        ("AdministratorCheck", "correct"),
        ("DetectiveRegions", "us-east-1,eu-west-1"),
    ];
    environment.deploy(&template(), "ManagementAccount", MANAGEMENT, &parameters);
    let kept = environment.cloud.tick(MANAGEMENT, "AdministratorKeeper").await.swap_remove(0);
    let report = report_in(&kept.outcome.expect_err("the administrator cannot be used"));
    (report, environment.calls("EnableOrganizationAdminAccount"))
}

fn assert_failed(report: &Value, name: &str, part: &str) {
    let error = &region(report, name)["error"];
    assert_eq!(error["code"], "UnusableAdministrator", "{report:#}");
    assert!(error["message"].as_str().unwrap().contains(part), "{error}");
}

#[tokio::test]
async fn an_administrator_that_is_suspended_fails_where_it_is_designated_and_is_designated_nowhere_else() {
    for state in ["SUSPENDED", "PENDING_CLOSURE"] {
        let scenario =
            organization().administrator(|account| account.state(state)).graph(organization_graph("us-east-1"));
        let (report, designated) = keep(scenario, ADMINISTRATOR).await;
        for name in ["us-east-1", "eu-west-1"] {
            assert_failed(&report, name, &format!("is {state}: reopen it"));
        }
        assert_eq!(designated, 0);
    }
}

#[tokio::test]
async fn an_administrator_that_is_not_in_the_organization_is_not_designated() {
    let (report, designated) = keep(organization(), "999999999999").await;
    assert_failed(&report, "us-east-1", "is not in the organization");
    assert_eq!(designated, 0);
}

#[tokio::test]
async fn an_organization_without_all_features_or_with_another_administrator_is_named_with_what_to_do() {
    let billing = organization().organization(|organization| {
        organization.feature_set = detective_emulator::FeatureSet::ConsolidatedBilling;
    });
    let (report, designated) = keep(billing, ADMINISTRATOR).await;
    assert_failed(&report, "us-east-1", "enable them in Organizations");
    assert_eq!(designated, 0);
    let (report, designated) = keep(organization().account(account(OTHER)), OTHER).await;
    assert_failed(&report, "us-east-1", "account 222222222222 is Detective's delegated administrator");
    assert_eq!(designated, 0);
}

#[tokio::test]
async fn an_administrator_that_is_being_closed_is_a_failure_and_an_alert_whatever_the_administrator_check_is() {
    let scenario = organization()
        .administrator(|account| account.state("PENDING_CLOSURE"))
        .account(account(OTHER))
        .graph(organization_graph("us-east-1"));
    let environment = Environment::start_with(scenario, &template(), &[("DetectiveRegions", "us-east-1")]).await;
    assert!(!environment.cloud.functions().iter().any(|(_, name)| name == "AdministratorKeeper"));
    let error = environment.reconcile().await.outcome.expect_err("the administrator is being closed");
    let report = report_in(&error);
    assert_failed(&report, "us-east-1", "account 222222222222, which administers Detective, is PENDING_CLOSURE");
    // As long as it works, the graph is kept in step.
    assert_eq!(environment.status("us-east-1", OTHER).as_deref(), Some("ENABLED"));
    let alerts = environment.alerts();
    assert_eq!(alerts.len(), 1, "{alerts:#?}");
    assert!(alerts[0].to_string().contains("is PENDING_CLOSURE"), "{alerts:#?}");
}
