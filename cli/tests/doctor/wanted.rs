//! Which events must find their way depends on what is configured: moves, departures, and Control Tower's home Region.

use local_cloud::Stack;
use local_cloud::binaries::workspace;
use serde_json::{Value, json};

use crate::landscape::{ADMINISTRATOR, Landscape, Looked, MANAGEMENT, WELL, with};

const TOWER: [&str; 2] = ["--control-tower-region", "eu-south-1"];

/// Takes an event away from every rule of an account.
fn without(landscape: &Landscape, account: &str, event: &str) {
    landscape.change_rules(account, |rule| {
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
fn remove_members(landscape: &Landscape) {
    let stack = stack(ADMINISTRATOR, "AdministratorAccount")
        .with("OrganizationId", "o-exampleorg01")
        .with("ManagementAccountId", MANAGEMENT);
    landscape.local.deploy(stack.with("RemoveMembers", "true")).unwrap();
}

fn names(looked: &Looked, id: &str, event: &str) {
    let finding = looked.only("problem", id);
    assert!(finding["what"].as_str().unwrap().contains(event), "{finding:#}");
}

#[tokio::test]
async fn every_departure_needs_a_way_where_members_are_removed() {
    let landscape = Landscape::start(WELL).await;
    let remove = ["--remove-members"];
    let looked = landscape.look(ADMINISTRATOR, &remove).await;
    names(&looked, "departure-rule us-east-1", "AccountDepartedOrganization");
    let finding = looked.only("problem", "departure-rule us-east-1");
    assert!(finding["mend"].as_str().unwrap().contains("RemoveMembers=true"), "{finding:#}");
    remove_members(&landscape);
    for account in [MANAGEMENT, ADMINISTRATOR] {
        let looked = landscape.look(account, &remove).await;
        assert_eq!(looked.code, Some(0), "{:#}", looked.document);
    }
    for event in
        ["AccountDepartedOrganization", "RemoveAccountFromOrganization", "LeaveOrganization", "CloseAccountResult"]
    {
        let landscape = Landscape::start(WELL).await;
        remove_members(&landscape);
        for account in [MANAGEMENT, ADMINISTRATOR] {
            without(&landscape, account, event);
            assert_eq!(landscape.look(account, &[]).await.code, Some(0), "nobody asked for {event}");
        }
        names(&landscape.look(MANAGEMENT, &remove).await, "forwarding-rule us-east-1", event);
        names(&landscape.look(ADMINISTRATOR, &remove).await, "departure-rule us-east-1", event);
    }
}

#[tokio::test]
async fn moves_need_a_way_where_the_policy_asks_for_an_ou() {
    let landscape = Landscape::start(WELL).await;
    let of_unit = ["--policy", r#"{"include": [{"ou": "r-0215"}]}"#];
    let of_account = ["--policy", r#"{"exclude": [{"account": "444444444444"}]}"#];
    for (account, finding) in [(MANAGEMENT, "forwarding-rule us-east-1"), (ADMINISTRATOR, "onboarding-rules us-east-1")]
    {
        assert_eq!(landscape.look(account, &of_unit).await.code, Some(0));
        without(&landscape, account, "MoveAccount");
        names(&landscape.look(account, &of_unit).await, finding, "MoveAccount");
        assert_eq!(landscape.look(account, &of_account).await.code, Some(0));
    }
}

#[tokio::test]
async fn control_towers_events_need_a_way_from_its_home_region() {
    let landscape = Landscape::start(WELL).await;
    names(&landscape.look(MANAGEMENT, &TOWER).await, "forwarding-rule eu-south-1", "No rule sends account events");
    let stack = stack(MANAGEMENT, "ManagementAccount").with("AdministratorAccountId", ADMINISTRATOR);
    landscape.local.deploy(Stack { region: "eu-south-1".to_owned(), ..stack }).unwrap();
    let looked = landscape.look(MANAGEMENT, &TOWER).await;
    assert_eq!(looked.code, Some(0), "{:#}", looked.document);
    for event in ["trail eu-south-1", "forwarding-rule us-east-1", "forwarding-rule eu-south-1"] {
        assert!(looked.with_status("ok").contains(&event.to_owned()), "{:#}", looked.document);
    }
    without(&landscape, MANAGEMENT, "CreateManagedAccount");
    names(&landscape.look(MANAGEMENT, &TOWER).await, "forwarding-rule eu-south-1", "CreateManagedAccount");
}

#[tokio::test]
async fn control_towers_events_missing_are_a_problem_where_its_region_is_named() {
    let landscape = Landscape::start(WELL).await;
    for (account, finding) in [(MANAGEMENT, "forwarding-rule us-east-1"), (ADMINISTRATOR, "onboarding-rules us-east-1")]
    {
        without(&landscape, account, "CreateManagedAccount");
        landscape.look(account, &[]).await.only("warning", finding);
        let looked = landscape.look(account, &["--control-tower-region", "us-east-1"]).await;
        names(&looked, finding, "CreateManagedAccount");
    }
}

#[tokio::test]
async fn a_trail_must_record_in_control_towers_home_region() {
    let trail = r#"{name: events, account: "111111111111"}"#;
    let scenario = with(trail, r#"{name: events, account: "111111111111", multiRegion: false}"#);
    let landscape = Landscape::start(&scenario).await;
    let looked = landscape.look(MANAGEMENT, &[&TOWER[..], &["--before-deploying"]].concat()).await;
    names(&looked, "trail eu-south-1", "There is no trail that records in eu-south-1");
}

#[tokio::test]
async fn what_is_wanted_and_seen_by_the_other_account_is_unknown() {
    let landscape = Landscape::start(WELL).await;
    let wanted = [&TOWER[..], &["--remove-members"]].concat();
    for (account, expected) in
        [(ADMINISTRATOR, &["forwarding-rule eu-south-1"][..]), (MANAGEMENT, &["departure-rule us-east-1"])]
    {
        let unknown = landscape.look(account, &wanted).await.with_status("unknown");
        for id in expected {
            assert!(unknown.iter().any(|found| found == id), "{unknown:?}");
        }
    }
    let value: &Value = &landscape.look(MANAGEMENT, &wanted).await.document["controlTowerRegion"];
    assert_eq!(value, "eu-south-1");
}
