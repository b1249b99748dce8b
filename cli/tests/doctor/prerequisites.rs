//! What must be in order before anything is deployed.

use serde_json::Value;

use crate::environment::{ADMINISTRATOR, Environment, MANAGEMENT, with};

/// Checks a broken scenario from an account, and expects exactly one problem.
async fn breaks(scenario: &str, account: &str, more: &[&str], expected: &str) -> serde_json::Value {
    let environment = Environment::start(scenario).await;
    environment.check(account, more).await.only("problem", expected).clone()
}

const TRAIL: &str = r#"{name: events, account: "111111111111"}"#;

#[tokio::test]
async fn a_trail_that_does_not_record_organizations_events_is_a_problem() {
    for (trail, part) in [
        ("", "There is no trail"),
        (r#"{name: events, account: "111111111111", logging: false}"#, "logging of trail events is off"),
        (r#"{name: events, account: "111111111111", managementEvents: readOnly}"#, "does not record"),
        (r#"{name: events, account: "111111111111", managementEvents: none}"#, "does not record"),
        (
            r#"{name: events, account: "111111111111", managementEvents: readOnly, advancedSelectors: true}"#,
            "does not record",
        ),
        (r#"{name: events, account: "111111111111", region: eu-west-1, multiRegion: false}"#, "There is no trail"),
        // The trail of another account does not record the management account.
        (r#"{name: events, account: "222222222222"}"#, "There is no trail"),
    ] {
        let scenario = if trail.is_empty() { with(&format!("- {TRAIL}"), "[]") } else { with(TRAIL, trail) };
        let finding = breaks(&scenario, MANAGEMENT, &[], "trail us-east-1").await;
        assert!(finding["what"].as_str().unwrap().contains(part), "{trail}: {finding:#}");
    }
}

#[tokio::test]
async fn a_trail_of_any_kind_that_records_writes_will_do() {
    for trail in [
        r#"{name: events, account: "111111111111", managementEvents: writeOnly}"#,
        r#"{name: events, account: "111111111111", managementEvents: writeOnly, advancedSelectors: true}"#,
        r#"{name: events, account: "111111111111", multiRegion: false}"#,
        r#"{name: events, account: "111111111111", region: eu-west-1}"#,
    ] {
        let environment = Environment::start(&with(TRAIL, trail)).await;
        assert_eq!(environment.check(MANAGEMENT, &[]).await.code, Some(0), "{trail}");
    }
}

#[tokio::test]
async fn the_organizations_trail_is_seen_from_the_administrator_account() {
    let trail = r#"{name: events, account: "111111111111", organization: true}"#;
    let environment = Environment::start(&with(TRAIL, trail)).await;
    let report = environment.check(ADMINISTRATOR, &[]).await;
    assert!(report.with_status("ok").contains(&"trail us-east-1".to_owned()), "{:#}", report.document);
}

#[tokio::test]
async fn an_organization_with_one_bill_only_is_a_problem() {
    let scenario = with("  accounts:", "  featureSet: CONSOLIDATED_BILLING\n  accounts:");
    breaks(&scenario, ADMINISTRATOR, &[], "organization-features -").await;
}

#[tokio::test]
async fn an_account_outside_an_organization_is_a_problem() {
    let environment = Environment::start(crate::environment::HEALTHY).await;
    let report = environment.check("999999999999", &[]).await;
    assert_eq!(report.with_status("problem"), ["organization-features -"], "{:#}", report.document);
}

#[tokio::test]
async fn detective_without_trusted_access_is_a_problem() {
    let delegated = r#"[{account: "222222222222", service: detective.amazonaws.com}]"#;
    breaks(&with(delegated, "[]"), MANAGEMENT, &[], "trusted-access -").await;
}

#[tokio::test]
async fn another_delegated_administrator_is_a_problem_and_is_named() {
    let delegated = r#"[{account: "222222222222", service: detective.amazonaws.com}]"#;
    let other = r#"[{account: "333333333333", service: detective.amazonaws.com}]"#;
    let finding = breaks(&with(delegated, other), MANAGEMENT, &[], "delegated-administrator -").await;
    assert!(finding["fix"].as_str().unwrap().contains("--administrator 333333333333"), "{finding:#}");
    let none = with(delegated, "[]").replace("trustedServices: [", "trustedServices: [detective.amazonaws.com, ");
    breaks(&none, MANAGEMENT, &[], "delegated-administrator -").await;
}

#[tokio::test]
async fn another_detective_administrator_in_a_region_is_a_problem() {
    let own = r#"{administrator: "222222222222", regions: [eu-south-1]"#;
    let scenario = with(own, r#"{administrator: "333333333333", regions: [eu-south-1]"#);
    let finding = breaks(&scenario, MANAGEMENT, &[], "detective-administrator eu-south-1").await;
    assert!(finding["what"].as_str().unwrap().contains("333333333333"), "{finding:#}");
}

#[tokio::test]
async fn a_region_without_an_administrator_or_graph_is_a_problem() {
    let scenario = with(r#"  - {administrator: "222222222222", regions: [eu-south-1], organization: true}"#, "");
    breaks(&scenario, MANAGEMENT, &[], "detective-administrator eu-south-1").await;
    breaks(&scenario, ADMINISTRATOR, &[], "graph eu-south-1").await;
}

#[tokio::test]
async fn an_invitation_graph_needs_no_organization_administrator() {
    let scenario = with("regions: [eu-south-1], organization: true", "regions: [eu-south-1]");
    for account in [MANAGEMENT, ADMINISTRATOR] {
        let environment = Environment::start(&scenario).await;
        let report = environment.check(account, &["--invitation-regions", "eu-south-1"]).await;
        assert_eq!(report.code, Some(0), "{:#}", report.document);
    }
}

#[tokio::test]
async fn auto_enable_against_a_policy_that_leaves_accounts_out_is_a_warning() {
    let scenario =
        with("regions: [us-east-1], organization: true", "regions: [us-east-1], organization: true, autoEnable: true");
    let environment = Environment::start(&scenario).await;
    assert_eq!(environment.check(ADMINISTRATOR, &[]).await.with_status("warning"), [""; 0]);
    let policy = r#"{"exclude": [{"account": "333333333333"}]}"#;
    environment.check(ADMINISTRATOR, &["--policy", policy]).await.only("warning", "auto-enable us-east-1");
}

#[tokio::test]
async fn a_region_that_is_not_enabled_is_a_problem_and_nothing_else_is_reported_of_it() {
    for (account, email) in [(ADMINISTRATOR, "security@example.com"), (MANAGEMENT, "management@example.com")] {
        let scenario = with(email, &format!("{email}, disabledRegions: [eu-south-1]"));
        let finding = breaks(&scenario, account, &[], "region-enabled eu-south-1").await;
        assert!(finding["fix"].as_str().unwrap().contains("enable-region --region-name eu-south-1"), "{finding:#}");
    }
    let environment = Environment::start(crate::environment::HEALTHY).await;
    let report = environment.check(ADMINISTRATOR, &["--regions", "us-east-9"]).await;
    report.only("problem", "region-enabled us-east-9");
}

const ROLE: [&str; 4] = ["--member-role", "DetectiveMember", "--external-id", "agreed-upon"];

#[tokio::test]
async fn a_member_account_whose_role_cannot_be_assumed_is_unknown_and_the_acceptors_report_is_named() {
    let healthy = Environment::start(crate::environment::HEALTHY).await;
    let report = healthy.check(ADMINISTRATOR, &ROLE).await;
    assert_eq!(report.code, Some(0), "{:#}", report.document);
    assert_eq!(report.with_status("ok").iter().filter(|id| id.starts_with("member-role")).count(), 2);
    let scenario = with("  - name: DetectiveMember", "  - name: DetectiveMember\n    accounts: [\"333333333333\"]");
    let report = Environment::start(&scenario).await.check(ADMINISTRATOR, &ROLE).await;
    assert_eq!(report.with_status("problem"), [""; 0], "{:#}", report.document);
    let unknown = |finding: &&Value| finding["status"] == "unknown" && finding["id"] == "member-role";
    let finding = report.findings().iter().find(unknown).expect("a role that cannot be assumed");
    assert_eq!(finding["account"], "444444444444");
    assert!(finding["fix"].as_str().unwrap().contains("member-role-unavailable"), "{finding:#}");
    let one = [&ROLE[..], &["--sample", "1"]].concat();
    assert_eq!(Environment::start(&scenario).await.check(ADMINISTRATOR, &one).await.code, Some(0));
}

#[tokio::test]
async fn a_wrong_external_id_is_unknown_and_is_not_shown() {
    let environment = Environment::start(crate::environment::HEALTHY).await;
    let role = ["--member-role", "DetectiveMember", "--external-id", "not-agreed", "--sample", "1"];
    let report = environment.check(ADMINISTRATOR, &role).await;
    assert!(report.with_status("unknown").contains(&"member-role -".to_owned()), "{:#}", report.document);
    assert!(!report.document.to_string().contains("not-agreed"));
}

#[tokio::test]
async fn stacksets_without_trusted_access_are_a_warning_where_they_bring_the_role() {
    let scenario = with("[member.org.stacksets.cloudformation.amazonaws.com]", "[]");
    let environment = Environment::start(&scenario).await;
    assert_eq!(environment.check(ADMINISTRATOR, &[]).await.with_status("warning"), [""; 0]);
    environment.check(ADMINISTRATOR, &ROLE).await.only("warning", "stacksets-access -");
}

#[tokio::test]
async fn more_accounts_than_the_member_limit_are_a_problem_unless_a_policy_makes_them_fit() {
    let many = "  generate: [{count: 1250, firstId: \"500000000000\", ou: Sandbox}]\n  accounts:";
    let environment = Environment::start(&with("  accounts:", many)).await;
    environment.check(MANAGEMENT, &[]).await.only("problem", "graph-quota -");
    let report = environment.check(ADMINISTRATOR, &[]).await;
    assert_eq!(report.with_status("problem"), ["graph-quota eu-south-1", "graph-quota us-east-1"]);
    let priority = r#"{"priority": [{"account": "333333333333"}]}"#;
    environment.check(MANAGEMENT, &["--policy", priority]).await.only("warning", "graph-quota -");
    let narrow = r#"{"include": [{"account": "333333333333"}]}"#;
    assert_eq!(environment.check(MANAGEMENT, &["--policy", narrow]).await.code, Some(0));
}

#[tokio::test]
async fn a_policy_that_cannot_be_used_is_a_problem() {
    let environment = Environment::start(crate::environment::HEALTHY).await;
    let long = format!(r#"{{"include": [{}]}}"#, vec![r#"{"account": "333333333333"}"#; 200].join(", "));
    for (policy, part) in [
        (r#"{"includes": []}"#, "unknown field"),
        (r#"{"include": [{"ou": "ou-ab12-nowhere1"}]}"#, "names an OU that does not exist"),
        (&long, "characters"),
    ] {
        let report = environment.check(ADMINISTRATOR, &["--policy", policy]).await;
        let finding = report.only("problem", "policy -");
        assert!(finding["what"].as_str().unwrap().contains(part), "{finding:#}");
    }
    let nobody = r#"{"include": [{"tag": {"key": "detective"}}]}"#;
    environment.check(ADMINISTRATOR, &["--policy", nobody]).await.only("warning", "policy -");
}

#[tokio::test]
async fn a_suspended_administrator_is_a_problem_with_what_to_do() {
    let scenario = with("email: security@example.com", "email: security@example.com, state: SUSPENDED");
    let finding = breaks(&scenario, MANAGEMENT, &[], "administrator-account -").await;
    assert_eq!(finding["account"], ADMINISTRATOR, "{finding:#}");
    assert!(finding["fix"].as_str().unwrap().contains("Reopen it within 90 days"), "{finding:#}");
}

#[tokio::test]
async fn the_optional_data_source_packages_that_cost_extra_are_named() {
    let environment = Environment::start(crate::environment::HEALTHY).await;
    let report = environment.check(ADMINISTRATOR, &[]).await;
    let packages = report.findings().iter().find(|finding| finding["id"] == "data-source-packages").unwrap();
    let what = packages["what"].as_str().unwrap();
    assert!(what.contains("EKS_AUDIT") && what.contains("ASFF_SECURITYHUB_FINDING"), "{what}");
}

#[tokio::test]
async fn members_whose_accounts_are_closed_or_suspended_are_named() {
    let closed = [("555555555555", "SUSPENDED"), ("666666666666", "PENDING_CLOSURE"), ("777777777777", "CLOSED")];
    let accounts =
        closed.map(|(id, state)| format!("    - {{id: \"{id}\", email: \"a{id}@example.com\", state: {state}}}\n"));
    let scenario = with("trails:", &format!("{}trails:", accounts.concat()));
    let members = closed.map(|(id, _)| format!("{{account: \"{id}\"}}")).join(", ");
    let graph = "regions: [us-east-1], organization: true";
    let scenario =
        scenario.replacen(graph, &format!("{graph}, members: [{{account: \"333333333333\"}}, {members}]"), 1);
    let environment = Environment::start(&scenario).await;
    let report = environment.check(ADMINISTRATOR, &[]).await;
    let finding = report.only("warning", "closed-members us-east-1");
    let what = finding["what"].as_str().unwrap();
    assert!(closed.iter().all(|(id, _)| what.contains(id)) && !what.contains("333333333333"), "{what}");
    assert!(report.with_status("ok").contains(&"closed-members eu-south-1".to_owned()), "{:#}", report.document);
}
