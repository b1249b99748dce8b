//! Accounts that make a call fail for all accounts in it: everybody else becomes a member all the same, and each of them is
//! held or fails with a reason of its own.

use detective_emulator::{Effect, ErrorEffect, Fault};
use serde_json::{Value, json};

use end_to_end::environment::Environment;
use end_to_end::events::account_created;
use end_to_end::faults::{aws_error, denied};
use end_to_end::report::{line, report, report_in};
use end_to_end::scenario::{
    ADMINISTRATOR, Account, ScenarioBuilder, account, member, organization, organization_graph, span,
};
use end_to_end::template::template;

use crate::reconciling::{REMOVAL, environment};

/// An address that Organizations' pattern has and Detective's has not: an internationalized top-level domain.
pub(crate) const ODD_ADDRESS: &str = "root@xn--e1afmkfd.xn--p1ai";
const ODD: &str = "333333333333";

/// One odd account among so many others that there are three batches.
fn among_120(odd: Account) -> ScenarioBuilder {
    organization().account(odd).generated(120, "600000000000").graph(organization_graph("us-east-1"))
}

/// The report of one run of the reconciler, whether it failed or not. Lambda does not repeat it.
pub(crate) async fn reconcile_once(environment: &Environment) -> Value {
    let record = environment.cloud.invoke(ADMINISTRATOR, "OrganizationReconciler", json!({})).await;
    record.outcome.unwrap_or_else(|error| report_in(&error))
}

fn enabled(environment: &Environment) -> usize {
    let graphs = environment.aws().snapshot().graphs;
    graphs[0].members.iter().filter(|member| member.status == "ENABLED").count()
}

#[tokio::test]
async fn an_address_that_detective_does_not_accept_keeps_nobody_else_out_and_costs_no_call() {
    let environment = environment(among_120(account(ODD).email(ODD_ADDRESS)), &[]).await;
    let record = environment.reconcile().await;
    assert!(!format!("{record:?}").contains(ODD_ADDRESS), "the address is shown");
    let report = report(record);
    assert_eq!((enabled(&environment), environment.calls("CreateMembers")), (121, 3));
    let held = line(&report, "us-east-1", ODD);
    assert_eq!((&held["outcome"], &held["reason"]), (&"blocked".into(), &"invalid-email".into()), "{held}");
    let onboarded = environment.onboard(account_created(ODD)).await;
    assert_eq!(line(&self::report(onboarded), "us-east-1", ODD)["reason"], "invalid-email");
    assert_eq!(environment.calls("CreateMembers"), 3);
}

#[tokio::test]
async fn an_account_that_is_too_young_keeps_nobody_else_out_and_is_a_member_once_it_is_old_enough() {
    let scenario = organization().generated(60, "600000000000").graph(organization_graph("us-east-1"));
    let scenario = scenario.timing(|timing| timing.new_account_settling = span("40m"));
    let environment = Environment::bare(scenario).await;
    let young = environment.create_account("young").await;
    environment.deploy_administrator(&template(), &[("DetectiveRegions", "us-east-1")]);
    let report = reconcile_once(&environment).await;
    assert_eq!(enabled(&environment), 61, "the sixty and the management account");
    let failed = line(&report, "us-east-1", &young);
    assert_eq!(
        (&failed["outcome"], &failed["code"]),
        (&"failed".into(), &"InternalServerException".into()),
        "{failed}"
    );
    assert_eq!(report["totals"]["failed"], 1);
    assert!(environment.calls("CreateMembers") <= 2 + 11, "{}", environment.calls("CreateMembers"));
    environment.cloud.run_for(chrono::TimeDelta::minutes(41)).await;
    environment.reconcile().await;
    assert_eq!(environment.status("us-east-1", &young).as_deref(), Some("ENABLED"));
}

#[tokio::test]
async fn an_account_whose_data_rate_cannot_be_verified_is_held_by_itself_in_a_graph_that_has_capacity() {
    let environment = environment(among_120(account(ODD).volume("unverified")), &[]).await;
    let onboarded = report(environment.onboard(account_created(ODD)).await);
    assert_eq!(line(&onboarded, "us-east-1", ODD)["reason"], "volume-unverified", "{onboarded:#}");
    let calls = environment.calls("CreateMembers");
    let report = report(environment.reconcile().await);
    assert_eq!(enabled(&environment), 121);
    let held = line(&report, "us-east-1", ODD);
    assert_eq!((&held["outcome"], &held["reason"]), (&"waiting".into(), &"volume-unverified".into()), "{held}");
    assert_eq!(report["totals"]["waiting"], 1);
    assert!(environment.calls("CreateMembers") - calls <= 3 + 11);
}

