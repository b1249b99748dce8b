//! Lists that AWS returns in pages: they are read to their end, or they are an error.

use detective_emulator::{Effect, Fault};
use end_to_end::environment::Environment;
use end_to_end::report::{report, report_in};
use end_to_end::scenario::{ScenarioBuilder, account, member, organization, organization_graph};
use serde_json::{Value, json};

fn scenario() -> ScenarioBuilder {
    let graph = organization_graph("us-east-1").members([member("333333333333").disabled("VOLUME_UNKNOWN")]);
    organization().account(account("333333333333")).graph(graph)
}

async fn environment() -> Environment {
    let template = end_to_end::template::without_retries();
    Environment::start_with(scenario(), &template, &[("DetectiveRegions", "us-east-1")]).await
}

/// Answers to an operation's next calls.
fn answers<const N: usize>(operation: &str, pages: [Value; N]) -> Vec<Fault> {
    pages.map(|page| Fault { times: Some(1), ..Fault::on(operation, Effect::Answer(page)) }).into()
}

#[tokio::test]
async fn pages_that_name_each_other_in_a_circle_are_an_error() {
    for (operation, function, entries) in [
        ("ListMembers", "MemberMonitor", "MemberDetails"),
        ("ListGraphs", "MemberMonitor", "GraphList"),
        ("ListAccounts", "OrganizationReconciler", "Accounts"),
    ] {
        let environment = environment().await;
        let page = |token: &str| json!({entries: [], "NextToken": token});
        environment.aws().set_faults(answers(operation, [page("a"), page("b"), page("c"), page("a")]));
        let administrator = end_to_end::scenario::ADMINISTRATOR;
        let record = environment.cloud.invoke(administrator, function, json!({})).await;
        let report = report_in(&record.outcome.expect_err("the list has no end"));
        let error = &report["regions"][0]["error"];
        assert_eq!((&error["operation"], &error["code"]), (&json!(operation), &json!("InvalidResponse")), "{report:#}");
        assert_eq!(environment.calls("CreateMembers") + environment.calls("StartMonitoringMember"), 0);
    }
}

#[tokio::test]
async fn of_a_member_that_is_listed_twice_the_entry_that_is_worse_for_coverage_counts() {
    let entry = |status: &str| json!({"AccountId": "333333333333", "Status": status, "InvitationType": "ORGANIZATION"});
    for statuses in [["ENABLED", "ACCEPTED_BUT_DISABLED"], ["ACCEPTED_BUT_DISABLED", "ENABLED"]] {
        let environment = environment().await;
        let [first, second] = statuses.map(entry);
        let pages = [json!({"MemberDetails": [first], "NextToken": "a"}), json!({"MemberDetails": [second]})];
        environment.aws().set_faults(answers("ListMembers", pages));
        report(environment.monitor().await);
        assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"), "{statuses:?}");
    }
}
