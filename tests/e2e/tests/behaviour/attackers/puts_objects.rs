//! Who may put objects into the bucket: what cannot be is not believed, and people hear of it.

use chrono::TimeDelta;
use detective_emulator::Fault;
use end_to_end::environment::Environment;
use end_to_end::faults::denied;
use end_to_end::report::{line, report, report_in};
use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT, account, invitation_graph, member, organization, span};
use end_to_end::template::template;
use serde_json::{Value, json};

use crate::alerts::leave;
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

/// Whatever somebody writes as remembered so that a loss goes unnamed: the coverage page, which is under another key, contradicts it.
#[tokio::test]
async fn an_account_that_is_lost_is_named_whatever_somebody_wrote_as_remembered() {
    let changed = |state: &Value, change: fn(&mut Value)| {
        let mut state = state.clone();
        change(&mut state);
        Some(state.to_string().into_bytes())
    };
    type Change = fn(&mut Value);
    let changes: [(&str, Option<Change>); 6] = [
        ("nothing was published", Some(|state| state["published"] = Value::Null)),
        (
            "it was not covered",
            Some(|state| {
                let since = state["time"].as_i64().unwrap() - 60;
                state["published"]["covered"] = json!([MANAGEMENT, OTHER]);
                state["published"]["enabled"] = json!(2);
                state["uncovered"] = json!({since.to_string(): [LEAVER]});
            }),
        ),
        (
            "there was another run since",
            Some(|state| {
                let now = state["time"].as_i64().unwrap() + 60;
                state["published"]["covered"] = json!([MANAGEMENT, OTHER]);
                state["published"]["enabled"] = json!(2);
                for pointer in ["/time", "/run", "/published/time", "/published/alerted"] {
                    *state.pointer_mut(pointer).unwrap() = json!(now);
                }
            }),
        ),
        ("nobody was covered, ever", Some(|state| state["published"]["covered"] = json!([]))),
        ("it is stuck", Some(|state| state["published"]["stuck"] = json!([LEAVER]))),
        ("it is gone", None),
    ];
    for (what, change) in changes {
        let environment = lost(|environment, state| {
            let bucket = environment.report_bucket();
            match change.and_then(|change| changed(state, change)) {
                Some(body) => environment.aws().put_object(&bucket, STATE, body),
                None => {
                    environment.aws().delete_object(&bucket, STATE);
                    environment.aws().delete_object(&bucket, "coverage/us-east-1/latest.json");
                }
            }
        })
        .await;
        let before = environment.alerts().len();
        let report = report(environment.reconcile().await);
        assert_eq!(report["regions"][0]["noLongerCovered"], json!([LEAVER]), "{what}: {report:#}");
        let alerts = environment.alerts();
        assert_eq!(alerts.len(), before + 1, "{what}: {alerts:#?}");
        let alert = &alerts[before];
        assert_eq!(alert["noLongerCovered"]["accountIds"], json!([LEAVER]), "{what}: {alert:#}");
        let is_contradicted = alert["message"].as_str().unwrap().contains("state/us-east-1.json ");
        assert_eq!(is_contradicted, what != "it is stuck", "{what}: {alert:#}");
        // People read it, and the next run is as quiet as ever.
        environment.cloud.settle_now().await;
        let notices = environment.notices();
        assert!(notices.last().is_some_and(|notice| notice.contains(LEAVER)), "{what}: {notices:?}");
        environment.aws().advance(TimeDelta::hours(6));
        let next = self::report(environment.reconcile().await);
        assert!(next["regions"][0]["warnings"].is_null(), "{what}: {next:#}");
    }
}

/// An environment in which nothing is wrong.
async fn covered() -> Environment {
    let scenario = organization()
        .timing(|timing| timing.verification = span("0s"))
        .account(account(LEAVER))
        .account(account(OTHER))
        .graph(invitation_graph("us-east-1").members([MANAGEMENT, LEAVER, OTHER].map(|id| member(id).age("30days"))));
    Environment::start_with(scenario, &template(), &[("DetectiveRegions", "us-east-1")]).await
}

/// An environment in which a covered account is lost after a run, and somebody changes what is remembered.
async fn lost(change: impl Fn(&Environment, &Value)) -> Environment {
    let environment = covered().await;
    for _ in 0..2 {
        report(environment.reconcile().await);
        environment.aws().advance(TimeDelta::hours(6));
    }
    change(&environment, &environment.remembered("us-east-1"));
    leave(&environment, LEAVER).await;
    environment
}

