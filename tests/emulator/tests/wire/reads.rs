//! What is only read: trails, Regions, rules and buses.

use aws_sdk_account::types::RegionOptStatus;
use aws_sdk_cloudtrail::types::ReadWriteType;
use aws_sdk_eventbridge::types::RuleState;
use detective_emulator::{Cloud, Emulator, EventRule, Scenario};

use crate::setup::{ADMINISTRATOR, APP, MANAGEMENT, OUTSIDER, SCENARIO, account, code, config, detective, start};

const TRAILS: &str = r#"
trails:
  - {name: everywhere, account: "111111111111", organization: true, managementEvents: writeOnly}
  - {name: here, account: "111111111111", region: eu-west-1, multiRegion: false, logging: false, advancedSelectors: true}
"#;

fn cloudtrail(emulator: &Emulator, id: &str, region: &str) -> aws_sdk_cloudtrail::Client {
    aws_sdk_cloudtrail::Client::new(&config(emulator, account(id), region))
}

fn eventbridge(emulator: &Emulator, id: &str, region: &str) -> aws_sdk_eventbridge::Client {
    aws_sdk_eventbridge::Client::new(&config(emulator, account(id), region))
}

fn regions(emulator: &Emulator, id: &str) -> aws_sdk_account::Client {
    aws_sdk_account::Client::new(&config(emulator, account(id), "us-east-1"))
}

#[tokio::test]
async fn a_trail_is_visible_where_it_records_and_to_its_accounts() {
    let emulator = start(&format!("{SCENARIO}{TRAILS}")).await;
    for (id, region, shadows, expected) in [
        (MANAGEMENT, "us-east-1", true, &["everywhere"][..]),
        (MANAGEMENT, "eu-west-1", true, &["everywhere", "here"]),
        (MANAGEMENT, "eu-west-1", false, &["here"]),
        (APP, "us-east-1", true, &["everywhere"]),
        (APP, "us-east-1", false, &[]),
        (OUTSIDER, "us-east-1", true, &[]),
    ] {
        let request = cloudtrail(&emulator, id, region).describe_trails().include_shadow_trails(shadows);
        let answer = request.send().await.unwrap();
        let names: Vec<&str> = answer.trail_list().iter().filter_map(|trail| trail.name()).collect();
        assert_eq!(names, expected, "{id} in {region}");
    }
}

#[tokio::test]
async fn a_trail_reports_whether_it_logs_and_what() {
    let emulator = start(&format!("{SCENARIO}{TRAILS}")).await;
    let client = cloudtrail(&emulator, MANAGEMENT, "eu-west-1");
    assert_eq!(client.get_trail_status().name("here").send().await.unwrap().is_logging(), Some(false));
    let selectors = client.get_event_selectors().trail_name("here").send().await.unwrap();
    assert_eq!(selectors.advanced_event_selectors()[0].field_selectors()[0].equals(), ["Management"]);
    // In another Region than its own, a trail is named by its ARN.
    assert_eq!(code(client.get_trail_status().name("everywhere").send().await), "TrailNotFoundException");
    let arn = format!("arn:aws:cloudtrail:us-east-1:{MANAGEMENT}:trail/everywhere");
    assert_eq!(client.get_trail_status().name(&arn).send().await.unwrap().is_logging(), Some(true));
    let selectors = client.get_event_selectors().trail_name(&arn).send().await.unwrap();
    assert_eq!(selectors.event_selectors()[0].read_write_type(), Some(&ReadWriteType::WriteOnly));
    let outsider = cloudtrail(&emulator, OUTSIDER, "us-east-1");
    assert_eq!(code(outsider.get_trail_status().name(&arn).send().await), "TrailNotFoundException");
}

#[tokio::test]
async fn a_region_that_an_account_has_not_enabled_refuses_its_credentials() {
    let scenario = SCENARIO.replace("email: app@example.com,", "email: app@example.com, disabledRegions: [ap-east-1],");
    let emulator = start(&scenario).await;
    assert_eq!(code(detective(&emulator, APP, "ap-east-1").list_graphs().send().await), "UnrecognizedClientException");
    detective(&emulator, APP, "eu-south-1").list_graphs().send().await.unwrap();
    let off = regions(&emulator, APP).list_regions().region_opt_status_contains(RegionOptStatus::Disabled);
    let off = off.send().await.unwrap();
    assert_eq!(off.regions().iter().filter_map(|region| region.region_name()).collect::<Vec<_>>(), ["ap-east-1"]);
    let mut pages = regions(&emulator, APP).list_regions().into_paginator().page_size(10).send();
    let mut count = 0;
    while let Some(page) = pages.next().await {
        count += page.unwrap().regions().len();
    }
    assert_eq!(count, 33);
    let one = regions(&emulator, APP).get_region_opt_status().region_name("us-east-1").send().await.unwrap();
    assert_eq!(one.region_opt_status(), Some(&RegionOptStatus::EnabledByDefault));
    let no_region =
        SCENARIO.replace("email: app@example.com,", "email: app@example.com, disabledRegions: [us-east-1],");
    let refused = Cloud::new(&Scenario::from_yaml(&no_region).unwrap()).unwrap_err();
    assert!(refused.to_string().contains("cannot be without the Region \"us-east-1\""), "{refused}");
}

