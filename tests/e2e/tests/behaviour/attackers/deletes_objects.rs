//! Who may delete objects of the bucket: where the record of removals is gone, nobody is removed for a day, and people hear of it.

use chrono::TimeDelta;
use serde_json::Value;

use detective_emulator::Fault;
use end_to_end::environment::Environment;
use end_to_end::events::account_removed;
use end_to_end::faults::denied;
use end_to_end::report::{line, report};
use end_to_end::scenario::ADMINISTRATOR;

use super::changes_the_policy::{environment, id, members, narrow};

const REMOVALS: &str = "removals/us-east-1.json";

fn delete(environment: &Environment, key: &str) {
    environment.aws().delete_object(&environment.report_bucket(), key);
}

/// An account leaves the organization, and the event that states so arrives.
async fn leave(environment: &Environment, number: u64) {
    environment.remove_from_organization(&id(number)).await;
    environment.cloud.put_event(ADMINISTRATOR, "us-east-1", account_removed(&id(number)));
    environment.cloud.settle_now().await;
}

/// The messages of alerts that state that the record is gone.
fn told(environment: &Environment) -> Vec<String> {
    let is_told =
        |alert: &Value| alert["message"].as_str().is_some_and(|text| text.contains("removals/us-east-1.json"));
    let alerts = environment.alerts().into_iter().filter(is_told);
    alerts.map(|alert| alert["message"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn where_the_record_of_removals_is_gone_the_days_limit_is_not_lifted_and_people_hear_of_it_once() {
    // With removals of the day, and without any before.
    for removed in [4, 0] {
        let environment = environment("0").await;
        report(environment.reconcile().await);
        narrow(&environment, "0", removed);
        report(environment.reconcile().await);
        assert_eq!(members(&environment), 30 - removed as usize);
        delete(&environment, REMOVALS);
        narrow(&environment, "0", 4 + removed);
        for hour in 0..24 {
            let held = report(environment.reconcile().await);
            let line = line(&held, "us-east-1", &id(5.min(3 + removed)));
            assert_eq!(line["reason"], "removal-unconfirmed", "{hour}: {line}");
            let warned = held["regions"][0]["warnings"].to_string().contains("is gone, and a run has begun it");
            assert_eq!(warned, hour == 0, "{held:#}");
            environment.aws().advance(TimeDelta::hours(1));
        }
        assert_eq!(members(&environment), 30 - removed as usize);
        let told = told(&environment);
        assert_eq!(told.len(), 1, "{told:#?}");
        assert!(told[0].contains("who was removed in the last day is not known, and nobody is for a day"), "{told:#?}");
        environment.aws().advance(TimeDelta::hours(1));
        report(environment.reconcile().await);
        assert_eq!(members(&environment), 26 - removed as usize, "a day later it is known again");
    }
}

#[tokio::test]
async fn account_offboarder_removes_nobody_for_a_day_where_the_record_is_gone_and_tells_people() {
    let environment = environment("1").await;
    report(environment.reconcile().await);
    for number in 10..14 {
        leave(&environment, number).await;
    }
    environment.aws().advance(TimeDelta::minutes(61));
    report(environment.offboard().await);
    assert_eq!(members(&environment), 26, "four a day are the most");
    leave(&environment, 20).await;
    environment.aws().advance(TimeDelta::minutes(61));
    delete(&environment, REMOVALS);
    for _ in 0..3 {
        let held = report(environment.offboard().await);
        assert_eq!(line(&held, "us-east-1", &id(20))["reason"], "removal-unconfirmed", "{held:#}");
        environment.aws().advance(TimeDelta::hours(7));
    }
    assert_eq!(members(&environment), 26);
    assert_eq!(told(&environment).len(), 1, "{:#?}", told(&environment));
    environment.cloud.settle_now().await;
    assert_eq!(environment.notices().iter().filter(|notice| notice.contains(REMOVALS)).count(), 1);
    environment.aws().advance(TimeDelta::hours(4));
    report(environment.offboard().await);
    assert_eq!(members(&environment), 25);
}

/// Nor by a record that states that nobody was removed, where a run of the reconciler knows better.
#[tokio::test]
async fn a_record_that_leaves_out_whom_the_reconciler_has_removed_is_lost() {
    let environment = environment("0").await;
    report(environment.reconcile().await);
    let empty = environment.aws().objects(&environment.report_bucket())[REMOVALS].clone();
    narrow(&environment, "0", 4);
    report(environment.reconcile().await);
    assert_eq!(members(&environment), 26);
    narrow(&environment, "0", 6);
    for hour in 0..24 {
        environment.aws().put_object(&environment.report_bucket(), REMOVALS, empty.clone());
        let held = report(environment.reconcile().await);
        assert_eq!(line(&held, "us-east-1", &id(5))["reason"], "removal-unconfirmed", "{hour}: {held:#}");
        environment.aws().advance(TimeDelta::minutes(55));
    }
    assert_eq!(members(&environment), 26);
    let told = told(&environment);
    assert!(told.len() >= 20 && told[0].contains("leaves out members that were removed"), "{told:#?}");
}

/// Who keeps what is remembered from being read, by which a record is known to be missing, lifts nothing either.
#[tokio::test]
async fn where_it_is_not_known_whether_the_record_is_gone_nobody_is_removed() {
    let environment = environment("1").await;
    report(environment.reconcile().await);
    leave(&environment, 20).await;
    environment.aws().advance(TimeDelta::minutes(61));
    delete(&environment, REMOVALS);
    let unread = Fault { about: Some("state/us-east-1.json".to_owned()), ..denied("GetObject") };
    environment.aws().set_faults(vec![unread]);
    for _ in 0..2 {
        let held = report(environment.offboard().await);
        assert_eq!(line(&held, "us-east-1", &id(20))["reason"], "removal-unconfirmed", "{held:#}");
        environment.aws().advance(TimeDelta::hours(1));
    }
    assert_eq!(members(&environment), 30);
    assert!(!environment.aws().objects(&environment.report_bucket()).contains_key(REMOVALS));
}

/// Both at once: what is remembered and the record. Nothing is known, so that nobody is removed.
#[tokio::test]
async fn where_what_is_remembered_is_gone_with_the_record_nobody_is_removed_for_a_day() {
    for begins in [true, false] {
        let environment = environment("0").await;
        report(environment.reconcile().await);
        narrow(&environment, "0", 4);
        report(environment.reconcile().await);
        assert_eq!(members(&environment), 26);
        narrow(&environment, "0", 6);
        for key in [REMOVALS, "state/us-east-1.json"] {
            delete(&environment, key);
        }
        if !begins {
            environment.aws().put_object(&environment.report_bucket(), "state/us-east-1.json", b"{}");
        }
        for _ in 0..4 {
            drop(environment.reconcile().await);
            environment.aws().advance(TimeDelta::hours(5));
        }
        assert_eq!(members(&environment), 26);
        environment.aws().advance(TimeDelta::hours(5));
        report(environment.reconcile().await);
        assert_eq!(members(&environment), 24);
    }
}

/// The first run of a stack begins the record before anybody is removed, and removing that is turned on later begins it then.
#[tokio::test]
async fn the_record_is_begun_before_the_first_removal_and_removing_may_be_turned_on_at_any_time() {
    let environment = environment("0").await;
    let parameters = [("DetectiveRegions", "us-east-1"), ("RemoveMembers", "false")];
    environment.deploy_administrator(&end_to_end::template::template(), &parameters);
    report(environment.reconcile().await);
    let begun = || environment.aws().objects(&environment.report_bucket()).contains_key(REMOVALS);
    assert!(!begun(), "nobody is removed");
    narrow(&environment, "0", 3);
    report(environment.reconcile().await);
    assert!(begun());
    environment.aws().advance(TimeDelta::hours(6));
    report(environment.reconcile().await);
    assert_eq!(members(&environment), 27, "no day passes first");
    let journal = environment.aws().journal();
    let keys = journal.iter().filter(|call| call.operation == "PutObject" && call.request["Key"] == REMOVALS);
    let (begin, delete) = (keys.count(), environment.calls("DeleteMembers"));
    assert_eq!((begin, delete), (2, 1), "once to begin it, and once before the removal");
    assert!(told(&environment).is_empty());
}
