//! Who may put objects into the bucket: what cannot be is not believed, and people hear of it.

use chrono::TimeDelta;
use end_to_end::report::{line, report, report_in};
use end_to_end::scenario::ADMINISTRATOR;
use serde_json::{Value, json};

use crate::known_failures::{failing, known_failures_alarm, values};
use crate::remembered::{STATE, environment};

#[tokio::test]
async fn what_is_lost_or_cannot_be_begins_anew_and_people_hear_of_it_each_time() {
    let environment = environment(&[("RemoveMembers", "true")]).await;
    let bucket = environment.report_bucket();
    for _ in 0..2 {
        report(environment.reconcile().await);
        environment.aws().advance(TimeDelta::hours(6));
    }
    let good = environment.remembered("us-east-1");
    let with = |pointer: &str, value: Value| {
        let mut state = good.clone();
        *state.pointer_mut(pointer).unwrap() = value;
        Some(state.to_string().into_bytes())
    };
    let in_2099 = json!(4_070_908_800_i64);
    let mut forgotten = good.clone();
    forgotten["published"]["covered"] = json!([]);
    forgotten["published"]["enabled"] = json!(0);
    let mut alerts = environment.alerts().len();
    for (body, problem) in [
        (None, "state/us-east-1.json is gone"),
        (Some(Vec::new()), "is empty"),
        (Some(b"{".to_vec()), "not in the format"),
        (Some(vec![b' '; 2 << 20]), "larger than a megabyte"),
        (with("/region", json!("eu-west-1")), "of format 1 and eu-west-1"),
        (with("/time", in_2099.clone()), "a time after the one at which it was written"),
        (with("/run", in_2099), "a time after the one at which it was written"),
        (with("/published/enabled", json!(3)), "more covered accounts than there were"),
        (Some(forgotten.to_string().into_bytes()), "leaves out 2 accounts that Detective has monitored"),
    ] {
        match body {
            Some(body) => environment.aws().put_object(&bucket, STATE, body),
            None => environment.aws().delete_object(&bucket, STATE),
        }
        let report = report(environment.reconcile().await);
        let warning = report["regions"][0]["warnings"][0].as_str().unwrap_or_else(|| panic!("{problem}: {report:#}"));
        assert!(warning.contains(problem) && warning.contains("begins anew"), "{warning}");
        assert_eq!(report["totals"]["failed"], 0, "{report:#}");
        alerts += 1;
        assert_eq!(environment.alerts().len(), alerts, "{problem}");
        assert!(environment.alerts()[alerts - 1]["message"].as_str().unwrap().contains(problem));
        // What the run left is good again.
        let after = environment.remembered("us-east-1");
        assert_eq!(after["published"]["covered"], good["published"]["covered"], "{problem}");
        environment.aws().advance(TimeDelta::hours(6));
        let next = self::report(environment.reconcile().await);
        assert!(next["regions"][0]["warnings"].is_null(), "{problem}: {next:#}");
        alerts = environment.alerts().len();
    }
    assert_eq!(environment.calls("DeleteMembers"), 0);
}

#[tokio::test]
async fn invitations_that_somebody_wrote_there_keep_nobody_out_of_the_graph_of_an_organization() {
    let environment = environment(&[]).await;
    report(environment.reconcile().await);
    let mut state = environment.remembered("us-east-1");
    state["invitations"] = json!({"333333333333": [9, state["time"]]});
    environment.aws().put_object(&environment.report_bucket(), STATE, state.to_string());
    let client = aws_sdk_detective::Client::new(&environment.sdk(ADMINISTRATOR, "us-east-1").await);
    let graph = environment.aws().snapshot().graphs[0].arn.clone();
    client.delete_members().graph_arn(graph).account_ids("333333333333").send().await.unwrap();
    report(environment.reconcile().await);
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
}