#[tokio::test]
async fn another_accounts_regions_are_visible_to_the_management_account_with_trusted_access() {
    let trusting = SCENARIO.replace("  accounts:", "  trustedServices: [account.amazonaws.com]\n  accounts:");
    for (scenario, id, allowed) in
        [(SCENARIO, MANAGEMENT, false), (&trusting, MANAGEMENT, true), (&trusting, ADMINISTRATOR, false)]
    {
        let emulator = start(scenario).await;
        let answer = regions(&emulator, id).list_regions().account_id(APP).send().await;
        match allowed {
            true => assert!(!answer.unwrap().regions().is_empty()),
            false => assert_eq!(code(answer), "AccessDeniedException"),
        }
    }
}

const RULES: &str = r#"
eventBuses:
  - {account: "222222222222", name: security, policy: {Statement: [{Effect: Allow, Principal: "*", Action: "events:PutEvents"}]}}
eventRules:
  - account: "222222222222"
    bus: security
    name: created
    enabled: false
    pattern: {source: [aws.organizations]}
    targets: [{arn: "arn:aws:lambda:us-east-1:222222222222:function:onboarder", role: "arn:aws:iam::222222222222:role/r"}]
"#;

#[tokio::test]
async fn buses_and_rules_are_visible_to_their_own_account_only() {
    let emulator = start(&format!("{SCENARIO}{RULES}")).await;
    let client = eventbridge(&emulator, ADMINISTRATOR, "us-east-1");
    let bus = client.describe_event_bus().name("security").send().await.unwrap();
    assert!(bus.policy().unwrap().contains("events:PutEvents"));
    assert_eq!(client.describe_event_bus().send().await.unwrap().policy(), None);
    let rule = client.describe_rule().event_bus_name(bus.arn().unwrap()).name("created").send().await.unwrap();
    assert_eq!(rule.state(), Some(&RuleState::Disabled));
    assert_eq!(rule.event_pattern(), Some(r#"{"source":["aws.organizations"]}"#));
    let targets = client.list_targets_by_rule().event_bus_name("security").rule("created").send().await.unwrap();
    assert_eq!(targets.targets()[0].role_arn(), Some("arn:aws:iam::222222222222:role/r"));
    for (id, region) in [(APP, "us-east-1"), (ADMINISTRATOR, "eu-west-1")] {
        let other = eventbridge(&emulator, id, region);
        let request = other.list_rules().event_bus_name(bus.arn().unwrap());
        assert_eq!(code(request.send().await), "ResourceNotFoundException", "{id} in {region}");
    }
    let unknown = client.describe_rule().name("created").send().await;
    assert_eq!(code(unknown), "ResourceNotFoundException", "the rule is on another bus");
}

#[tokio::test]
async fn rules_are_paged() {
    let emulator = start(&format!("{SCENARIO}{RULES}")).await;
    let first: EventRule = emulator.cloud().event_rules().remove(0);
    for number in 0..4 {
        emulator.cloud().put_event_rule(EventRule { name: format!("rule-{number}"), ..first.clone() });
    }
    let client = eventbridge(&emulator, ADMINISTRATOR, "us-east-1");
    let (mut names, mut token) = (Vec::new(), None);
    loop {
        let request = client.list_rules().event_bus_name("security").name_prefix("rule").limit(3);
        let page = request.set_next_token(token).send().await.unwrap();
        names.extend(page.rules().iter().filter_map(|rule| rule.name().map(str::to_owned)));
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    assert_eq!(names, ["rule-0", "rule-1", "rule-2", "rule-3"]);
}

#[tokio::test]
async fn mutating_calls_on_trails_regions_and_rules_are_not_emulated() {
    let emulator = start(&format!("{SCENARIO}{RULES}")).await;
    let trail = cloudtrail(&emulator, MANAGEMENT, "us-east-1").start_logging().name("t").send().await.unwrap_err();
    assert_eq!(trail.raw_response().unwrap().status().as_u16(), 501);
    let region = regions(&emulator, APP).enable_region().region_name("ap-east-1").send().await.unwrap_err();
    assert_eq!(region.raw_response().unwrap().status().as_u16(), 501);
    let rule =
        eventbridge(&emulator, ADMINISTRATOR, "us-east-1").enable_rule().name("created").send().await.unwrap_err();
    assert_eq!(rule.raw_response().unwrap().status().as_u16(), 501);
}
