//! What organization-reconciler publishes: reports in a bucket, metrics, events and messages.

use chrono::TimeDelta;
use serde_json::{Value, json};

use detective_emulator::{Call, Fault};
use end_to_end::environment::Environment;
use end_to_end::faults::denied;
use end_to_end::report::{report, report_in};
use end_to_end::scenario::partly_covered;
use end_to_end::template::template;

const REGION: (&str, &str) = ("DetectiveRegions", "us-east-1");
const BUCKET: (&str, &str) = ("ReportBucket", "coverage-reports");

async fn environment(parameters: &[(&str, &str)]) -> Environment {
    let environment = Environment::start_with(partly_covered(), &template(), &[&[REGION], parameters].concat()).await;
    environment.aws().put_bucket("222222222222", "coverage-reports");
    environment
}

#[tokio::test]
async fn the_report_of_every_region_is_put_in_the_bucket_as_json_and_csv() {
    let environment = environment(&[BUCKET]).await;
    report(environment.reconcile().await);
    let objects = environment.aws().objects("coverage-reports");
    let keys: Vec<&str> = objects.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "coverage/accounts.csv",
            "coverage/index.html",
            "coverage/page.json",
            "coverage/us-east-1/2026-01-05T09-00-00Z.csv",
            "coverage/us-east-1/2026-01-05T09-00-00Z.json",
            "coverage/us-east-1/latest.json",
            "state/us-east-1.json"
        ]
    );
    let json: Value = serde_json::from_slice(&objects[keys[4]]).unwrap();
    assert_eq!(json["coverage"]["inScope"], 3);
    let row =
        |id: &str| json["accounts"].as_array().unwrap().iter().find(|row| row["accountId"] == id).unwrap().clone();
    assert_eq!(
        (&row("333333333333")["status"], &row("333333333333")["action"]),
        (&json!("ENABLED"), &json!("created"))
    );
    let disabled = row("444444444444");
    assert_eq!((&disabled["reason"], &disabled["status"]), (&json!("volume-unknown"), &json!("ACCEPTED_BUT_DISABLED")));
    assert_eq!(row("222222222222")["outcome"], "administrator");
    let csv = String::from_utf8(objects[keys[3]].clone()).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    // Excel takes a file without a byte order mark for one in the computer's own code page.
    assert_eq!(lines[0], "\u{feff}accountId,name,unit,region,needs,outcome,status,since,action,reason,message");
    assert_eq!(lines.len(), 5, "{csv}");
    let row = "3333-3333-3333,333333333333,,us-east-1,nobody,done,ENABLED,2026-01-05T09:00:00Z,created,";
    assert!(lines[4].starts_with(row), "{csv}");
    assert!(!csv.contains("@example.com"), "{csv}");
}

#[tokio::test]
async fn the_coverage_page_has_every_region_and_its_runs_and_no_address() {
    let environment = environment(&[BUCKET]).await;
    report(environment.reconcile().await);
    environment.cloud.run_for(TimeDelta::hours(1)).await;
    report(environment.reconcile().await);
    let objects = environment.aws().objects("coverage-reports");
    let page = String::from_utf8(objects["coverage/index.html"].clone()).unwrap();
    let (_, data) = page.split_once("id=\"data\">").unwrap();
    let data: Value = serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
    let region = &data["regions"][0];
    assert_eq!(
        (&region["region"], &region["inScope"], &region["enabled"]),
        (&json!("us-east-1"), &json!(3), &json!(2))
    );
    let times: Vec<&str> = region["runs"].as_array().unwrap().iter().map(|run| run[0].as_str().unwrap()).collect();
    assert!(times.len() >= 2 && times[0] == "2026-01-05T09:00:00Z", "{times:?}");
    let accounts = data["accounts"].as_array().unwrap();
    let at = accounts.iter().position(|account| account[0] == "444444444444").unwrap();
    let kind = &region["kinds"][region["states"][at].as_u64().unwrap() as usize];
    assert_eq!((&kind["reason"], &kind["needs"]), (&json!("volume-unknown"), &json!("time")));
    assert!(!page.contains("@example.com") && !page.contains("src=") && !page.contains("https:"), "{page}");
}

#[tokio::test]
async fn a_page_that_cannot_be_written_takes_nothing_else_with_it() {
    let environment = environment(&[BUCKET]).await;
    // Before it, what is remembered is put, the report twice, and its summary.
    environment.aws().set_faults(vec![Fault { from_call: Some(5), ..denied("PutObject") }]);
    let report = report(environment.reconcile().await);
    let warning = report["warning"].as_str().unwrap_or_default();
    assert!(warning.starts_with("the coverage page could not be written: "), "{report:#}");
    let objects = environment.aws().objects("coverage-reports");
    assert!(objects.contains_key("coverage/us-east-1/latest.json"), "{report:#}");
    assert!(!objects.contains_key("coverage/index.html"), "{report:#}");
}

