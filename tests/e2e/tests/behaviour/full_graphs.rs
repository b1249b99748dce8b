//! Accounts for which a behavior graph has no capacity, and those for which it has.

use detective_emulator::TooMuchData;
use serde_json::json;

use end_to_end::environment::Environment;
use end_to_end::events::account_created;
use end_to_end::faults::denied;
use end_to_end::report::{line, report};
use end_to_end::scenario::{MANAGEMENT, ScenarioBuilder, account, member, organization, organization_graph};
use end_to_end::template::template;

/// One graph with forty members that have too much data, and after them, by account id, sixty that fit by now.
fn forty_too_high_before_sixty_unknown() -> ScenarioBuilder {
    let too_high = || (0..40).map(|number| format!("7000000000{number:02}"));
    let unknown = || (0..60).map(|number| format!("8000000000{number:02}"));
    let disabled = |id: String, reason| member(&id).disabled(reason).age("24h");
    let graph = organization_graph("us-east-1")
        .members(too_high().map(|id| disabled(id, "VOLUME_TOO_HIGH")))
        .members(unknown().map(|id| disabled(id, "VOLUME_UNKNOWN")));
    let scenario = too_high().fold(organization(), |scenario, id| scenario.account(account(&id).volume("high")));
    unknown().fold(scenario, |scenario, id| scenario.account(account(&id))).graph(graph)
}

async fn environment(scenario: ScenarioBuilder, parameters: &[(&str, &str)]) -> Environment {
    Environment::start_with(scenario, &template(), &[&[("DetectiveRegions", "us-east-1")], parameters].concat()).await
}

/// The accounts of StartMonitoringMember calls, in the order of the calls.
fn started(environment: &Environment) -> Vec<String> {
    let journal = environment.aws().journal();
    let calls = journal.iter().filter(|call| call.operation == "StartMonitoringMember");
    calls.map(|call| call.request["AccountId"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn members_whose_volume_was_unknown_are_started_whatever_becomes_of_those_with_too_much_data() {
    let parameters = [("MaxConcurrentStarts", "4")];
    for reconciling in [false, true] {
        let environment = environment(forty_too_high_before_sixty_unknown(), &parameters).await;
        let record = if reconciling { environment.reconcile().await } else { environment.monitor().await };
        let report = report(record);
        for id in (0..60).map(|number| format!("8000000000{number:02}")) {
            assert_eq!(environment.status("us-east-1", &id).as_deref(), Some("ENABLED"), "{id}");
        }
        let started = started(&environment);
        assert!(started[..60].iter().all(|id| id.starts_with('8')), "{started:?}");
        let refused = &started[60..];
        assert!((1..=4).contains(&refused.len()), "{refused:?}: starts went on after one was refused");
        for id in (0..40).map(|number| format!("7000000000{number:02}")) {
            let line = line(&report, "us-east-1", &id);
            let (reason, part) = match refused.contains(&id) {
                true => ("graph-quota", "StartMonitoringMember failed: ServiceQuotaExceededException"),
                false => (
                    "volume-too-high",
                    "it was not started in this run, because the behavior graph had no capacity for",
                ),
            };
            assert_eq!(line["reason"], reason, "{line}");
            assert!(line["message"].as_str().unwrap().contains(part), "{line}");
        }
    }
}

#[tokio::test]
async fn no_member_with_too_much_data_is_always_the_first_that_is_refused() {
    let environment = environment(forty_too_high_before_sixty_unknown(), &[("MaxConcurrentStarts", "1")]).await;
    for _ in 0..4 {
        report(environment.monitor().await);
        environment.aws().advance(chrono::TimeDelta::hours(24));
    }
    let mut refused: Vec<String> = started(&environment).into_iter().filter(|id| id.starts_with('7')).collect();
    assert_eq!(refused.len(), 4, "{refused:?}");
    refused.sort_unstable();
    refused.dedup();
    assert!(refused.len() > 1, "only {refused:?} was ever tried");
}

#[tokio::test]
async fn a_refusal_for_a_quota_whose_cause_cannot_be_read_says_that_and_guesses_none() {
    let odd = account("333333333333").volume("unverified");
    let environment = environment(organization().account(odd).graph(organization_graph("us-east-1")), &[]).await;
    environment.aws().set_faults(vec![denied("ListMembers")]);
    let report = report(environment.onboard(account_created("333333333333")).await);
    let held = line(&report, "us-east-1", "333333333333");
    assert_eq!((&held["outcome"], &held["reason"]), (&json!("blocked"), &json!("graph-quota")), "{held}");
    let message = held["message"].as_str().unwrap();
    assert!(message.contains("whether the behavior graph has capacity cannot be read"), "{held}");
    assert!(message.contains("AccessDenied") && !message.contains("has no capacity"), "{held}");
}

/// A graph that takes in 9,991 GB of the 10 TB that it may, and an account of a volume that is no member.
fn nearly_full_of_data(volume: &str, becomes: TooMuchData) -> ScenarioBuilder {
    organization()
        .too_much_data(becomes)
        .account(account("333333333333").volume(volume))
        .account(account("444444444444").volume("9990GB"))
        .generated(60, "600000000000")
        .organization(|organization| organization.generate[0].volume = "1MB".parse().expect("a volume"))
        .graph(organization_graph("us-east-1").members([member("444444444444"), member(MANAGEMENT)]))
}

#[tokio::test]
async fn an_account_whose_data_would_be_too_much_is_held_by_itself_in_a_graph_with_capacity_for_the_others() {
    for (becomes, outcome, reason, status) in [
        (TooMuchData::IsRefused, "waiting", "volume-unverified", None),
        (TooMuchData::IsDisabled, "blocked", "volume-too-high", Some("ACCEPTED_BUT_DISABLED")),
    ] {
        let environment = environment(nearly_full_of_data("20GB", becomes), &[]).await;
        let report = report(environment.reconcile().await);
        let held = line(&report, "us-east-1", "333333333333");
        assert_eq!((&held["outcome"], &held["reason"]), (&json!(outcome), &json!(reason)), "{held}");
        assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), status);
        for id in (0..60).map(|number| format!("6000000000{number:02}")) {
            assert_eq!(environment.status("us-east-1", &id).as_deref(), Some("ENABLED"), "{id}: {report:#}");
        }
        assert!(environment.calls("CreateMembers") <= 2 + 11, "{}", environment.calls("CreateMembers"));
        let message = held["message"].as_str().unwrap();
        assert!(!message.contains("remove members"), "the graph has capacity for others: {held}");
    }
}

#[tokio::test]
async fn a_graph_that_takes_in_all_the_data_that_it_may_is_full_for_everybody() {
    for becomes in [TooMuchData::IsRefused, TooMuchData::IsDisabled] {
        let scenario = organization()
            .too_much_data(becomes)
            .account(account("333333333333"))
            .account(account("444444444444").volume("10TB"))
            .graph(organization_graph("us-east-1").members([member("444444444444")]));
        let environment = environment(scenario, &[]).await;
        let report = report(environment.reconcile().await);
        let expected = if becomes == TooMuchData::IsRefused { "graph-quota" } else { "volume-too-high" };
        for id in ["333333333333", MANAGEMENT] {
            assert_eq!(line(&report, "us-east-1", id)["reason"], expected, "{report:#}");
        }
    }
}