#[tokio::test]
async fn a_member_that_cannot_be_started_because_its_volume_is_unknown_is_not_held_for_the_graphs_quota() {
    let member = member(ODD).disabled("VOLUME_UNKNOWN").age("1h");
    let graph = organization_graph("us-east-1").members([member]);
    let environment = environment(organization().account(account(ODD).volume("unverified")).graph(graph), &[]).await;
    for record in [environment.monitor().await, environment.reconcile().await] {
        let report = report(record);
        assert_eq!(line(&report, "us-east-1", ODD)["reason"], "volume-unknown", "{report:#}");
    }
}

#[tokio::test]
async fn a_removal_that_fails_stops_no_other() {
    let gone = (0..60).map(|number| format!("7000000000{number:02}"));
    let members: Vec<_> = gone.clone().map(|id| member(&id)).collect();
    let scenario = gone.fold(organization(), |scenario, id| scenario.account(account(&id).state("SUSPENDED")));
    let scenario = scenario.graph(organization_graph("us-east-1").members(members));
    let environment = environment(scenario, &[&REMOVAL[..], &[("MaxRemovals", "100")]].concat()).await;
    let odd = "700000000023";
    let refused = Effect::Error(aws_error("ValidationException"));
    environment.aws().set_faults(vec![Fault { about: Some(odd.to_owned()), ..Fault::on("DeleteMembers", refused) }]);
    let report = reconcile_once(&environment).await;
    assert_eq!(environment.status("us-east-1", odd).as_deref(), Some("ENABLED"));
    assert_eq!(enabled(&environment), 2, "the management account is the other");
    assert_eq!(line(&report, "us-east-1", odd)["code"], "ValidationException");
    assert_eq!(report["totals"]["failed"], 1);
    assert!(environment.calls("DeleteMembers") <= 2 + 11);
}

#[tokio::test]
async fn a_call_that_is_denied_is_not_made_for_halves() {
    let environment = environment(among_120(account(ODD)), &[]).await;
    environment.aws().set_faults(vec![denied("CreateMembers")]);
    let report = reconcile_once(&environment).await;
    assert_eq!((&report["totals"]["failed"], environment.calls("CreateMembers")), (&122.into(), 3));
}

/// What AWS could say with the quota's error. Nothing is taken from it.
const TEXTS: [&str; 5] = [
    "",
    "Limit exceeded",
    "The behavior graph cannot have more than 1,200 member accounts",
    "The data rate for the behavior graph would exceed the maximum allowed",
    "Detective is unable to verify the data rate, because the account is not enrolled in Amazon GuardDuty",
];

#[tokio::test]
async fn the_quota_s_cause_is_told_by_the_account_s_own_state_whatever_the_error_says() {
    for text in TEXTS {
        let refused = ErrorEffect {
            status: Some(402),
            message: Some(text.to_owned()),
            ..aws_error("ServiceQuotaExceededException")
        };
        let about = |operation, id: &str| Fault {
            about: Some(id.to_owned()),
            ..Fault::on(operation, Effect::Error(refused.clone()))
        };
        let (unknown, high) = ("444444444444", "555555555555");
        let members = [
            member(unknown).disabled("VOLUME_UNKNOWN").age("2days"),
            member(high).disabled("VOLUME_TOO_HIGH").age("2days"),
        ];
        let scenario = organization().account(account(ODD)).account(account(unknown)).account(account(high));
        let scenario = scenario.generated(60, "600000000000").graph(organization_graph("us-east-1").members(members));
        let environment = environment(scenario, &[]).await;
        environment.aws().set_faults(vec![
            about("CreateMembers", ODD),
            about("StartMonitoringMember", unknown),
            about("StartMonitoringMember", high),
        ]);
        let report = report(environment.reconcile().await);
        for (id, reason) in [(ODD, "volume-unverified"), (unknown, "volume-unknown"), (high, "graph-quota")] {
            assert_eq!(line(&report, "us-east-1", id)["reason"], reason, "{text:?}: {report:#}");
        }
        assert_eq!(enabled(&environment), 61, "{text:?}");
    }
}
