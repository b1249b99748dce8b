//! What is remembered from run to run: where it is, who may replace it, and what becomes of it if it is lost or wrong.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use detective_emulator::policy::{Policy, Principal, Request};
use serde_json::json;

use end_to_end::deployed_template::DeployedTemplate;
use end_to_end::environment::Environment;
use end_to_end::report::report;
use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT, partly_covered};
use end_to_end::template::template;

const REGION: (&str, &str) = ("DetectiveRegions", "us-east-1");
pub(crate) const STATE: &str = "state/us-east-1.json";

pub(crate) async fn environment(parameters: &[(&str, &str)]) -> Environment {
    Environment::start_with(partly_covered(), &template(), &[&[REGION], parameters].concat()).await
}

#[tokio::test]
async fn a_run_leaves_who_is_covered_and_since_when_the_others_are_not() {
    let environment = environment(&[]).await;
    report(environment.reconcile().await);
    let first = environment.remembered("us-east-1");
    assert_eq!(first["published"]["covered"], json!([MANAGEMENT, "333333333333"]), "{first:#}");
    let start = environment.aws().now().timestamp();
    assert_eq!(first["uncovered"], json!({start.to_string(): ["444444444444"]}), "{first:#}");
    environment.aws().advance(TimeDelta::hours(6));
    report(environment.reconcile().await);
    let second = environment.remembered("us-east-1");
    assert_eq!((&second["uncovered"], &second["time"]), (&first["uncovered"], &json!(start + 6 * 3600)), "{second:#}");
}

#[tokio::test]
async fn a_run_that_is_older_replaces_nothing_of_a_newer_one() {
    let environment = environment(&[]).await;
    environment.aws().advance(TimeDelta::hours(6));
    report(environment.reconcile().await);
    let objects = || environment.aws().objects(&environment.report_bucket());
    let before = objects();
    environment.aws().advance(TimeDelta::minutes(1));
    let older = json!({"scheduledTime": "2026-01-05T09:00:00Z"});
    report(environment.cloud.invoke(ADMINISTRATOR, "OrganizationReconciler", older).await);
    let after = objects();
    for key in [STATE, "coverage/us-east-1/latest.json"] {
        assert_eq!(after[key], before[key], "{key}");
    }
    assert_eq!(after.len(), before.len() + 2, "its report is kept beside the others: {:?}", after.keys());
}

#[tokio::test]
async fn what_is_remembered_of_days_ago_is_reported() {
    let environment = environment(&[]).await;
    report(environment.reconcile().await);
    environment.aws().advance(TimeDelta::days(4));
    let report = report(environment.reconcile().await);
    let warning = report["regions"][0]["warnings"][0].as_str().unwrap();
    assert!(warning.contains("of 2026-01-05T09:00:00Z: no run has finished there since"), "{warning}");
}

#[tokio::test]
async fn every_call_for_the_bucket_names_its_owner() {
    let environment = environment(&[]).await;
    report(environment.reconcile().await);
    let calls: Vec<_> = environment.aws().journal().into_iter().filter(|call| call.service == "s3").collect();
    assert!(calls.len() > 4, "{calls:#?}");
    assert!(calls.iter().all(|call| call.request["ExpectedBucketOwner"] == ADMINISTRATOR), "{calls:#?}");
}

const STACK: [(&str, &str); 3] =
    [("Place", "AdministratorAccount"), ("OrganizationId", "o-exampleorg01"), ("ManagementAccountId", MANAGEMENT)];

#[test]
fn the_stack_makes_a_bucket_that_stays_and_admits_its_own_account_over_tls_alone() {
    let deployed = DeployedTemplate::new(&template(), ADMINISTRATOR, &STACK);
    let bucket = &deployed.resolved.resources["Reports"];
    assert_eq!(template().matches("DeletionPolicy: Retain").count(), 1);
    assert_eq!(bucket.properties["VersioningConfiguration"]["Status"], "Enabled");
    let mut policy =
        Policy::from_document(&deployed.resolved.resources["ReportsPolicy"].properties["PolicyDocument"]).unwrap();
    policy.add_statement(json!({"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"})).unwrap();
    for (account, tls, allowed) in
        [(ADMINISTRATOR, "true", true), (ADMINISTRATOR, "false", false), (MANAGEMENT, "true", false)]
    {
        let request = Request {
            principal: Principal::Account(account),
            action: "s3:GetObject",
            resource: &format!("{}/state/us-east-1.json", bucket.arn),
            context: BTreeMap::from([
                ("aws:SecureTransport", tls.to_owned()),
                ("aws:PrincipalAccount", account.to_owned()),
                ("aws:PrincipalIsAWSService", "false".to_owned()),
            ]),
        };
        assert_eq!(policy.allows(&request), allowed, "{account} {tls}");
    }
    let named =
        DeployedTemplate::new(&template(), ADMINISTRATOR, &[&STACK[..], &[("ReportBucket", "a-bucket")]].concat());
    assert!(!named.resolved.resources.contains_key("Reports"));
}
