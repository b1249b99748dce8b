//! Lists that AWS returns in pages: they are read to their end, or they are an error.

use detective_emulator::{Effect, Fault};
use end_to_end::environment::Environment;
use end_to_end::report::{line, report, report_in};
use end_to_end::scenario::{
    ADMINISTRATOR, MANAGEMENT, ScenarioBuilder, account, member, organization, organization_graph,
};
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

/// Pages without entries, whose tokens come again.
fn circles(operation: &str, entries: &str) -> [Vec<Fault>; 3] {
    let page = |token: &str| json!({entries: [], "NextToken": token});
    [
        answers(operation, ["a", "a"].map(page)),
        answers(operation, ["a", "b", "a"].map(page)),
        answers(operation, ["a", "b", "c", "b"].map(page)),
    ]
}

#[tokio::test]
async fn no_list_of_any_function_goes_in_circles() {
    for (operation, place, function, entries) in [
        ("ListTagsForResource", ADMINISTRATOR, "OrganizationReconciler", "Tags"),
        ("ListOrganizationalUnitsForParent", ADMINISTRATOR, "OrganizationReconciler", "OrganizationalUnits"),
        ("ListAccountsForParent", ADMINISTRATOR, "OrganizationReconciler", "Accounts"),
        ("ListInvitations", "333333333333", "InvitationAcceptor", "Invitations"),
        ("ListOrganizationAdminAccounts", MANAGEMENT, "AdministratorKeeper", "Administrators"),
        ("ListDelegatedAdministrators", MANAGEMENT, "AdministratorKeeper", "DelegatedAdministrators"),
    ] {
        let account_in_unit = account("333333333333").ou("Workloads");
        let scenario = organization().account(account_in_unit).graph(organization_graph("us-east-1"));
        let environment = Environment::bare(scenario).await;
        let unit = environment.ou_id("Workloads").await;
        // Tags are read of accounts on which no other rule decides.
        let rule = match operation {
            "ListTagsForResource" => json!({"tag": {"key": "detective", "value": "off"}}),
            _ => json!({"ou": unit}),
        };
        let policy = json!({"exclude": [rule]}).to_string();
        let template = end_to_end::template::without_retries();
        environment
            .deploy_administrator(&template, &[("DetectiveRegions", "us-east-1"), ("CoveragePolicy", policy.as_str())]);
        environment.deploy_acceptor("333333333333", ADMINISTRATOR);
        let management = [
            ("AdministratorAccountId", ADMINISTRATOR),
            ("AdministratorCheck", "report"),
            ("DetectiveRegions", "us-east-1"),
        ];
        environment.deploy(&template, "ManagementAccount", MANAGEMENT, &management);
        for circle in circles(operation, entries) {
            // Other accounts' tags are read meanwhile.
            let about = (operation == "ListTagsForResource").then(|| "333333333333".to_owned());
            let of_one = |fault| Fault { about: about.clone(), ..fault };
            environment.aws().set_faults(circle.into_iter().map(of_one).collect());
            let error = environment.cloud.invoke(place, function, json!({})).await.outcome;
            let report = report_in(&error.expect_err("the list has no end")).to_string();
            assert!(report.contains(operation) && report.contains("InvalidResponse"), "{operation}: {report}");
            assert!(report.contains("in a circle"), "{operation}: {report}");
        }
        assert_eq!(environment.calls("CreateMembers") + environment.calls("DeleteMembers"), 0, "{operation}");
    }
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
        let record = environment.cloud.invoke(ADMINISTRATOR, function, json!({})).await;
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

#[tokio::test]
async fn a_member_without_a_status_is_held_as_unknown_and_entries_that_name_nobody_are_left_out() {
    let nameless = [json!({"Status": "ENABLED"}), json!({"AccountId": "3333", "Status": "ENABLED"})];
    for entry in [json!({"AccountId": "333333333333"}), json!({"AccountId": "333333333333", "Status": ""})] {
        let environment = environment().await;
        let page = json!({"MemberDetails": [nameless[0], entry, nameless[1]]});
        environment.aws().set_faults(vec![Fault::on("ListMembers", Effect::Answer(page))]);
        for record in [environment.monitor().await, environment.reconcile().await] {
            let report = report(record);
            let held = line(&report, "us-east-1", "333333333333");
            assert_eq!(
                (&held["outcome"], &held["reason"]),
                (&json!("blocked"), &json!("unknown-status")),
                "{report:#}"
            );
        }
        // Nobody else is taken for a member: the management account becomes one.
        assert_eq!(environment.status("us-east-1", MANAGEMENT).as_deref(), Some("ENABLED"));
        assert_eq!(environment.calls("StartMonitoringMember") + environment.calls("DeleteMembers"), 0);
    }
}

#[tokio::test]
async fn of_a_member_that_is_listed_any_number_of_times_with_any_statuses_the_worst_counts() {
    // From the worst on: what keeps an account from being covered for longer is worse.
    let entry = |status: &str| json!({"AccountId": "333333333333", "Status": status, "InvitationType": "ORGANIZATION"});
    for (statuses, worst) in [
        (["ENABLED", "ENABLED", "VERIFICATION_FAILED"], "verification-failed"),
        (["VERIFICATION_FAILED", "ENABLED", "ACCEPTED_BUT_DISABLED"], "verification-failed"),
        (["ENABLED", "VERIFICATION_IN_PROGRESS", "ENABLED"], "in-verification"),
    ] {
        let environment = environment().await;
        let page = json!({"MemberDetails": statuses.map(entry)});
        environment.aws().set_faults(vec![Fault::on("ListMembers", Effect::Answer(page))]);
        let report = report(environment.monitor().await);
        assert_eq!(line(&report, "us-east-1", "333333333333")["reason"], worst, "{statuses:?}: {report:#}");
    }
}
