//! The reports in the bucket.

use detective_onboarding::aws::unit_names::UnitNames;
use serde_json::{Value, json};

use super::super::findings::GraphRun;
use super::super::reports;
use super::*;

/// Two accounts, of which one is covered and one needs a person.
fn observed() -> Observed {
    let mut observed = Observed::of(&[(1, IN), (2, IN), (3, IN)])
        .with_members([member(2, MemberStatus::Enabled)])
        .with_outcomes([(3, held(HeldReason::GraphQuota))])
        .covered();
    observed.organization.get_mut(&id(2)).unwrap().0.name = Some("payments".to_owned());
    Observed { stuck: vec![id(3)], ..observed }
}

#[test]
fn a_report_has_every_account_those_first_that_need_a_person_and_how_many_there_are_of_each_outcome() {
    let (region, graph) = ("eu-west-1".parse().unwrap(), graph());
    let run = GraphRun { region: &region, graph: &graph, correlation: "a\"b", time: DateTime::from_secs(NOW) };
    let observed = observed();
    let report: Value = serde_json::from_slice(&reports::json(&run, &observed.findings(), "now")).unwrap();
    let stated = [&report["time"], &report["region"], &report["graphArn"], &report["correlation"]];
    assert_eq!(stated, ["now", "eu-west-1", GRAPH, "a\"b"]);
    assert_eq!(report["coverage"], json!(observed.coverage));
    let ids: Vec<_> = report["accounts"].as_array().unwrap().iter().map(|row| &row["accountId"]).collect();
    assert_eq!(ids, [&json!(id(3)), &json!(id(1)), &json!(id(2))]);
    let totals =
        json!({"administrator": 1, "blocked": 1, "done": 1, "excluded": 0, "failed": 0, "planned": 0, "waiting": 0});
    assert_eq!(report["totals"], totals);
    let nothing = Observed::default();
    let report: Value = serde_json::from_slice(&reports::json(&run, &nothing.findings(), "now")).unwrap();
    assert_eq!(report["accounts"], json!([]));
}

#[test]
fn a_spreadsheet_has_a_row_for_every_account_with_its_name() {
    let file = reports::csv(&"eu-west-1".parse().unwrap(), &observed().findings(), &UnitNames::default());
    let text = String::from_utf8(file).unwrap();
    let rows: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(rows.len(), 4, "{text}");
    assert!(rows[0].starts_with("accountId,name,unit,region,needs,outcome"), "{text}");
    assert!(rows[1].contains("0000-0000-0003") && rows[1].contains("eu-west-1,person,blocked"), "{text}");
    assert!(rows[3].contains("0000-0000-0002") && rows[3].contains("payments"), "{text}");
}

#[test]
fn a_region_in_short_is_its_coverage_and_who_is_stuck() {
    let short: Value = serde_json::from_slice(&reports::summary(&observed().findings())).unwrap();
    assert_eq!(short, json!({"time": "2026-01-05T09:00:00Z", "percent": 50.0, "stuck": [id(3)]}));
}
