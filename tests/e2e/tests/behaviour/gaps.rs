//! What Organizations does not return, or does not have any more: everything else is done all the same, and the gap is reported.

use detective_emulator::{Effect, Fault};
use serde_json::{Value, json};

use end_to_end::events::account_created;
use end_to_end::report::{line, region, report};
use end_to_end::scenario::{ADMINISTRATOR, account, member, organization, organization_graph};

use crate::reconciling::{REMOVAL, accounts, environment};

const GONE: &str = "ou-ab12-nothere00";

#[tokio::test]
async fn an_account_without_an_address_is_held_and_everybody_else_is_a_member() {
    let scenario = organization().account(account("333333333333").email("")).account(account("444444444444"));
    let environment = environment(scenario.graph(organization_graph("us-east-1")), &[]).await;
    let onboarded = report(environment.onboard(account_created("333333333333")).await);
    let reconciled = report(environment.reconcile().await);
    for report in [&onboarded, &reconciled] {
        assert_eq!(line(report, "us-east-1", "333333333333")["reason"], "missing-email", "{report:#}");
    }
    assert_eq!(environment.status("us-east-1", "444444444444").as_deref(), Some("ENABLED"));
}

#[tokio::test]
async fn an_account_without_an_id_is_counted_and_everybody_else_is_a_member() {
    let scenario = organization().account(account("333333333333")).graph(organization_graph("us-east-1"));
    let environment = environment(scenario, &[]).await;
    let listed = |id: &str| json!({"Id": id, "Email": format!("account-{id}@example.com"), "State": "ACTIVE"});
    let accounts =
        json!([listed(ADMINISTRATOR), {"Email": "x@example.com", "State": "ACTIVE"}, listed("333333333333")]);
    environment.aws().set_faults(vec![Fault::on("ListAccounts", Effect::Answer(json!({"Accounts": accounts})))]);
    let report = report(environment.reconcile().await);
    let warnings = region(&report, "us-east-1")["warnings"].to_string();
    assert!(warnings.contains("1 accounts without an id"), "{report:#}");
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
}

#[tokio::test]
async fn a_rule_of_exclude_or_priority_whose_ou_is_gone_selects_nobody_and_is_reported() {
    for rule in ["exclude", "priority"] {
        let policy = json!({rule: [{"ou": GONE}, {"account": "333333333333"}]}).to_string();
        let scenario = accounts().graph(organization_graph("us-east-1").members([member("555555555555")]));
        let environment = environment(scenario, &[&REMOVAL[..], &[("CoveragePolicy", &policy)]].concat()).await;
        let record = environment.reconcile().await;
        assert!(record.log.iter().any(|line| line["level"] == "WARN" && line.to_string().contains(GONE)), "{rule}");
        let report = report(record);
        assert!(region(&report, "us-east-1")["warnings"].to_string().contains(GONE), "{report:#}");
        assert_eq!(environment.status("us-east-1", "444444444444").as_deref(), Some("ENABLED"), "{rule}");
        assert_eq!(environment.status("us-east-1", "333333333333").is_some(), rule == "priority");
        assert_eq!(environment.status("us-east-1", "555555555555").as_deref(), Some("ENABLED"), "{rule}");
    }
}

#[tokio::test]
async fn while_an_included_ou_is_gone_nobody_is_removed_and_the_others_that_are_included_become_members() {
    let policy = json!({"include": [{"ou": GONE}, {"account": "333333333333"}]}).to_string();
    let scenario = accounts().graph(organization_graph("us-east-1").members([member("555555555555")]));
    let environment = environment(scenario, &[&REMOVAL[..], &[("CoveragePolicy", &policy)]].concat()).await;
    let report = report(environment.reconcile().await);
    let reconciled = region(&report, "us-east-1");
    assert!(reconciled["warnings"].to_string().contains(GONE), "{report:#}");
    assert_eq!(
        (&reconciled["error"], &reconciled["coverage"]["incomplete"]),
        (&Value::Null, &json!(true)),
        "{report:#}"
    );
    let held = line(&report, "us-east-1", "555555555555");
    assert_eq!((&held["reason"], held["message"].to_string().contains(GONE)), (&json!("removal-unconfirmed"), true));
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
    assert_eq!((environment.calls("DeleteMembers"), environment.status("us-east-1", "444444444444")), (0, None));
}

#[tokio::test]
async fn an_included_ou_that_is_gone_fails_no_region_in_which_nobody_is_to_be_removed() {
    let policy = json!({"include": [{"ou": GONE}, {"account": "333333333333"}]}).to_string();
    let scenario = accounts().graph(organization_graph("us-east-1"));
    let environment = environment(scenario, &[&REMOVAL[..], &[("CoveragePolicy", &policy)]].concat()).await;
    let report = report(environment.reconcile().await);
    assert_eq!(region(&report, "us-east-1")["coverage"]["incomplete"], true, "{report:#}");
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
}

#[tokio::test]
async fn however_many_ous_are_gone_a_region_has_one_warning_about_them() {
    let gone: Vec<Value> = (10..60).map(|number| json!({"ou": format!("ou-ab12-nothere{number}")})).collect();
    let policy = json!({ "exclude": gone }).to_string();
    let scenario = accounts().graph(organization_graph("us-east-1"));
    let environment = environment(scenario, &[("CoveragePolicy", &policy)]).await;
    let report = report(environment.reconcile().await);
    let warnings = region(&report, "us-east-1")["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{report:#}");
    let warning = warnings[0].as_str().unwrap();
    assert!(warning.contains("ou-ab12-nothere10") && warning.contains("and 45 more"), "{warning}");
}
