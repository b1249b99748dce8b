//! A graph's limit of 1,200 members, whichever way Detective counts them: those that are enabled, or all.

use detective_emulator::MemberLimitCounts;
use serde_json::{Value, json};

use end_to_end::environment::Environment;
use end_to_end::report::{line, region, report};
use end_to_end::scenario::{Graph, Member, ScenarioBuilder, account, member, organization, organization_graph};
use end_to_end::template::template;

const READINGS: [MemberLimitCounts; 2] = [MemberLimitCounts::Enabled, MemberLimitCounts::Members];

async fn environment(scenario: ScenarioBuilder, policy: &str) -> Environment {
    let parameters = [("DetectiveRegions", "us-east-1"), ("CoveragePolicy", policy)];
    Environment::start_with(scenario, &template(), &parameters).await
}

fn id(number: u64) -> String {
    (300_000_000_000 + number).to_string()
}

/// A graph whose first members, by account id, are ENABLED, and the next ones are changed.
fn graph(enabled: u64, others: u64, change: fn(Member) -> Member) -> Graph {
    let others = (enabled..enabled + others).map(|number| change(member(&id(number))));
    organization_graph("us-east-1").members((0..enabled).map(|number| member(&id(number)))).members(others)
}

fn failed(member: Member) -> Member {
    member.status("VERIFICATION_FAILED")
}

fn disabled(member: Member) -> Member {
    member.disabled("VOLUME_UNKNOWN")
}

/// The policy that leaves the management account out, and gives priority to an account.
fn policy(priority: &str) -> String {
    json!({"priority": [{"account": priority}], "exclude": [{"account": "111111111111"}]}).to_string()
}

fn enabled(environment: &Environment) -> usize {
    let graphs = environment.aws().snapshot().graphs;
    graphs[0].members.iter().filter(|member| member.status == "ENABLED").count()
}

/// How many members of each kind the report counts.
fn counted(report: &Value) -> [u64; 3] {
    let coverage = &region(report, "us-east-1")["coverage"];
    ["members", "enabledMembers", "notEnabledMembers"].map(|field| coverage[field].as_u64().expect("it is counted"))
}

#[tokio::test]
async fn accounts_are_added_beside_members_that_are_not_enabled_where_detective_takes_them() {
    for counts in READINGS {
        let scenario =
            organization().member_limit_counts(counts).generated(1300, &id(0)).graph(graph(1100, 100, failed));
        let environment = environment(scenario, &policy(&id(0))).await;
        let report = report(environment.reconcile().await);
        assert!(environment.calls("CreateMembers") > 0, "Detective was not asked");
        if counts == MemberLimitCounts::Enabled {
            assert_eq!(enabled(&environment), 1200);
            assert_eq!(counted(&report), [1300, 1200, 100]);
            continue;
        }
        assert_eq!(counted(&report), [1200, 1100, 100]);
        for id in [id(1200), id(1299)] {
            let line = line(&report, "us-east-1", &id);
            assert_eq!((&line["outcome"], &line["reason"]), (&json!("blocked"), &json!("graph-quota")), "{line}");
            assert!(line["message"].as_str().unwrap().contains("CreateMembers failed: ServiceQuotaExceeded"), "{line}");
        }
    }
}

#[tokio::test]
async fn what_certainly_fits_is_added_whatever_becomes_of_the_others_and_goes_by_priority() {
    for counts in READINGS {
        let scenario =
            organization().member_limit_counts(counts).generated(1240, &id(0)).graph(graph(1080, 100, failed));
        let environment = environment(scenario, &policy(&id(1239))).await;
        report(environment.reconcile().await);
        assert_eq!(enabled(&environment), if counts == MemberLimitCounts::Enabled { 1140 } else { 1100 });
        assert_eq!(environment.status("us-east-1", &id(1239)).as_deref(), Some("ENABLED"));
    }
}

#[tokio::test]
async fn a_graph_of_1200_enabled_members_is_full_without_a_call() {
    for counts in READINGS {
        let scenario = organization().member_limit_counts(counts).generated(1250, &id(0)).graph(graph(1200, 0, failed));
        let environment = environment(scenario, &policy(&id(0))).await;
        let report = report(environment.reconcile().await);
        assert_eq!(report["totals"]["blocked"], 50, "{report:#}");
        assert_eq!(environment.calls("CreateMembers"), 0);
    }
}

#[tokio::test]
async fn members_for_which_there_is_no_capacity_any_more_are_held() {
    for counts in READINGS {
        for reconciling in [false, true] {
            let scenario = organization().member_limit_counts(counts).generated(1202, &id(0));
            let environment = environment(scenario.graph(graph(1199, 3, disabled)), &policy(&id(0))).await;
            let record = if reconciling { environment.reconcile().await } else { environment.monitor().await };
            let report = report(record);
            assert_eq!(
                (&report["totals"]["blocked"], &report["totals"]["failed"]),
                (&json!(2), &json!(0)),
                "{report:#}"
            );
            assert_eq!(enabled(&environment), 1200);
            let is_held = |id: &String| environment.status("us-east-1", id).as_deref() != Some("ENABLED");
            for id in (1199..1202).map(id).filter(is_held) {
                assert_eq!(line(&report, "us-east-1", &id)["reason"], "graph-quota");
            }
        }
    }
}

#[tokio::test]
async fn the_last_capacity_is_kept_for_a_waiting_member_of_higher_priority() {
    for counts in READINGS {
        let scenario = organization().member_limit_counts(counts).generated(1202, &id(0));
        let environment = environment(scenario.graph(graph(1199, 1, disabled)), &policy(&id(1199))).await;
        let report = report(environment.reconcile().await);
        assert_eq!(environment.status("us-east-1", &id(1199)).as_deref(), Some("ENABLED"), "{report:#}");
        for new in [id(1200), id(1201)] {
            assert_eq!(line(&report, "us-east-1", &new)["reason"], "graph-quota", "{report:#}");
        }
    }
}

#[tokio::test]
async fn an_account_with_priority_for_a_full_graph_is_held_with_who_takes_up_the_capacity() {
    for counts in READINGS {
        let members = (0..1200).map(|number| member(&(300_000_000_000_u64 + number).to_string()));
        let scenario = organization()
            .member_limit_counts(counts)
            .account(account("900000000000"))
            .account(account("900000000001"))
            .generated(1200, "300000000000")
            .graph(organization_graph("us-east-1").members(members));
        let policy =
            json!({"priority": [{"account": "900000000000"}], "exclude": [{"account": "111111111111"}]}).to_string();
        let environment = environment(scenario, &policy).await;
        let report = report(environment.reconcile().await);
        for (id, part) in [
            ("900000000000", "; 1200 of them have a lower priority or are out of scope, and no member is evicted"),
            ("900000000001", "none of them comes after it: narrow the policy, or remove members"),
        ] {
            let line = line(&report, "us-east-1", id);
            assert_eq!(line["reason"], "graph-quota", "{line}");
            assert!(line["message"].as_str().unwrap().contains(part), "{line}");
        }
        assert_eq!(environment.calls("DeleteMembers"), 0);
    }
}
