//! Whom an account needs that is not covered: a person, time or nobody. Everything that is reported names it, and begins with what
//! needs a person.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::odd_accounts::ODD_ADDRESS;
use end_to_end::environment::Environment;
use end_to_end::report::report;
use end_to_end::scenario::{account, member, organization, organization_graph};
use end_to_end::template::template;

const EXCLUDED: &str = "333333333333";
const WAITING: &str = "444444444444";
const BLOCKED: &str = "555555555555";
const STUCK: &str = "666666666666";

async fn environment() -> Environment {
    let scenario = organization()
        .account(account(EXCLUDED).state("SUSPENDED"))
        .account(account(WAITING).volume("unknown"))
        .account(account(BLOCKED).email(ODD_ADDRESS))
        .account(account(STUCK).volume("unknown"))
        .graph(organization_graph("us-east-1").members([member(STUCK).disabled("VOLUME_UNKNOWN").age("100h")]));
    Environment::start_with(scenario, &template(), &[("DetectiveRegions", "us-east-1")]).await
}

#[tokio::test]
async fn a_report_of_a_run_begins_with_what_is_blocked_and_ends_with_what_is_excluded() {
    let environment = environment().await;
    let record = environment.reconcile().await;
    let lines: Vec<String> = record.log.iter().filter_map(|line| line["message"].as_str().map(str::to_owned)).collect();
    for outcome in ["blocked", "waiting", "excluded"] {
        let of_account = format!("account {outcome}: ");
        assert!(lines.iter().any(|line| line.starts_with(&of_account)), "{outcome}: {lines:#?}");
    }
    let metric = |name: &str, reason: &str| {
        let line = record.log.iter().find(|line| !line[name].is_null() && line["Reason"] == reason);
        line.unwrap_or_else(|| panic!("{name}: {:#?}", record.log))[name].clone()
    };
    assert_eq!(metric("Blocked", "invalid-email"), json!([1.0]));
    assert_eq!(metric("Waiting", "volume-unknown"), json!([2.0]));
    assert_eq!(metric("Excluded", "not-active"), json!([1.0]));
    let need_person: Vec<&Value> =
        record.log.iter().map(|line| &line["NeedPerson"]).filter(|counts| !counts.is_null()).collect();
    assert_eq!(need_person, [&json!([2.0]), &json!([2.0])]);
    let report = report(record);
    let counts =
        ["blocked", "waiting", "excluded", "failed"].map(|outcome| report["totals"][outcome].as_u64().unwrap());
    assert_eq!(counts, [1, 2, 1, 0], "{report:#}");
    let of_region = &report["regions"][0];
    let accounts = of_region["accounts"].as_array().unwrap();
    let of_accounts: Vec<_> = accounts.iter().map(|line| (&line["accountId"], &line["outcome"])).take(3).collect();
    assert_eq!(json!(of_accounts), json!([[BLOCKED, "blocked"], [WAITING, "waiting"], [STUCK, "waiting"]]));
    let reasons: Vec<_> =
        of_region["held"].as_array().unwrap().iter().map(|group| (&group["outcome"], &group["reason"])).collect();
    let expected = json!([["blocked", "invalid-email"], ["waiting", "volume-unknown"], ["excluded", "not-active"]]);
    assert_eq!(json!(reasons), expected);
}

#[tokio::test]
async fn coverage_reports_begin_with_what_needs_a_person_and_count_it_by_outcome() {
    let environment = environment().await;
    report(environment.reconcile().await);
    let objects = environment.aws().objects(&environment.report_bucket());
    let (_, json) =
        objects.iter().find(|(key, _)| key.starts_with("coverage/us-east-1/2026") && key.ends_with(".json")).unwrap();
    let stored: Value = serde_json::from_slice(json).unwrap();
    let rows = stored["accounts"].as_array().unwrap();
    let first: Vec<_> = rows.iter().take(3).map(|row| (&row["accountId"], &row["outcome"], &row["needs"])).collect();
    // What waits for too long needs a person.
    let expected = json!([[BLOCKED, "blocked", "person"], [STUCK, "waiting", "person"], [WAITING, "waiting", "time"]]);
    assert_eq!(json!(first), expected);
    assert!(rows[3..].iter().all(|row| row["needs"] == "nobody"), "{rows:#?}");
    assert_eq!((&stored["totals"]["blocked"], &stored["totals"]["waiting"]), (&json!(1), &json!(2)));
    assert_eq!(stored["totals"]["excluded"], 1, "{}", stored["totals"]);
}

#[tokio::test]
async fn an_alert_counts_who_needs_a_person_and_names_them_first() {
    let environment = environment().await;
    report(environment.reconcile().await);
    // From now on both are stuck, and one of them fails besides.
    environment.aws().advance(TimeDelta::hours(100));
    report(environment.reconcile().await);
    let alerts = environment.alerts();
    assert_eq!(alerts[0]["needPerson"], 2, "{:#}", alerts[0]);
    let message = alerts[0]["message"].as_str().unwrap();
    assert!(message.contains(" 2 accounts need a person. "), "{message}");
    let stuck = &alerts[0]["stuck"]["accounts"][0];
    assert_eq!((&stuck["outcome"], &stuck["needs"]), (&json!("waiting"), &json!("person")), "{stuck}");
    assert_eq!(alerts[1]["needPerson"], 3, "{:#}", alerts[1]);
}