#[tokio::test]
async fn metrics_are_written_in_the_embedded_metric_format() {
    let environment = environment(&[]).await;
    let run = environment.reconcile().await;
    let of_metric = |name: &str| -> Vec<&Value> { run.log.iter().filter(|line| !line[name].is_null()).collect() };
    let covered = of_metric("CoveragePercent");
    // The worst of all Regions, and one for each.
    assert_eq!(covered.len(), 2, "{:#?}", run.log);
    assert_eq!(covered[0]["_aws"]["CloudWatchMetrics"][0]["Namespace"], "DetectiveOnboarding");
    let by_region = covered.iter().find(|line| line["Region"] == "us-east-1").unwrap();
    assert_eq!(by_region["CoveragePercent"], json!([66.66]), "{by_region}");
    assert_eq!(of_metric("MembersPercentOfLimit").len(), 2);
    assert_eq!(of_metric("OldestDisabledHours").len(), 2);
    assert!(of_metric("Waiting").iter().any(|line| line["Reason"] == "volume-unknown"), "{:#?}", run.log);
    // Members are counted as they are after the run, not as they were before.
    let members = |status: &str| {
        let found = run.log.iter().find(|line| line["Status"] == status && !line["Members"].is_null());
        found.unwrap_or_else(|| panic!("{status}: {:#?}", run.log))["Members"].clone()
    };
    assert_eq!((members("ENABLED"), members("ACCEPTED_BUT_DISABLED")), (json!([2.0]), json!([1.0])));
}

#[tokio::test]
async fn members_that_could_not_be_created_are_not_counted() {
    let environment = environment(&[BUCKET]).await;
    environment.aws().set_faults(vec![denied("CreateMembers")]);
    let run = environment.reconcile().await;
    let taken = run.log.iter().find(|line| !line["MembersPercentOfLimit"].is_null()).unwrap();
    assert_eq!(taken["MembersPercentOfLimit"], json!([0.0]), "{taken}");
    assert!(run.log.iter().all(|line| line["Members"].is_null()), "{:#?}", run.log);
    let error = run.outcome.expect_err("no member is created");
    let report = report_in(&error);
    assert_eq!(report["regions"][0]["coverage"]["members"], 0, "{report:#}");
    let objects = environment.aws().objects("coverage-reports");
    let stored: Value = serde_json::from_slice(&objects["coverage/us-east-1/2026-01-05T09-00-00Z.json"]).unwrap();
    let totals =
        json!({"administrator": 1, "done": 0, "failed": 3, "blocked": 0, "waiting": 0, "excluded": 0, "planned": 0});
    assert_eq!((&stored["totals"], &stored["coverage"]["members"]), (&totals, &json!(0)), "{stored:#}");
}

#[tokio::test]
async fn an_alert_that_the_bus_or_the_topic_refused_is_told_to_the_other_and_sent_again_by_the_next_run() {
    for (operation, events, messages) in [("PutEvents", 1, 2), ("Publish", 2, 1)] {
        let environment = environment(&[BUCKET]).await;
        let cloud = environment.aws();
        cloud.set_faults(vec![denied(operation)]);
        let error = environment.reconcile().await.outcome.expect_err("the alert is not sent to all");
        assert!(error.error_message.contains(operation), "{}", error.error_message);
        let totals = &report_in(&error)["totals"];
        assert_eq!(
            (&totals["done"], &totals["failed"], &totals["waiting"]),
            (&json!(2), &json!(0), &json!(1)),
            "{totals}"
        );
        assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
        // The reports are written nevertheless.
        assert!(cloud.objects("coverage-reports").contains_key("coverage/us-east-1/2026-01-05T09-00-00Z.csv"));
        cloud.set_faults(Vec::new());
        for _ in 0..2 {
            report(environment.reconcile().await);
            environment.cloud.settle_now().await;
        }
        let sent = environment.notices();
        assert_eq!(sent.len(), messages, "{operation}: {sent:?}");
        assert!(sent[0].contains("Detective covers 2 of 3 accounts in scope"), "{sent:?}");
        let put = |call: &&Call| call.operation == "PutEvents" && call.status == 200;
        assert_eq!(cloud.journal().iter().filter(put).count(), events, "{operation}");
    }
}

#[tokio::test]
async fn a_member_that_becomes_stuck_and_coverage_that_falls_are_notified_once() {
    let environment = environment(&[BUCKET, ("StuckAfterHours", "48")]).await;
    report(environment.reconcile().await);
    environment.cloud.settle_now().await;
    // Low coverage at the first run: two of three.
    assert_eq!(environment.notices().len(), 1, "{:?}", environment.notices());
    assert!(environment.notices()[0].starts_with("us-east-1: Detective covers 2 of 3 accounts in scope (66.66 %)"));
    environment.aws().advance(TimeDelta::hours(49));
    for _ in 0..2 {
        report(environment.reconcile().await);
        environment.cloud.settle_now().await;
    }
    let sent = environment.notices();
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(
        sent[1].contains("1 account is stuck on the way to be covered: 444444444444 (volume-unknown)."),
        "{sent:?}"
    );
    // A new account that cannot be monitored lowers the coverage.
    let id = environment.create_account("late").await;
    environment.aws().advance(TimeDelta::minutes(10));
    let client = aws_sdk_detective::Client::new(&environment.sdk("222222222222", "us-east-1").await);
    let graph = environment.aws().snapshot().graphs[0].arn.clone();
    client.delete_members().graph_arn(graph).account_ids("333333333333").account_ids(&id).send().await.unwrap();
    environment.aws().set_faults(vec![denied("CreateMembers")]);
    environment.reconcile().await.outcome.expect_err("members cannot be created");
    environment.cloud.settle_now().await;
    let sent = environment.notices();
    assert!(sent[2].contains("down from"), "{sent:?}");
}

#[tokio::test]
async fn a_bucket_that_cannot_be_written_to_is_a_failure_that_is_reported_after_the_rest_is_done() {
    let environment =
        Environment::start_with(partly_covered(), &template(), &[REGION, ("ReportBucket", "not-there")]).await;
    let error = environment.reconcile().await.outcome.expect_err("there is no bucket");
    assert!(error.error_message.contains("NoSuchBucket"), "{}", error.error_message);
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
}
