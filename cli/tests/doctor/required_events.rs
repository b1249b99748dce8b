//! Which events must be delivered depends on what is configured: moves, departures, and Control Tower's home Region.

use local_cloud::Stack;
use local_cloud::binaries::workspace;
use serde_json::{Value, json};

use crate::environment::{ADMINISTRATOR, Environment, HEALTHY, MANAGEMENT, Report, with};

const TOWER: [&str; 2] = ["--control-tower-region", "eu-south-1"];

/// Takes an event away from every rule of an account.
fn without(environment: &Environment, account: &str, event: &str) {
    environment.change_rules(account, |rule| {
        let names = rule.pattern["detail"]["eventName"].as_array_mut();
        if let Some(names) = names {
            names.retain(|name| name != event);
            // A rule that has no event left takes none.
            if names.is_empty() {
                names.push(json!("Nothing"));
            }
        }
    });
}

/// A stack of template.yaml in us-east-1.
fn stack(account: &str, place: &str) -> Stack {
    let template = workspace().join("template.yaml");
    Stack::from_file(&template, "detective-onboarding", account, "us-east-1").unwrap().with("Place", place)
}

/// Deploys the administrator's stack so that it removes members.
fn remove_members(environment: &Environment) {
    let stack = stack(ADMINISTRATOR, "AdministratorAccount")
        .with("OrganizationId", "o-exampleorg01")
        .with("ManagementAccountId", MANAGEMENT);
    environment.local.deploy(stack.with("RemoveMembers", "true")).unwrap();
}

fn names(report: &Report, id: &str, event: &str) {
    let finding = report.only("problem", id);
    assert!(finding["what"].as_str().unwrap().contains(event), "{finding:#}");
}

#[tokio::test]
async fn every_departure_must_be_delivered_where_members_are_removed() {
    let environment = Environment::start(HEALTHY).await;
    let remove = ["--remove-members"];
    let report = environment.check(ADMINISTRATOR, &remove).await;
    names(&report, "departure-rule us-east-1", "AccountDepartedOrganization");
    let finding = report.only("problem", "departure-rule us-east-1");
    assert!(finding["fix"].as_str().unwrap().contains("RemoveMembers=true"), "{finding:#}");
    remove_members(&environment);
    for account in [MANAGEMENT, ADMINISTRATOR] {
        let report = environment.check(account, &remove).await;
        assert_eq!(report.code, Some(0), "{:#}", report.document);
    }
    for event in
        ["AccountDepartedOrganization", "RemoveAccountFromOrganization", "LeaveOrganization", "CloseAccountResult"]
    {
        let environment = Environment::start(HEALTHY).await;
        remove_members(&environment);
        for account in [MANAGEMENT, ADMINISTRATOR] {
            without(&environment, account, event);
            assert_eq!(environment.check(account, &[]).await.code, Some(0), "nobody asked for {event}");
        }
        names(&environment.check(MANAGEMENT, &remove).await, "forwarding-rule us-east-1", event);
        names(&environment.check(ADMINISTRATOR, &remove).await, "departure-rule us-east-1", event);
    }
}

#[tokio::test]
async fn moves_must_be_delivered_where_the_policy_names_an_ou() {
    let environment = Environment::start(HEALTHY).await;
    let of_unit = ["--policy", r#"{"include": [{"ou": "r-0215"}]}"#];
    let of_account = ["--policy", r#"{"exclude": [{"account": "444444444444"}]}"#];
    for (account, finding) in [(MANAGEMENT, "forwarding-rule us-east-1"), (ADMINISTRATOR, "onboarding-rules us-east-1")]
    {
        assert_eq!(environment.check(account, &of_unit).await.code, Some(0));
        without(&environment, account, "MoveAccount");
        names(&environment.check(account, &of_unit).await, finding, "MoveAccount");
        assert_eq!(environment.check(account, &of_account).await.code, Some(0));
    }
}

#[tokio::test]
async fn changes_of_tags_must_be_delivered_where_the_policy_names_a_tag() {
    let of_tag = ["--policy", r#"{"exclude": [{"tag": {"key": "detective", "value": "off"}}]}"#];
    for (account, finding) in [(MANAGEMENT, "forwarding-rule us-east-1"), (ADMINISTRATOR, "onboarding-rules us-east-1")]
    {
        for event in ["TagResource", "UntagResource"] {
            let environment = Environment::start(HEALTHY).await;
            assert_eq!(environment.check(account, &of_tag).await.code, Some(0));
            without(&environment, account, event);
            names(&environment.check(account, &of_tag).await, finding, event);
            assert_eq!(environment.check(account, &[]).await.code, Some(0), "nobody asked for {event}");
        }
    }
}

#[tokio::test]
async fn control_towers_events_must_be_delivered_from_its_home_region() {
    let environment = Environment::start(HEALTHY).await;
    names(&environment.check(MANAGEMENT, &TOWER).await, "forwarding-rule eu-south-1", "No rule sends account events");
    let stack = stack(MANAGEMENT, "ManagementAccount").with("AdministratorAccountId", ADMINISTRATOR);
    environment.local.deploy(Stack { region: "eu-south-1".to_owned(), ..stack }).unwrap();
    let report = environment.check(MANAGEMENT, &TOWER).await;
    assert_eq!(report.code, Some(0), "{:#}", report.document);
    for event in ["trail eu-south-1", "forwarding-rule us-east-1", "forwarding-rule eu-south-1"] {
        assert!(report.with_status("ok").contains(&event.to_owned()), "{:#}", report.document);
    }
    without(&environment, MANAGEMENT, "CreateManagedAccount");
    names(&environment.check(MANAGEMENT, &TOWER).await, "forwarding-rule eu-south-1", "CreateManagedAccount");
}

#[tokio::test]
async fn control_towers_events_missing_are_a_problem_where_its_region_is_named() {
    let environment = Environment::start(HEALTHY).await;
    for (account, finding) in [(MANAGEMENT, "forwarding-rule us-east-1"), (ADMINISTRATOR, "onboarding-rules us-east-1")]
    {
        without(&environment, account, "CreateManagedAccount");
        environment.check(account, &[]).await.only("warning", finding);
        let report = environment.check(account, &["--control-tower-region", "us-east-1"]).await;
        names(&report, finding, "CreateManagedAccount");
    }
}

#[tokio::test]
async fn a_trail_must_record_in_control_towers_home_region() {
    let trail = r#"{name: events, account: "111111111111"}"#;
    let scenario = with(trail, r#"{name: events, account: "111111111111", multiRegion: false}"#);
    let environment = Environment::start(&scenario).await;
    let report = environment.check(MANAGEMENT, &[&TOWER[..], &["--before-deploying"]].concat()).await;
    names(&report, "trail eu-south-1", "There is no trail that records in eu-south-1");
}

#[tokio::test]
async fn what_is_required_and_seen_only_by_the_other_account_is_unknown() {
    let environment = Environment::start(HEALTHY).await;
    let required = [&TOWER[..], &["--remove-members"]].concat();
    for (account, expected) in
        [(ADMINISTRATOR, &["forwarding-rule eu-south-1"][..]), (MANAGEMENT, &["departure-rule us-east-1"])]
    {
        let unknown = environment.check(account, &required).await.with_status("unknown");
        for id in expected {
            assert!(unknown.iter().any(|one| one == id), "{unknown:?}");
        }
    }
    let value: &Value = &environment.check(MANAGEMENT, &required).await.document["controlTowerRegion"];
    assert_eq!(value, "eu-south-1");
}
