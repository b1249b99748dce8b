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

/// Every call of some services is denied, or of all.
fn all_denied(services: &[&str]) -> Vec<Fault> {
    let every = Fault { operation: None, ..denied("") };
    match services {
        [] => vec![every],
        services => services.iter().map(|one| Fault { service: Some((*one).to_owned()), ..every.clone() }).collect(),
    }
}

/// The messages that wait in the queues of the stacks: none is too large. Gives those of the queue of dead letters.
fn checked_messages(environment: &Environment) -> Vec<Value> {
    let mut dead = Vec::new();
    for queue in environment.cloud.queues() {
        for message in environment.aws().messages(&queue) {
            assert!(message.body.len() < LIMIT, "{} bytes in {queue}: {}", message.body.len(), &message.body[..300]);
            if queue.contains("DeadLetters") {
                dead.push(serde_json::from_str(&message.body).unwrap());
            }
        }
    }
    dead
}

#[tokio::test]
async fn with_everything_denied_in_10000_accounts_and_17_regions_nothing_is_too_large_and_the_dead_letter_arrives() {
    let scenario = organization().generated(9998, "300000000000").graph(organization_graph(SEVENTEEN_REGIONS));
    let parameters = [("DetectiveRegions", SEVENTEEN_REGIONS), ("RemoveMembers", "true")];
    let environment = Environment::start_with(scenario, &without_retries(), &parameters).await;
    let mut arrived = 0;
    // Nothing at all may be called; or the organization is read; or everything is read, and nothing may be written or reported.
    let writes =
        ["CreateMembers", "UpdateOrganizationConfiguration", "PutObject", "PutEvents", "Publish", "SendMessage"];
    for (faults, retried) in [
        (all_denied(&[]), true),
        (all_denied(&["detective", "s3", "sns", "events", "sqs"]), true),
        (writes.map(denied).to_vec(), false),
    ] {
        environment.aws().set_faults(faults);
        for function in ["OrganizationReconciler", "MemberMonitor", "AccountOffboarder"] {
            let records = match retried {
                true => environment.cloud.tick(ADMINISTRATOR, function).await,
                false => vec![environment.cloud.invoke(ADMINISTRATOR, function, serde_json::json!({})).await],
            };
            assert_eq!(records.len(), if retried { 3 } else { 1 }, "{function}");
            for record in &records {
                checked(record);
            }
            // Whoever fails without a record has failed silently.
            let failed = records.last().is_some_and(|record| record.outcome.is_err());
            arrived += usize::from(retried && failed);
            let letters = checked_messages(&environment);
            assert_eq!(letters.len(), arrived, "{function}");
            assert!(letters.iter().all(|letter| letter["responsePayload"]["errorMessage"].is_string()));
        }
    }
    assert!(arrived >= 4, "{arrived}");
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