/// In a policy's shadow: what is in scope is not known either, and who is lost is named all the same.
#[tokio::test]
async fn an_account_that_is_lost_while_nobody_is_in_scope_is_named_whatever_somebody_wrote_as_remembered() {
    let environment = lost(|environment, state| {
        let mut state = state.clone();
        state["published"] = Value::Null;
        environment.aws().put_object(&environment.report_bucket(), STATE, state.to_string());
    })
    .await;
    let nobody = json!({"include": [{"account": "999999999999"}]}).to_string();
    let parameters = [("DetectiveRegions", "us-east-1"), ("CoveragePolicy", nobody.as_str())];
    environment.deploy_administrator(&template(), &parameters);
    let before = environment.alerts().len();
    for _ in 0..2 {
        environment.reconcile().await.outcome.expect_err("nobody is in scope");
        environment.aws().advance(TimeDelta::hours(6));
    }
    let alerts = environment.alerts();
    assert_eq!(alerts.len(), before + 1, "{alerts:#?}");
    assert_eq!(alerts[before]["noLongerCovered"]["accountIds"], json!([LEAVER]), "{alerts:#?}");
    assert!(alerts[before]["message"].as_str().unwrap().contains("is not what the last run left"), "{alerts:#?}");
}

/// It is what an attacker leaves as well, but contradicts nothing: a run may have been killed, or not be over yet.
#[tokio::test]
async fn what_a_run_left_that_had_no_time_for_the_coverage_page_is_no_alert() {
    let environment = covered().await;
    report(environment.reconcile().await);
    environment.aws().advance(TimeDelta::hours(6));
    let page = || environment.aws().objects(&environment.report_bucket())["coverage/page.json"].clone();
    let (earlier, about) = (page(), Some("coverage/page.json".to_owned()));
    environment.aws().set_faults(vec![Fault { about, ..denied("PutObject") }]);
    let _ = environment.reconcile().await;
    environment.aws().set_faults(Vec::new());
    assert!(page() == earlier, "the page was put");
    let (before, left) = (environment.alerts().len(), environment.remembered("us-east-1"));
    environment.aws().advance(TimeDelta::hours(6));
    let next = report(environment.reconcile().await);
    assert!(next["regions"][0]["warnings"].is_null(), "{next:#}");
    assert_eq!(environment.alerts().len(), before, "{:#?}", environment.alerts());
    let after = environment.remembered("us-east-1");
    assert_eq!(
        (&after["published"]["covered"], &after["uncovered"]),
        (&left["published"]["covered"], &left["uncovered"])
    );
}

/// While it lasts, people hear of it once a day.
#[tokio::test]
async fn what_cannot_be_read_or_is_of_days_ago_is_an_alert_once_a_day() {
    for about in [STATE] {
        let environment = covered().await;
        report(environment.reconcile().await);
        let before = environment.alerts().len();
        environment.aws().set_faults(vec![Fault { about: Some(about.to_owned()), ..denied("GetObject") }]);
        for _ in 0..8 {
            environment.aws().advance(TimeDelta::hours(6));
            environment.reconcile().await.outcome.expect_err("what is remembered cannot be read");
        }
        let alerts = environment.alerts();
        assert_eq!(alerts.len(), before + 2, "{about}: two days: {alerts:#?}");
        for alert in &alerts[before..] {
            let message = alert["message"].as_str().unwrap();
            assert!(message.contains("what is remembered of the Region could not be read"), "{message}");
        }
        environment.cloud.settle_now().await;
        let told = environment.notices().into_iter().filter(|notice| notice.contains("could not be read"));
        assert_eq!(told.count(), 2, "{about}");
        environment.aws().set_faults(Vec::new());
        report(environment.reconcile().await);
        assert_eq!(environment.alerts().len(), before + 2, "{about}: it is as it was: {:#?}", environment.alerts());
        // No run for days, then runs as ever.
        environment.aws().advance(TimeDelta::days(4));
        for _ in 0..3 {
            report(environment.reconcile().await);
            environment.aws().advance(TimeDelta::hours(6));
        }
        let alerts = environment.alerts();
        assert_eq!(alerts.len(), before + 3, "{about}: {alerts:#?}");
        assert!(alerts[before + 2]["message"].as_str().unwrap().contains("no run has finished there since"));
    }
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

const LEAVER: &str = "333333333333";
const OTHER: &str = "444444444444";
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
