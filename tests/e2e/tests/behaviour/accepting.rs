//! invitation-acceptor: invitations of trusted administrators are accepted, and no others.

use detective_emulator::GraphView;
use end_to_end::edit::edit;
use end_to_end::environment::{EXTERNAL_ID, Environment, MEMBER_ROLE};
use end_to_end::events::account_created;
use end_to_end::report::{correlations, line, report};
use end_to_end::scenario::{
    ADMINISTRATOR, Graph, ScenarioBuilder, account, invitation_graph, member, organization, organization_graph,
    two_regions,
};
use end_to_end::template::template;

pub(crate) const MEMBER: &str = "444444444444";
const STRANGER: &str = "999999999999";

/// Parameters of an acceptor that rejects invitations of strangers.
pub(crate) const REJECTING: [(&str, &str); 3] = [
    ("TrustedAdministratorIds", ADMINISTRATOR),
    ("DetectiveRegions", "eu-west-1"),
    ("RejectUntrustedInvitations", "true"),
];

/// Graphs of the administrator, and a stranger's graph that invites [`MEMBER`].
fn with_stranger(own: Graph) -> ScenarioBuilder {
    let strangers = invitation_graph("eu-west-1").administrator(STRANGER);
    let strangers = strangers.members([member(MEMBER).status("INVITED")]);
    organization().standalone(account(MEMBER)).standalone(account(STRANGER)).graph(own).graph(strangers)
}

/// The administrator and a stranger invite [`MEMBER`], and the administrator invites these accounts as well.
pub(crate) fn invited_with(others: &[&str]) -> ScenarioBuilder {
    let invited = [&[MEMBER], others].concat();
    let own = invitation_graph("eu-west-1").members(invited.into_iter().map(|id| member(id).status("INVITED")));
    with_stranger(own).organization(|organization| organization.delegated_administrators.clear())
}

pub(crate) fn invited() -> ScenarioBuilder {
    invited_with(&[])
}

fn strangers_graph(environment: &Environment) -> GraphView {
    environment.aws().snapshot().graphs.into_iter().find(|graph| graph.administrator == STRANGER).unwrap()
}

fn strangers_status(environment: &Environment) -> String {
    strangers_graph(environment).members[0].status.clone()
}

#[tokio::test]
async fn an_invitation_of_the_trusted_administrator_is_accepted_and_a_strangers_is_held_with_a_warning() {
    let environment = Environment::bare(invited()).await;
    environment.deploy_acceptor(MEMBER, ADMINISTRATOR);
    let record = environment.accept(MEMBER).await;
    let warnings: Vec<_> = record.log.iter().filter(|line| line["level"] == "WARN").collect();
    assert!(warnings.iter().any(|line| line["administrator.id"] == STRANGER), "{:?}", record.log);
    let report = report(record);
    assert_eq!(report["totals"]["done"], 1, "{report:#}");
    assert_eq!(report["totals"]["excluded"], 1, "{report:#}");
    let mut lines = report["regions"][0]["accounts"].as_array().unwrap().iter();
    let graph = strangers_graph(&environment).arn;
    assert!(lines.any(|line| line["graphArn"] == *graph && line["administratorId"] == STRANGER), "{report:#}");
    environment.cloud.settle().await;
    assert_eq!(environment.status("eu-west-1", MEMBER).as_deref(), Some("ENABLED"));
    assert_eq!(strangers_status(&environment), "INVITED");
}

#[tokio::test]
async fn a_dry_run_accepts_nothing_and_reports_what_it_would_accept() {
    let environment = Environment::bare(invited()).await;
    let parameters =
        [("TrustedAdministratorIds", ADMINISTRATOR), ("DetectiveRegions", "eu-west-1"), ("DryRun", "true")];
    environment.deploy(&template(), "MemberAccount", MEMBER, &parameters);
    let report = report(environment.accept(MEMBER).await);
    assert_eq!(report["totals"]["planned"], 1, "{report:#}");
    assert_eq!(environment.calls("AcceptInvitation"), 0);
}

