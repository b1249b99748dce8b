//! Who may put objects into the bucket: what cannot be is not believed, and people hear of it.

use chrono::TimeDelta;
use end_to_end::report::{report, report_in};
use end_to_end::scenario::ADMINISTRATOR;
use serde_json::{Value, json};

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
