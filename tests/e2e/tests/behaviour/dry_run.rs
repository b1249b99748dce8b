//! A dry run of each function of the template, with everything enabled and something to do: it reports what it would
//! change, and changes nothing. Without the dry run, each makes every mutating call that it can make.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};

use end_to_end::edit::edit;
use end_to_end::environment::Environment;
use end_to_end::events::account_created;
use end_to_end::full_environment::FullOrganization;
use end_to_end::report::report;
use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT};
use end_to_end::template::template;

/// Every function, where it runs, and its mutating calls without the dry run. Assuming a role counts as one.
const FUNCTIONS: [(&str, &str, &[&str]); 7] = [
    (ADMINISTRATOR, "AccountOnboarder", &["CreateMembers", "SendMessageBatch", "StartMonitoringMember"]),
    (ADMINISTRATOR, "MemberMonitor", &["StartMonitoringMember"]),
    (
        ADMINISTRATOR,
        "OrganizationReconciler",
        &[
            "CreateGraph",
            "CreateMembers",
            "DeleteMembers",
            "Publish",
            "PutEvents",
            "PutObject",
            "SendMessageBatch",
            "StartMonitoringMember",
            "UpdateDatasourcePackages",
            "UpdateOrganizationConfiguration",
        ],
    ),
    (ADMINISTRATOR, "AccountOffboarder", &["DeleteMembers", "DeleteMessageBatch", "Publish", "PutEvents", "PutObject"]),
    (ADMINISTRATOR, "CentralAcceptor", &["AcceptInvitation", "AssumeRole"]),
    ("700000000001", "InvitationAcceptor", &["AcceptInvitation", "RejectInvitation"]),
    (MANAGEMENT, "AdministratorKeeper", &["EnableOrganizationAdminAccount"]),
];

/// Whether AWS names the operation as one that only reads. Every other operation counts as mutating.
fn only_reads(operation: &str) -> bool {
    ["BatchGet", "Describe", "Get", "List", "Receive"].iter().any(|prefix| operation.starts_with(prefix))
}

/// Everything enabled; an account has left, and its grace period is over.
async fn start(organization: &FullOrganization, dry_run: bool) -> Environment {
    let parameter = |default: bool| {
        format!("  DryRun:\n    Type: String\n    AllowedValues: [\"true\", \"false\"]\n    Default: \"{default}\"\n")
    };
    let template = edit(&template(), &parameter(false), &parameter(dry_run));
    let environment = organization.deploy_with(&template, Duration::from_secs(120)).await;
    environment.remove_from_organization("444444444444").await;
    environment.cloud.settle_now().await;
    environment.aws().advance(TimeDelta::hours(25));
    environment
}

/// Runs a function once, and no other after it. Gives its mutating calls and its reports.
async fn run(environment: &Environment, account: &str, function: &str) -> (BTreeSet<String>, Vec<Value>) {
    let cloud = environment.aws();
    let before = cloud.journal().len();
    let events = match function {
        // One is not a member yet, and the other waits to be started.
        "AccountOnboarder" => ["333333333333", "555555555555"].map(account_created).to_vec(),
        _ => vec![json!({"scheduledTime": cloud.now().format("%Y-%m-%dT%H:%M:%SZ").to_string()})],
    };
    let mut reports = Vec::new();
    for event in events {
        let record = environment.cloud.invoke(account, function, event).await;
        let is_warning = |line: &&Value| {
            line["level"] == "WARN" && line["message"].as_str().is_some_and(|text| text.starts_with("dry run: "))
        };
        let warnings = record.log.iter().filter(is_warning).count();
        let report = report(record);
        assert_eq!(warnings, usize::from(report["dryRun"] == true), "{function}: {report:#}");
        reports.push(report);
    }
    let calls: Vec<String> = cloud.journal().into_iter().skip(before).map(|call| call.operation).collect();
    assert!(!calls.is_empty(), "{function} made no call");
    (calls.into_iter().filter(|operation| !only_reads(operation)).collect(), reports)
}

#[tokio::test]
async fn no_function_changes_anything_in_a_dry_run_and_each_does_without_it() {
    let organization = FullOrganization::new().await;
    let dry = start(&organization, true).await;
    let deployed: BTreeSet<String> = dry.cloud.functions().into_iter().map(|(_, function)| function).collect();
    assert_eq!(deployed, FUNCTIONS.map(|(_, function, _)| function.to_owned()).into());
    let before = dry.aws().snapshot();
    for (account, function, _) in FUNCTIONS {
        let (changes, reports) = run(&dry, account, function).await;
        assert_eq!(changes, BTreeSet::new(), "{function}");
        for report in reports {
            assert_eq!(report["dryRun"], true, "{function}");
            let drifts = report["regions"].as_array().unwrap().iter().any(|region| region["drift"].is_array());
            assert!(report["totals"]["planned"] != 0 || drifts, "{function} has nothing to do: {report:#}");
            assert_eq!(report["totals"]["failed"], 0, "{function}: {report:#}");
        }
    }
    assert_eq!(dry.aws().snapshot(), before);
    assert!(dry.aws().objects("coverage-reports").is_empty());

    for (account, function, expected) in FUNCTIONS {
        let without_dry_run = start(&organization, false).await;
        let (mut changes, reports) = run(&without_dry_run, account, function).await;
        if function == "OrganizationReconciler" {
            // Members out of scope are announced first, and removed when their grace period is over.
            without_dry_run.aws().advance(TimeDelta::hours(25));
            changes.extend(run(&without_dry_run, account, function).await.0);
        }
        assert!(reports.iter().all(|report| report["dryRun"].is_null()), "{function}");
        assert_eq!(changes, expected.iter().map(|operation| (*operation).to_owned()).collect(), "{function}");
    }
}