#[tokio::test]
async fn a_second_run_accepts_nothing_more() {
    let environment = Environment::bare(invited()).await;
    environment.deploy_acceptor(MEMBER, ADMINISTRATOR);
    report(environment.accept(MEMBER).await);
    report(environment.accept(MEMBER).await);
    assert_eq!(environment.calls("AcceptInvitation"), 1);
}

#[tokio::test]
async fn an_empty_allow_list_accepts_nothing_and_the_error_names_the_missing_variable() {
    let environment = Environment::bare(invited()).await;
    environment.deploy_acceptor(MEMBER, "");
    let error = environment.accept(MEMBER).await.outcome.expect_err("an empty allow-list is an error");
    assert_eq!(error.error_type, "ConfigurationError");
    assert!(error.error_message.contains("TRUSTED_ADMINISTRATOR_IDS is missing or empty"), "{}", error.error_message);
    assert_eq!(environment.calls("AcceptInvitation"), 0);
}

#[tokio::test]
async fn a_strangers_invitation_is_rejected_only_where_that_is_configured() {
    let environment = Environment::bare(invited()).await;
    environment.deploy(&template(), "MemberAccount", MEMBER, &REJECTING);
    let report = report(environment.accept(MEMBER).await);
    let lines = report["regions"][0]["accounts"].as_array().unwrap();
    let actions: Vec<_> = lines.iter().map(|line| (&line["administratorId"], &line["action"])).collect();
    assert!(actions.contains(&(&STRANGER.into(), &"rejected".into())), "{report:#}");
    assert!(actions.contains(&(&ADMINISTRATOR.into(), &"accepted".into())), "{report:#}");
    let snapshot = environment.aws().snapshot();
    assert!(snapshot.graphs.iter().find(|graph| graph.administrator == STRANGER).unwrap().members.is_empty());
}

#[tokio::test]
async fn an_organization_account_has_nothing_to_accept() {
    let own = organization_graph("eu-west-1").members([member("333333333333")]);
    let environment = Environment::bare(with_stranger(own).account(account("333333333333"))).await;
    environment.deploy_acceptor("333333333333", ADMINISTRATOR);
    report(environment.accept("333333333333").await);
    assert_eq!(environment.calls("AcceptInvitation"), 0);
}

/// The administrator account's stack with central acceptance, and the role in a member account.
pub(crate) async fn central(scenario: ScenarioBuilder, external_id_there: &str) -> Environment {
    let environment = Environment::bare(scenario).await;
    let parameters = [&[("DetectiveRegions", "eu-west-1")][..], &MEMBER_ROLE].concat();
    environment.deploy_administrator(&template(), &parameters);
    let member = [
        ("AdministratorAccountId", ADMINISTRATOR),
        ("MemberRoleName", "detective-member"),
        ("MemberRoleExternalId", external_id_there),
    ];
    environment.deploy(&template(), "MemberAccount", MEMBER, &member);
    environment
}

#[tokio::test]
async fn the_administrator_account_accepts_its_own_invitations_in_member_accounts_and_no_others() {
    let environment = central(invited(), EXTERNAL_ID).await;
    let run = async || report(environment.cloud.tick(ADMINISTRATOR, "CentralAcceptor").await.pop().expect("it ran"));
    let first = run().await;
    assert_eq!(line(&first, "eu-west-1", MEMBER)["action"], "accepted");
    assert_eq!(first["totals"]["done"], 1, "{first:#}");
    environment.cloud.settle().await;
    assert_eq!(environment.status("eu-west-1", MEMBER).as_deref(), Some("ENABLED"));
    assert_eq!(strangers_status(&environment), "INVITED");
    let journal = environment.aws().journal();
    let accepted = journal.iter().find(|call| call.operation == "AcceptInvitation").unwrap();
    assert!(accepted.principal.contains(":assumed-role/detective-member/"), "{}", accepted.principal);
    let assumed = journal.iter().find(|call| call.operation == "AssumeRole").unwrap();
    let policy = assumed.request["Policy"].as_str().unwrap();
    let graph = accepted.request["GraphArn"].as_str().unwrap();
    assert!(policy.contains("detective:AcceptInvitation") && policy.contains(graph), "{policy}");
    assert_eq!(policy.matches("arn:").count(), 1, "one graph alone: {policy}");
    assert_eq!(assumed.request["DurationSeconds"].to_string().trim_matches('"'), "900", "{}", assumed.request);

    let second = run().await;
    assert_eq!(second["regions"][0]["accounts"], serde_json::json!([]));
    assert_eq!(environment.calls("AcceptInvitation"), 1);
}

