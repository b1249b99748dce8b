//! The move from invitations to Organizations: an administrator that has a graph of invited members is designated, with every
//! function deployed.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use detective_emulator::{MemberView, Snapshot};
use serde_json::Value;

use end_to_end::environment::{Environment, MEMBER_ROLE};
use end_to_end::report::{region, report};
use end_to_end::scenario::{
    ADMINISTRATOR, MANAGEMENT, ScenarioBuilder, account, invitation_graph, member, organization,
};
use end_to_end::template::template;

const REGION: &str = "us-east-1";
/// Members that are not ENABLED when the administrator is designated, and how far they are.
const OTHERS: [(&str, &str); 8] = [
    ("400000000001", "INVITED"),
    ("400000000002", "INVITED"),
    ("400000000003", "VERIFICATION_IN_PROGRESS"),
    ("400000000004", "VERIFICATION_FAILED"),
    ("400000000005", "VERIFICATION_FAILED"),
    ("400000000006", "ACCEPTED_BUT_DISABLED"),
    (UNKNOWN, "ACCEPTED_BUT_DISABLED"),
    ("400000000008", "ENABLED"),
];
/// The member whose volume is not known.
const UNKNOWN: &str = "400000000007";
/// A member from outside the organization.
const PARTNER: &str = "700000000001";
const ENABLED: u64 = 291;

/// A graph of 300 members by invitation, of which 299 are accounts of the organization.
fn scenario() -> ScenarioBuilder {
    let enabled = (0..ENABLED - 1).map(|number| member(&(300_000_000_000 + number).to_string()));
    let others = OTHERS.map(|(id, status)| member(id).status(status).age("30m"));
    let members = enabled.chain(others).chain([member(MANAGEMENT), member(PARTNER)]);
    let accounts = organization().generated(ENABLED - 1, "300000000000").standalone(account(PARTNER));
    let accounts = OTHERS.iter().fold(accounts, |accounts, (id, _)| {
        let volume = if *id == UNKNOWN { "unknown" } else { "1GB" };
        accounts.account(account(id).volume(volume))
    });
    accounts.graph(invitation_graph(REGION).members(members))
}

/// Every function, in every account that it is for.
async fn deployed() -> Environment {
    let environment = Environment::bare(scenario()).await;
    let management = [
        ("AdministratorAccountId", ADMINISTRATOR),
        ("AdministratorRegion", REGION),
        ("AdministratorCheck", "correct"),
        ("DetectiveRegions", REGION),
    ];
    environment.deploy(&template(), "ManagementAccount", MANAGEMENT, &management);
    let administrator = [
        ("DetectiveRegions", REGION),
        ("RemoveMembers", "true"),
        ("CorrectDrift", "true"),
        ("ReportBucket", "coverage-reports"),
    ];
    environment.deploy_administrator(&template(), &[&administrator[..], &MEMBER_ROLE].concat());
    environment.aws().put_bucket(ADMINISTRATOR, "coverage-reports");
    let acceptor = [("TrustedAdministratorIds", ADMINISTRATOR), ("DetectiveRegions", REGION)];
    environment.deploy(&template(), "MemberAccount", OTHERS[0].0, &acceptor);
    environment
}

const FUNCTIONS: [(&str, &str); 6] = [
    (ADMINISTRATOR, "OrganizationReconciler"),
    (ADMINISTRATOR, "MemberMonitor"),
    (ADMINISTRATOR, "CentralAcceptor"),
    (ADMINISTRATOR, "AccountOffboarder"),
    (OTHERS[0].0, "InvitationAcceptor"),
    (MANAGEMENT, "AdministratorKeeper"),
];

/// Runs every function once by its schedule. Gives the reconciler's report.
async fn run_all(environment: &Environment) -> Value {
    let mut reconciled = Value::Null;
    for (account, function) in FUNCTIONS {
        let report = report(environment.cloud.tick(account, function).await.swap_remove(0));
        assert_eq!(report["totals"]["failed"], 0, "{function}: {report:#}");
        if function == "OrganizationReconciler" {
            reconciled = report;
        }
    }
    environment.cloud.settle_now().await;
    reconciled
}

fn members(snapshot: &Snapshot) -> BTreeMap<String, MemberView> {
    let graph = snapshot.graphs.iter().find(|graph| graph.region == REGION).expect("there is a graph");
    graph.members.iter().map(|member| (member.account_id.clone(), member.clone())).collect()
}

fn percent(report: &Value) -> f64 {
    region(report, REGION)["coverage"]["percent"].as_f64().unwrap()
}

#[tokio::test]
async fn three_hundred_invited_members_become_the_organizations_and_coverage_never_falls() {
    let environment = deployed().await;
    // While it still invites: everybody is invited already, and the summary of this run is what the next alerts compare with.
    let mut coverage = vec![percent(&report(environment.reconcile().await))];
    let before = environment.aws().snapshot();
    assert_eq!(members(&before).len(), 300);
    let calls = environment.aws().journal().len();

    let kept = report(environment.cloud.tick(MANAGEMENT, "AdministratorKeeper").await.swap_remove(0));
    let drift = &region(&kept, REGION)["drift"][0];
    assert_eq!(drift["correction"], "done", "{kept:#}");
    for _ in 0..4 {
        coverage.push(percent(&run_all(&environment).await));
        environment.aws().advance(TimeDelta::hours(1));
    }

    assert!(coverage.is_sorted(), "{coverage:?}");
    let after = members(&environment.aws().snapshot());
    assert_eq!(after.keys().collect::<Vec<_>>(), members(&before).keys().collect::<Vec<_>>(), "no account is lost");
    for (id, member) in &after {
        let kind = if id == PARTNER { "INVITATION" } else { "ORGANIZATION" };
        let status = if id == UNKNOWN { "ACCEPTED_BUT_DISABLED" } else { "ENABLED" };
        assert_eq!((member.invitation_type.as_str(), member.status.as_str()), (kind, status), "{id}");
    }
    let journal = environment.aws().journal();
    let changes = journal[calls..].iter().filter(|call| {
        let reads = ["Describe", "Get", "List", "Receive"].iter().any(|prefix| call.operation.starts_with(prefix));
        // Each run writes its report, and starts the member whose volume is not known yet.
        let is_usual = call.operation == "PutObject" || call.request["AccountId"] == UNKNOWN;
        !reads && !is_usual
    });
    let changes: Vec<&str> = changes.map(|call| call.operation.as_str()).collect();
    assert_eq!(changes, ["EnableOrganizationAdminAccount"], "nobody is invited, removed, started or alerted about");
}
