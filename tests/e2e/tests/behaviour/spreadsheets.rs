//! Coverage reports as CSV, which people open with a spreadsheet: for a Region, and for all of them.

use chrono::TimeDelta;
use detective_emulator::Fault;

use end_to_end::environment::Environment;
use end_to_end::faults::denied;
use end_to_end::report::report;
use end_to_end::scenario::{account, organization, organization_graph};
use end_to_end::template::template;

use crate::odd_accounts::ODD_ADDRESS;

const REGIONS: &str = "us-east-1,eu-west-1";

#[tokio::test]
async fn one_file_has_all_regions_with_names_and_ids_that_a_spreadsheet_keeps_and_no_formula() {
    let scenario = organization()
        .account(account("000000000012").name("Zoë's"))
        .account(account("333333333333").name("=HYPERLINK(\"https://example.com\")"))
        .account(account("444444444444").name("x;\u{ff0b}cmd").email(ODD_ADDRESS))
        .graph(organization_graph(REGIONS));
    let environment = Environment::start_with(scenario, &template(), &[("DetectiveRegions", REGIONS)]).await;
    report(environment.reconcile().await);
    let objects = environment.aws().objects(&environment.report_bucket());
    let all = String::from_utf8(objects["coverage/accounts.csv"].clone()).unwrap();
    let lines: Vec<&str> = all.lines().collect();
    assert_eq!(lines[0], "\u{feff}accountId,name,unit,region,time,needs,outcome,status,action,reason");
    // The organization's five accounts in both Regions, and first the one that needs a person.
    assert_eq!(lines.len(), 1 + 2 * 5, "{all}");
    for (line, region) in lines[1..].iter().zip(["eu-west-1", "us-east-1"]) {
        let expected =
            format!("4444-4444-4444,x;'\u{ff0b}cmd,,{region},2026-01-05T09:00:00Z,person,blocked,,,invalid-email");
        assert_eq!(*line, expected);
    }
    let of_region = objects.iter().find(|(key, _)| key.starts_with("coverage/eu-west-1/") && key.ends_with(".csv"));
    let of_region = String::from_utf8(of_region.unwrap().1.clone()).unwrap();
    for file in [&all, &of_region] {
        assert!(file.contains("\n0000-0000-0012,Zoë's,,eu-west-1,"), "{file}");
        assert!(file.contains("\n3333-3333-3333,\"'=HYPERLINK(\"\"https://example.com\"\")\",,eu-west-1,"), "{file}");
        assert!(!file.contains("@example.com"), "{file}");
    }
}

#[tokio::test]
async fn the_file_of_all_regions_keeps_a_region_that_a_later_run_could_not_read() {
    let scenario = organization().account(account("333333333333")).graph(organization_graph(REGIONS));
    let environment = Environment::start_with(scenario, &template(), &[("DetectiveRegions", REGIONS)]).await;
    report(environment.reconcile().await);
    environment.aws().advance(TimeDelta::hours(1));
    environment.aws().set_faults(vec![Fault { region: Some("eu-west-1".to_owned()), ..denied("ListMembers") }]);
    environment.reconcile().await.outcome.expect_err("a Region cannot be read");
    let objects = environment.aws().objects(&environment.report_bucket());
    let all = String::from_utf8(objects["coverage/accounts.csv"].clone()).unwrap();
    for (region, time) in [("eu-west-1", "2026-01-05T09:"), ("us-east-1", "2026-01-05T10:")] {
        assert!(all.contains(&format!(",{region},{time}")), "{all}");
    }
}
