//! Which Regions are covered, and how Detective is set up in them.

use detective_emulator::{Effect, Fault};
use serde_json::json;

use end_to_end::environment::Environment;
use end_to_end::events::account_created;
use end_to_end::faults::{aws_error, denied};
use end_to_end::report::{line, region, report, report_in};
use end_to_end::scenario::{
    ADMINISTRATOR, Graph, MANAGEMENT, ScenarioBuilder, account, invitation_graph, organization, organization_graph,
};
use end_to_end::template::template;

/// Graphs in two Regions; one Region is not enabled for the administrator account.
fn scenario() -> ScenarioBuilder {
    with_graph(organization_graph("us-east-1"))
}

pub(crate) fn with_graph(graph: Graph) -> ScenarioBuilder {
    organization()
        .administrator(|account| account.disabled_regions(["af-south-1", "eu-south-1"]))
        .account(account("333333333333"))
        .graph(graph)
        .graph(invitation_graph("eu-west-1"))
}

pub(crate) async fn environment(parameters: &[(&str, &str)]) -> Environment {
    Environment::start_with(scenario(), &template(), parameters).await
}

#[tokio::test]
async fn all_stands_for_every_region_with_detective_that_the_account_has_enabled() {
    let environment = environment(&[("DetectiveRegions", "all")]).await;
    let reconciled = report(environment.reconcile().await);
    let names: Vec<&str> =
        reconciled["regions"].as_array().unwrap().iter().map(|region| region["region"].as_str().unwrap()).collect();
    assert!(names.contains(&"us-east-1") && names.contains(&"sa-east-1"), "{names:?}");
    // Without Detective, and not enabled.
    assert!(!names.contains(&"ap-northeast-3") && !names.contains(&"eu-south-1"), "{names:?}");
    // A Region without a graph is reported, and is not a failure.
    assert_eq!(region(&reconciled, "sa-east-1")["graph"], "missing");
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
    report(environment.monitor().await);
    let event = account_created("333333333333");
    report(environment.onboard(event).await);
    assert_eq!(environment.calls("CreateGraph"), 0);
}

#[tokio::test]
async fn missing_graphs_are_created_with_tags_where_that_is_configured() {
    let parameters = [
        ("DetectiveRegions", "us-east-1,sa-east-1"),
        ("CreateMissingGraphs", "true"),
        ("InvitationGraphRegions", "sa-east-1"),
        ("GraphTags", "team=security,stage=prod"),
    ];
    let environment = environment(&parameters).await;
    let report = report(environment.reconcile().await);
    assert_eq!(region(&report, "sa-east-1")["graph"], "created", "{report:#}");
    let journal = environment.aws().journal();
    let created = journal.iter().find(|call| call.operation == "CreateGraph").unwrap();
    assert_eq!(created.request["Tags"], json!({"team": "security", "stage": "prod"}));
    assert!(environment.status("sa-east-1", "333333333333").is_some());
    end_to_end::report::report(environment.reconcile().await);
    assert_eq!(environment.calls("CreateGraph"), 1);
}

/// Two Regions: in one of them, the graph is missing and is to be created.
const CREATION: [(&str, &str); 3] = [
    ("DetectiveRegions", "us-east-1,sa-east-1"),
    ("CreateMissingGraphs", "true"),
    ("InvitationGraphRegions", "sa-east-1"),
];

#[tokio::test]
async fn no_graph_is_created_for_an_organization_that_cannot_be_read_or_is_incomplete() {
    let stranger = json!({"Id": "999999999999", "Email": "other@example.com", "State": "ACTIVE"});
    for (effect, problem) in [
        (Effect::Error(aws_error("AccessDeniedException")), "AccessDeniedException"),
        (Effect::Answer(json!({"Accounts": [stranger]})), "IncompleteOrganization"),
    ] {
        let environment = environment(&CREATION).await;
        environment.aws().set_faults(vec![Fault::on("ListAccounts", effect)]);
        let error = environment.reconcile().await.outcome.expect_err("the organization is not known");
        assert!(error.error_message.contains(problem), "{}", error.error_message);
        assert_eq!(environment.changes(), 0);
    }
}

