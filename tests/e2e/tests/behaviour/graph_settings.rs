//! Detective's own settings of a graph: what is reported as drift, and what is corrected.

use detective_emulator::{Fault, OptionalPackage, PackageState};
use serde_json::json;

use end_to_end::environment::Environment;
use end_to_end::faults::denied;
use end_to_end::report::{region, report};
use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT, account, organization, organization_graph};
use end_to_end::template::template;

use crate::regions::{environment, with_graph};

#[tokio::test]
async fn auto_enable_that_is_not_as_it_should_be_is_reported_and_corrected_only_if_configured() {
    for (correct, dry_run, expected, words) in [
        ("false", "false", "none", "or set CORRECT_DRIFT"),
        ("true", "true", "planned", "it would be set"),
        ("true", "false", "done", "it was set"),
    ] {
        let parameters =
            [("DetectiveRegions", "us-east-1"), ("AutoEnable", "on"), ("CorrectDrift", correct), ("DryRun", dry_run)];
        let environment = environment(&parameters).await;
        let report = report(environment.reconcile().await);
        let drift = &region(&report, "us-east-1")["drift"][0];
        assert_eq!((&drift["kind"], &drift["correction"]), (&json!("auto-enable"), &json!(expected)), "{report:#}");
        assert!(drift["message"].as_str().unwrap().ends_with(words), "{drift}");
        assert_eq!(environment.calls("UpdateOrganizationConfiguration"), usize::from(expected == "done"));
        let again = end_to_end::report::report(environment.reconcile().await);
        assert_eq!(region(&again, "us-east-1")["drift"].is_null(), expected == "done");
    }
}

#[tokio::test]
async fn auto_enable_beside_a_policy_that_leaves_accounts_out_is_drift() {
    let scenario = with_graph(organization_graph("us-east-1").auto_enable());
    let policy = r#"{"exclude": [{"account": "333333333333"}]}"#;
    let parameters = [("DetectiveRegions", "us-east-1"), ("CoveragePolicy", policy)];
    let environment = Environment::start_with(scenario, &template(), &parameters).await;
    let report = report(environment.reconcile().await);
    assert_eq!(region(&report, "us-east-1")["drift"][0]["kind"], "auto-enable");
}

#[tokio::test]
async fn auto_enable_is_left_alone_by_a_policy_that_leaves_nobody_out_however_it_is_written() {
    let scenario = organization()
        .administrator(|account| account.ou("Security"))
        .account(account("333333333333").ou("Workloads").tag("detective", "on"))
        .account(account("444444444444").ou("Workloads/Prod"))
        .account(account("555555555555").ou("Closed").state("SUSPENDED"))
        .graph(organization_graph("us-east-1").auto_enable());
    let before = Environment::bare(scenario.clone()).await;
    let root = before.root_id().await;
    let [workloads, security, closed] =
        [before.ou_id("Workloads").await, before.ou_id("Security").await, before.ou_id("Closed").await];
    let gone = "ou-ab12-nothere00";
    let management = json!({"account": MANAGEMENT});
    for (policy, leaves_out) in [
        (json!({"include": [{"ou": root}]}), false),
        (json!({"include": [{"ou": workloads}, management]}), false),
        (json!({"include": [{"account": "333333333333"}, {"account": "444444444444"}, management]}), false),
        (
            json!({"exclude": [{"ou": gone}, {"account": "999999999999"}, {"tag": {"key": "no", "value": "such"}}]}),
            false,
        ),
        (json!({"exclude": [{"ou": security}, {"account": ADMINISTRATOR}, {"ou": closed}]}), false),
        (json!({"exclude": [{"ou": workloads}]}), true),
        (json!({"include": [{"ou": root}], "exclude": [{"tag": {"key": "detective"}}]}), true),
        (json!({"include": [{"ou": workloads}]}), true),
        // Whom it would leave out is not known.
        (json!({"include": [{"ou": workloads}, {"ou": gone}]}), false),
    ] {
        let parameters =
            [("DetectiveRegions", "us-east-1"), ("CorrectDrift", "true"), ("CoveragePolicy", &policy.to_string())];
        let environment = Environment::start_with(scenario.clone(), &template(), &parameters).await;
        environment.reconcile().await;
        assert_eq!(environment.calls("UpdateOrganizationConfiguration"), usize::from(leaves_out), "{policy}");
    }
}