#[tokio::test]
async fn a_strangers_invitation_that_central_acceptance_sees_is_held_with_a_warning_and_not_rejected() {
    let environment = central(invited(), EXTERNAL_ID).await;
    let record = environment.cloud.tick(ADMINISTRATOR, "CentralAcceptor").await.pop().expect("it ran");
    let warning = record.log.iter().find(|line| line["level"] == "WARN").expect("a warning");
    assert_eq!((&warning["account.id"], &warning["administrator.id"]), (&MEMBER.into(), &STRANGER.into()));
    let report = report(record);
    let lines = report["regions"][0]["accounts"].as_array().unwrap();
    let held = lines.iter().find(|line| line["outcome"] == "excluded").expect("the stranger's invitation");
    assert_eq!(
        (&held["accountId"], &held["administratorId"], &held["reason"]),
        (&MEMBER.into(), &STRANGER.into(), &"untrusted-administrator".into())
    );
    assert_eq!(held["graphArn"], *strangers_graph(&environment).arn);
    assert_eq!(strangers_status(&environment), "INVITED");
    assert_eq!(environment.calls("RejectInvitation"), 0);
}

#[tokio::test]
async fn an_account_without_the_role_or_with_another_external_id_is_held() {
    let environment = central(invited_with(&["555555555555"]), "another-one-of-them").await;
    let report = report(environment.cloud.tick(ADMINISTRATOR, "CentralAcceptor").await.pop().expect("it ran"));
    for id in [MEMBER, "555555555555"] {
        let line = line(&report, "eu-west-1", id);
        assert_eq!(line["reason"], "member-role-unavailable", "{line}");
    }
    assert_eq!(environment.calls("AcceptInvitation"), 0);
}

#[tokio::test]
async fn central_acceptance_without_an_external_id_is_an_error() {
    // The template's rule requires it; a function that is configured without the template reports it itself.
    let template = edit(&template(), "          MEMBER_ROLE_EXTERNAL_ID: !Ref MemberRoleExternalId\n", "");
    let environment = Environment::bare(invited()).await;
    let parameters = [&[("DetectiveRegions", "eu-west-1")][..], &MEMBER_ROLE].concat();
    environment.deploy_administrator(&template, &parameters);
    let error = environment.cloud.invoke(ADMINISTRATOR, "CentralAcceptor", serde_json::json!({})).await.outcome;
    let error = error.expect_err("an external id is required");
    assert!(error.error_message.contains("MEMBER_ROLE_EXTERNAL_ID is missing"), "{}", error.error_message);
    assert_eq!(environment.calls("AssumeRole"), 0);
}

#[tokio::test]
async fn a_new_accounts_invitation_is_accepted_as_soon_as_it_exists() {
    let environment = Environment::bare(two_regions()).await;
    environment.deploy_administrator(&template(), &MEMBER_ROLE);
    let member = [&[("AdministratorAccountId", ADMINISTRATOR)][..], &MEMBER_ROLE].concat();
    environment.deploy(&template(), "MemberAccount", "333333333333", &member);
    environment.cloud.put_event(ADMINISTRATOR, "us-east-1", account_created("333333333333"));
    environment.cloud.settle().await;
    assert_eq!(environment.status("eu-west-1", "333333333333").as_deref(), Some("ENABLED"));
    let runs = environment.cloud.invocations();
    let functions: Vec<&str> = runs.iter().map(|run| run.function.as_str()).collect();
    assert_eq!(functions, ["AccountOnboarder", "CentralAcceptor"]);
    assert_eq!(correlations(&runs[0]), correlations(&runs[1]));
}
