//! Events that account-onboarder cannot read, and events that people make by hand.

use chrono::TimeDelta;
use serde_json::{Value, json};

use detective_emulator::{Effect, Fault};
use end_to_end::edit::edit;
use end_to_end::environment::Environment;
use end_to_end::events::example_event;
use end_to_end::faults::aws_error;
use end_to_end::report::{line, report, report_in};
use end_to_end::scenario::{MANAGEMENT, two_regions};
use end_to_end::template::template;

use crate::arrivals_queue::{failed_accounts, runs};

const UNREADABLE: &str = "account-joined-without-account";
const QUEUE: &str = "          RECONCILE_QUEUE_URL: !Ref OrganizationReconcilerContinuations\n";

fn warnings(log: &[Value]) -> Vec<&Value> {
    log.iter().filter(|line| line["level"] == "WARN").collect()
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_a_warning_and_its_account_is_found_at_once() {
    let environment = Environment::start(two_regions()).await;
    let event = example_event(UNREADABLE);
    environment.cloud.put_event(MANAGEMENT, "us-east-1", event.clone());
    environment.cloud.settle().await;
    let runs = environment.cloud.invocations();
    assert_eq!(runs[0].function, "AccountOnboarder");
    let warning =
        "the event cannot be read (it names no account): organization-reconciler was asked to find the account now";
    assert_eq!(runs[0].outcome.as_ref().unwrap()["warning"], warning);
    let logged = warnings(&runs[0].log);
    assert_eq!(logged.len(), 1, "{logged:#?}");
    assert_eq!((&logged[0]["message"], &logged[0]["event.id"]), (&warning.into(), &event["id"]));
    for region in ["us-east-1", "eu-west-1"] {
        assert!(environment.status(region, "333333333333").is_some(), "{region}");
    }
    // The runs of the reconciler are of the event.
    for run in &runs[1..] {
        assert_eq!(
            (run.function.as_str(), &run.outcome.as_ref().unwrap()["correlation"]),
            ("OrganizationReconciler", &event["id"])
        );
    }
    assert!(runs.len() > 1 && environment.cloud.dead_letters().is_empty());
}

#[tokio::test]
async fn every_region_that_is_enabled_is_reconciled_where_all_are_covered() {
    let environment = Environment::start_with(two_regions(), &template(), &[("DetectiveRegions", "all")]).await;
    environment.cloud.put_event(MANAGEMENT, "us-east-1", example_event(UNREADABLE));
    environment.cloud.settle().await;
    for region in ["us-east-1", "eu-west-1"] {
        assert!(environment.status(region, "333333333333").is_some(), "{region}");
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_tried_again_where_nobody_could_be_asked() {
    let environment = Environment::start(two_regions()).await;
    let refused = Effect::Error(aws_error("InternalFailure"));
    environment.aws().set_faults(vec![Fault::on("SendMessageBatch", refused)]);
    let error = environment.onboard(example_event(UNREADABLE)).await.outcome.expect_err("the reconciler was not asked");
    let report = report_in(&error);
    assert_eq!(report["error"]["operation"], "SendMessageBatch", "{report:#}");
    assert!(report["warning"].as_str().unwrap().contains("could not be asked"), "{report:#}");
    environment.cloud.put_event(MANAGEMENT, "us-east-1", example_event(UNREADABLE));
    environment.cloud.run_for(TimeDelta::seconds(30)).await;
    assert_eq!(failed_accounts(&runs(&environment)[1]), 1, "it alarms");
    environment.aws().set_faults(Vec::new());
    environment.cloud.settle().await;
    assert!(environment.status("us-east-1", "333333333333").is_some());
}

#[tokio::test]
async fn without_a_queue_of_the_reconciler_its_schedule_finds_the_account() {
    let environment = Environment::start_with(two_regions(), &edit(&template(), QUEUE, ""), &[]).await;
    let record = environment.onboard(example_event(UNREADABLE)).await;
    assert_eq!(warnings(&record.log).len(), 1, "{:#?}", record.log);
    let report = report(record);
    assert!(report["warning"].as_str().unwrap().contains("when it runs on schedule"), "{report:#}");
    assert_eq!(environment.changes(), 0);
}

#[tokio::test]
async fn an_event_that_somebody_made_by_hand_is_read() {
    for name in ["hand-made-without-detail-type", "hand-made-time-without-zone"] {
        let environment = Environment::start(two_regions()).await;
        let report = report(environment.onboard(example_event(name)).await);
        assert_eq!(line(&report, "us-east-1", "333333333333")["action"], "created", "{name}: {report:#}");
    }
    let mut null_error = example_event("move-account");
    null_error["detail"]["errorCode"] = Value::Null;
    let environment = Environment::start(two_regions()).await;
    let report = report(environment.onboard(null_error).await);
    assert_eq!(line(&report, "us-east-1", "333333333333")["action"], "created", "{report:#}");
}

#[tokio::test]
async fn a_departure_of_any_shape_is_received_and_one_that_cannot_be_read_is_a_warning() {
    let environment = Environment::start_with(two_regions(), &template(), &[("RemoveMembers", "true")]).await;
    let shapes = [
        json!({"account": {"id": "333333333333"}, "departureMethod": "REMOVED"}),
        json!({"accountDepartedDetails": {"accountId": 333_333_333_333_u64}}),
        json!({"accountArn": "arn:aws:organizations::111111111111:account/o-exampleorg01/333333333333"}),
        json!({"accountId": "333333333333", "organization": {"managementAccountId": "111111111111"}}),
        json!({"departureMethod": "REMOVED"}),
        json!({"accounts": ["333333333333", "444444444444"]}),
    ];
    for details in shapes {
        let mut event = example_event("account-departed");
        event["detail"]["serviceEventDetails"] = details;
        environment.cloud.put_event(MANAGEMENT, "us-east-1", event);
    }
    environment.cloud.settle_now().await;
    let record = environment.offboard().await;
    let received: Vec<&Value> = record.log.iter().filter(|line| line["message"] == "departure received").collect();
    assert_eq!(received.len(), 4, "{:#?}", record.log);
    assert!(received.iter().all(|line| line["account.id"] == "333333333333"), "{received:#?}");
    let warnings = warnings(&record.log);
    for reason in ["it names no account", "it names more than one account"] {
        let of_reason =
            |line: &&&Value| line["message"] == format!("message ignored: {reason}") && line["message.id"].is_string();
        assert_eq!(warnings.iter().filter(of_reason).count(), 1, "{warnings:#?}");
    }
    assert_eq!(environment.departures(), 4, "what names no account does not come again");
}
