//! Who chooses an account's name and address: no text of theirs is in a log, a report or a message. The coverage page and the
//! spreadsheets show names, as text.

use std::collections::BTreeMap;

use end_to_end::environment::Environment;
use end_to_end::scenario::{account, member, organization, organization_graph};
use end_to_end::template::template;

const NAME: &str = "\"}<script>=cmd|' /C calc'!A0\n[ERROR] all accounts covered";
/// The name as it stands in a spreadsheet.
const CELL: &str = ",\"\"\"}<script>=cmd|' /C calc'!A0 [ERROR] all accounts covered\",";
const EMAIL: &str = "=2+5+cmd|@example.com";

#[tokio::test]
async fn names_and_addresses_are_in_no_log_no_report_and_no_message() {
    let scenario = organization()
        .account(account("333333333333").name(NAME).email("root+333333333333@example.com"))
        .account(account("444444444444").name(NAME).email(EMAIL))
        .graph(organization_graph("us-east-1").members([member("333333333333")]));
    let environment = Environment::start_with(scenario, &template(), &[("DetectiveRegions", "us-east-1")]).await;
    let record = environment.reconcile().await;
    let log: String = record.log.iter().map(ToString::to_string).collect();
    let mut objects = environment.aws().objects(&environment.report_bucket());
    let page = String::from_utf8(objects.remove("coverage/index.html").expect("there is a coverage page")).unwrap();
    let (sheets, objects): (BTreeMap<_, _>, BTreeMap<_, _>) =
        objects.into_iter().partition(|(key, _)| key.ends_with(".csv"));
    assert_eq!(sheets.len(), 2, "one of the Region, and one of all");
    for (key, sheet) in sheets {
        let sheet = String::from_utf8(sheet.to_vec()).expect("a spreadsheet is UTF-8");
        // Nothing of a name ends the cell that it stands in, or begins another.
        assert_eq!(sheet.matches(CELL).count(), 2, "{key}: {sheet}");
        assert_eq!((sheet.matches("script").count(), sheet.contains("@example.com")), (2, false), "{key}: {sheet}");
    }
    let written: Vec<String> = objects.values().map(|body| String::from_utf8_lossy(body).into_owned()).collect();
    assert!(written.len() >= 4, "{written:?}");
    let alerts = environment.alerts().into_iter().map(|alert| alert.to_string());
    let texts =
        written.into_iter().chain(alerts).chain(environment.notices()).chain([log, format!("{:?}", record.outcome)]);
    for text in texts {
        for part in ["script", "cmd|", "@example.com", "all accounts covered"] {
            assert!(!text.contains(part), "{part}: {text}");
        }
    }
    // Nothing of a name ends the data that it stands in: the page has its own two scripts, and no other.
    assert_eq!(page.matches("<script").count(), 2, "{page}");
    assert!(page.contains("\\u003cscript>=cmd|'") && !page.contains("@example.com"), "{page}");
}