#[tokio::test]
async fn a_region_whose_administrator_is_another_account_is_drift_where_an_organization_graph_is_expected() {
    let environment = environment(&[("DetectiveRegions", "us-east-1,eu-west-1"), ("AutoEnable", "off")]).await;
    let report = report(environment.reconcile().await);
    assert_eq!(region(&report, "eu-west-1")["drift"][0]["kind"], "administrator", "{report:#}");
    assert!(region(&report, "us-east-1")["drift"].is_null());
}

#[tokio::test]
async fn a_denied_read_of_an_organization_graphs_administrator_is_drift_whatever_is_configured() {
    let policy = ("CoveragePolicy", r#"{"exclude": [{"account": "333333333333"}]}"#);
    for parameters in [vec![], vec![policy]] {
        let regions = ("DetectiveRegions", "us-east-1,eu-west-1");
        let environment = environment(&[&[regions], &parameters[..]].concat()).await;
        let fault = Fault { region: Some("us-east-1".into()), ..denied("DescribeOrganizationConfiguration") };
        environment.aws().set_faults(vec![fault]);
        let report = report(environment.reconcile().await);
        let drift = &region(&report, "us-east-1")["drift"][0];
        assert_eq!(drift["kind"], "administrator", "{report:#}");
        assert!(drift["message"].as_str().unwrap().contains("AccessDeniedException"), "{drift}");
        assert!(region(&report, "eu-west-1")["drift"].is_null(), "an invitation graph has no administrator to be");
    }
}

#[tokio::test]
async fn a_data_source_package_that_should_be_off_is_reported_while_it_is_on_and_no_call_is_made() {
    let parameters =
        [("DetectiveRegions", "us-east-1"), ("DatasourcePackages", "EKS_AUDIT=on,ASFF_SECURITYHUB_FINDING=off")];
    for (state, drifts) in [(None, 1), (Some(PackageState::Stopped), 0), (Some(PackageState::Disabled), 0)] {
        let graph = organization_graph("us-east-1");
        let graph = match state {
            Some(state) => graph.package(OptionalPackage::AsffSecurityhubFinding, state),
            None => graph,
        };
        let environment = Environment::start_with(organization().graph(graph), &template(), &parameters).await;
        let report = report(environment.reconcile().await);
        let drift = region(&report, "us-east-1")["drift"].as_array().cloned().unwrap_or_default();
        assert_eq!(drift.len(), drifts, "{report:#}");
        for drift in drift {
            assert_eq!(
                (&drift["kind"], &drift["correction"]),
                (&json!("datasource-package"), &json!("none")),
                "{drift}"
            );
            assert!(drift["message"].as_str().unwrap().contains("ASFF_SECURITYHUB_FINDING is on and should be off"));
        }
        assert_eq!(environment.calls("UpdateDatasourcePackages"), 0);
    }
    for wrong in ["EKS_AUDIT=perhaps", "EKS=off", "EKS_AUDIT,EKS_AUDIT=off"] {
        let parameters = [("DetectiveRegions", "us-east-1"), ("DatasourcePackages", wrong)];
        let scenario = organization().graph(organization_graph("us-east-1"));
        let environment = Environment::start_with(scenario, &template(), &parameters).await;
        let error = environment.reconcile().await.outcome.expect_err("the setting is wrong");
        assert!(error.error_message.contains("DATASOURCE_PACKAGES"), "{wrong}: {}", error.error_message);
    }
}

#[tokio::test]
async fn data_source_packages_are_kept_on() {
    let parameters = [("DetectiveRegions", "us-east-1"), ("DatasourcePackages", "EKS_AUDIT,ASFF_SECURITYHUB_FINDING")];
    let graph = organization_graph("us-east-1").package(OptionalPackage::EksAudit, PackageState::Disabled);
    let graph = graph.package(OptionalPackage::AsffSecurityhubFinding, PackageState::Stopped);
    let environment = Environment::start_with(organization().graph(graph), &template(), &parameters).await;
    let report = report(environment.reconcile().await);
    assert_eq!(region(&report, "us-east-1")["drift"].as_array().map(Vec::len), Some(2), "{report:#}");
    let again = end_to_end::report::report(environment.reconcile().await);
    assert!(region(&again, "us-east-1")["drift"].is_null(), "{again:#}");
    assert_eq!(environment.calls("UpdateDatasourcePackages"), 1);
}