#[tokio::test]
async fn a_bucket_of_another_account_than_expected_gets_and_gives_nothing() {
    for (owner, parameters) in [
        ("700000000000", &[("ReportBucket", "reports-of-mine")][..]),
        (ADMINISTRATOR, &[("ReportBucket", "reports-of-mine"), ("ReportBucketOwner", "700000000000")]),
    ] {
        let environment = environment(parameters).await;
        environment.aws().put_bucket(owner, "reports-of-mine");
        let error = environment.reconcile().await.outcome.expect_err("the bucket is another account's");
        let error = report_in(&error)["regions"][0]["error"].clone();
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("the bucket must belong to account"), "{error}");
        assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
        assert!(environment.aws().objects("reports-of-mine").is_empty());
    }
}

const FAILURES: &str = "failures/organization-reconciler.json";
const APP: &str = "333333333333";

/// What fails in the environment, as a document states it that nobody told.
fn forged(environment: &end_to_end::environment::Environment, since: i64) -> Value {
    let now = environment.aws().now().timestamp();
    json!({"format": 1, "function": "organization-reconciler", "failures": [{"region": "us-east-1",
        "way": "CreateMembers ValidationException", "since": now + since, "told": now, "run": "none", "seen": now,
        "accounts": [APP]}]})
}

/// Who writes that a failure is known silences the error of a week at most, and neither the alarm on what is known, nor the alert.
#[tokio::test]
async fn a_failure_that_somebody_wrote_there_as_known_is_counted_by_an_alarm_named_once_a_day_and_told_after_a_week() {
    let environment = environment(&[]).await;
    environment.aws().set_faults(vec![failing("CreateMembers", APP, "ValidationException")]);
    let document = forged(&environment, -3_600);
    environment.aws().put_object(&environment.report_bucket(), FAILURES, document.to_string());
    let mut days = vec![Some(0.0)];
    for day in 0..10 {
        environment.aws().advance(TimeDelta::hours(if day == 0 { 1 } else { 24 }));
        let run = environment.reconcile().await;
        days.push(values(&run, "KnownFailures").first().map(|count| *count as f64));
        match day {
            7 => assert_eq!(report_in(&run.outcome.expect_err("a week has passed"))["totals"]["failed"], 1),
            _ => assert!(line(&report(run), "us-east-1", APP)["knownSince"].is_string(), "{day}"),
        }
    }
    assert!(known_failures_alarm(&days)[1], "{days:?}");
    let alerts = environment.alerts();
    assert!(alerts.iter().filter(|alert| alert["failing"]["accountIds"] == json!([APP])).count() >= 8, "{alerts:#?}");
}

#[tokio::test]
async fn known_failures_that_cannot_be_are_not_believed_and_the_run_fails_and_says_so() {
    let environment = environment(&[]).await;
    environment.aws().set_faults(vec![failing("CreateMembers", APP, "ValidationException")]);
    let changed = |field: &str, value: Value| {
        let mut document = forged(&environment, -60);
        document["failures"][0][field] = value;
        document.to_string().into_bytes()
    };
    let in_2099 = json!(4_070_908_800_i64);
    for (body, problem) in [
        (changed("told", in_2099.clone()), "a time that cannot be"),
        (changed("seen", in_2099), "a time that cannot be"),
        (changed("since", json!(0)), "a time that cannot be"),
        (changed("run", json!("x".repeat(9_999))), "a text that no run writes"),
        (changed("until", json!("2099")), "not in the format"),
        (b"{".to_vec(), "not in the format"),
        (Vec::new(), "is empty"),
        (vec![b' '; 2 << 20], "larger than a megabyte"),
    ] {
        environment.aws().put_object(&environment.report_bucket(), FAILURES, body);
        environment.aws().advance(TimeDelta::hours(1));
        let error = environment.reconcile().await.outcome.expect_err(problem);
        let warning = report_in(&error)["warning"].as_str().unwrap_or_default().to_owned();
        assert!(warning.contains(problem) && warning.contains("begins anew"), "{warning}");
        // What the run left is good again.
        environment.aws().advance(TimeDelta::hours(1));
        assert!(report(environment.reconcile().await)["warning"].is_null(), "{problem}");
        environment.aws().delete_object(&environment.report_bucket(), FAILURES);
    }
}
