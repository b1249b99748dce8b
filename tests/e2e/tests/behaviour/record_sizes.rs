//! The record of a run in which everything fails: it fits into everything that it goes through, and accounts for every
//! account.

use std::collections::BTreeSet;

use detective_emulator::{Effect, ErrorEffect, Fault};
use local_cloud::InvocationRecord;
use serde_json::Value;

use end_to_end::environment::Environment;
use end_to_end::report::report_in;
use end_to_end::scenario::{
    ADMINISTRATOR, SEVENTEEN_REGIONS, invitation_graph, member, organization, organization_graph,
};
use end_to_end::template::without_retries;

/// Beyond this a response, an error or a log line is not kept everywhere, or not read.
const LIMIT: usize = 200_000;

/// The operation is denied, with a message that is much too long.
fn denied(operation: &str) -> Fault {
    let message = Some(format!("root@example.com \"{}\"", "may not do this. ".repeat(2_000)));
    let error = ErrorEffect { code: "AccessDeniedException".to_owned(), status: Some(403), message };
    Fault::on(operation, Effect::Error(error))
}

/// The sizes of what the invocation wrote, and that no line is a program's dump. Gives its report.
fn checked(record: &InvocationRecord) -> Value {
    for line in &record.log {
        let text = line.to_string();
        assert!(text.len() < LIMIT, "{} bytes: {}", text.len(), &text[..300]);
        let message = line["message"].as_str().unwrap_or_default();
        assert!(!message.contains("Incomplete {") && !message.contains(" Report: "), "{message}");
        assert!(!text.contains("root@"), "{}", &text[..300]);
    }
    match &record.outcome {
        Ok(report) => {
            assert!(report.to_string().len() < LIMIT);
            report.clone()
        }
        Err(error) => {
            let size = serde_json::to_string(error).unwrap().len();
            assert!(size < LIMIT, "{size} bytes");
            report_in(error)
        }
    }
}

/// The accounts in a Region that log lines of this level are about, by themselves or together, and how many lines there are.
fn logged(record: &InvocationRecord, level: &str, region: &str) -> (usize, BTreeSet<String>) {
    let lines: Vec<&Value> =
        record.log.iter().filter(|line| line["level"] == level && line["region"] == region).collect();
    let ids = |line: &Value| {
        let of = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
        format!("{} {}", of("account.id"), of("account.ids"))
    };
    let all: String = lines.iter().map(|line| ids(line) + " ").collect();
    (lines.len(), all.split_whitespace().map(str::to_owned).collect())
}

#[tokio::test]
async fn a_denied_operation_in_10000_accounts_and_17_regions_leaves_a_short_record_that_misses_no_account() {
    let scenario = organization().generated(9998, "300000000000").graph(organization_graph(SEVENTEEN_REGIONS));
    let environment =
        Environment::start_with(scenario, &without_retries(), &[("DetectiveRegions", SEVENTEEN_REGIONS)]).await;
    environment.aws().set_faults(vec![denied("CreateMembers")]);
    let record = environment.reconcile().await;
    let report = checked(&record);
    assert_eq!(report["totals"]["failed"], 17 * 1200);
    assert_eq!(report["totals"]["blocked"], 17 * 8799);
    assert!(report["fullRecord"].as_str().unwrap().contains(&record.request_id), "{}", report["fullRecord"]);
    for region in report["regions"].as_array().unwrap() {
        let [failures, held] = ["failures", "held"].map(|counts| region[counts][0].clone());
        assert_eq!(failures["operation"], "CreateMembers");
        assert_eq!((&failures["code"], &failures["accounts"]), (&"AccessDeniedException".into(), &1200.into()));
        assert_eq!((&held["reason"], &held["accounts"]), (&"graph-quota".into(), &8799.into()));
        assert!(region["accounts"].as_array().unwrap().iter().any(|account| account["outcome"] == "failed"));
        let name = region["region"].as_str().unwrap();
        let (lines, failed) = logged(&record, "ERROR", name);
        assert!(lines <= 22, "{lines} lines in {name}");
        let (lines, held) = logged(&record, "WARN", name);
        assert!(lines <= 204, "{lines} lines in {name}");
        assert_eq!((failed.len(), held.len()), (1200, 8799));
    }

    // After its retries the dead letter arrives, and is whole.
    environment.cloud.settle().await;
    let letters = environment.cloud.dead_letters();
    assert_eq!(letters.len(), 1);
    let body = &letters[0].body;
    assert!(body.to_string().len() < LIMIT);
    let message = body["responsePayload"]["errorMessage"].as_str().unwrap();
    let (_, report) = message.split_once(" Report: ").unwrap();
    assert_eq!(serde_json::from_str::<Value>(report).unwrap()["totals"]["failed"], 17 * 1200);
}

#[tokio::test]
async fn the_record_of_every_denied_operation_of_a_large_graph_is_short() {
    let members = (0..1150_u64).map(|number| {
        let member = member(&(300_000_000_000 + number).to_string()).age("365days");
        if number % 2 == 0 { member.status("ACCEPTED_BUT_DISABLED") } else { member.status("INVITED") }
    });
    let graph = invitation_graph("us-east-1").members(members);
    let scenario = organization().generated(1300, "300000000000").graph(graph);
    let environment = Environment::start_with(scenario, &without_retries(), &[("DetectiveRegions", "us-east-1")]).await;
    for operation in ["StartMonitoringMember", "CreateMembers", "ListMembers"] {
        environment.aws().set_faults(vec![denied(operation)]);
        for function in ["MemberMonitor", "OrganizationReconciler"] {
            checked(&environment.cloud.invoke(ADMINISTRATOR, function, serde_json::json!({})).await);
        }
    }
}