#[tokio::test]
async fn a_graph_that_was_created_is_reported_whatever_fails_later() {
    for operation in ["ListMembers", "CreateMembers"] {
        let environment = environment(&CREATION).await;
        let fault = Fault { region: Some("sa-east-1".into()), ..denied(operation) };
        environment.aws().set_faults(vec![fault]);
        let error = environment.reconcile().await.outcome.expect_err("a call fails");
        let report = report_in(&error);
        let region = region(&report, "sa-east-1");
        assert_eq!(region["graph"], "created", "{operation}: {region:#}");
        assert!(region["graphArn"].is_string(), "{operation}: {region:#}");
    }
}

#[tokio::test]
async fn a_dry_run_lists_the_accounts_that_would_become_members_of_a_graph_that_would_be_created() {
    let environment = environment(&[&CREATION[..], &[("DryRun", "true")]].concat()).await;
    let report = report(environment.reconcile().await);
    let region = region(&report, "sa-east-1");
    assert_eq!(region["graph"], "would-be-created", "{region:#}");
    for id in [MANAGEMENT, "333333333333"] {
        assert_eq!(line(&report, "sa-east-1", id)["action"], "created");
    }
    let coverage = &region["coverage"];
    assert_eq!((&coverage["inScope"], &coverage["enabled"], &coverage["members"]), (&json!(2), &json!(0), &json!(2)));
    assert_eq!(environment.changes(), 0);
}

#[tokio::test]
async fn the_administrator_is_designated_where_there_is_none_and_never_taken_away() {
    for (check, dry_run, designated, words) in [
        ("report", "false", 0, "or set CORRECT_DRIFT"),
        ("correct", "true", 0, "222222222222 would be designated"),
        ("correct", "false", 1, "222222222222 is now"),
    ] {
        let environment = Environment::bare(scenario()).await;
        let parameters = [
            ("AdministratorAccountId", ADMINISTRATOR),
            ("AdministratorCheck", check),
            ("DryRun", dry_run),
            ("DetectiveRegions", "us-east-1,sa-east-1"),
        ];
        environment.deploy(&template(), "ManagementAccount", MANAGEMENT, &parameters);
        let run = environment.cloud.tick(MANAGEMENT, "AdministratorKeeper").await.swap_remove(0);
        let report = report(run);
        assert!(region(&report, "us-east-1")["drift"].is_null(), "{report:#}");
        let drift = &region(&report, "sa-east-1")["drift"][0];
        assert_eq!(drift["kind"], "administrator", "{report:#}");
        assert!(drift["message"].as_str().unwrap().ends_with(words), "{drift}");
        assert_eq!(environment.calls("EnableOrganizationAdminAccount"), designated);
        // Another account is the administrator: that is reported, and left as it is.
        let other = [
            ("AdministratorAccountId", "333333333333"),
            ("AdministratorCheck", check),
            ("DetectiveRegions", "us-east-1"),
        ];
        environment.deploy(&template(), "ManagementAccount", MANAGEMENT, &other);
        let run = environment.cloud.tick(MANAGEMENT, "AdministratorKeeper").await.swap_remove(0);
        let drift = &end_to_end::report::report(run)["regions"][0]["drift"][0];
        assert_eq!(drift["correction"], "none", "{drift}");
        assert_eq!(environment.calls("EnableOrganizationAdminAccount"), designated);
        assert_eq!(environment.calls("DisableOrganizationAdminAccount"), 0);
    }
}

#[tokio::test]
async fn the_policy_may_be_in_a_parameter_and_a_bad_one_changes_nothing() {
    let parameters = [
        ("DetectiveRegions", "us-east-1,sa-east-1"),
        ("CreateMissingGraphs", "true"),
        ("InvitationGraphRegions", "sa-east-1"),
        ("CoveragePolicyParameter", "/security/detective-policy"),
    ];
    let environment = environment(&parameters).await;
    let cloud = environment.aws();
    for (text, problem) in [(None, "ParameterNotFound"), (Some("{\"include\": 1}"), "InvalidPolicy")] {
        if let Some(text) = text {
            cloud.put_parameter(ADMINISTRATOR, "us-east-1", "/security/detective-policy", text);
        }
        let error = environment.reconcile().await.outcome.expect_err("there is no policy");
        assert!(error.error_message.contains(problem), "{}", error.error_message);
        assert_eq!(environment.changes(), 0);
    }
    cloud.put_parameter(
        ADMINISTRATOR,
        "us-east-1",
        "/security/detective-policy",
        r#"{"include": [{"account": "333333333333"}]}"#,
    );
    report(environment.reconcile().await);
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
    assert_eq!(environment.status("us-east-1", MANAGEMENT), None);
}
