//! What the functions do under every reading of what AWS's documents leave open.

use aws_sdk_organizations::types::{HandshakeParty, HandshakePartyType};
use chrono::TimeDelta;
use detective_emulator::{Effect, ErrorEffect, Fault, Snapshot, TooMuchData};
use serde_json::Value;

use end_to_end::effects::Effects;
use end_to_end::environment::{Environment, MEMBER_ROLE};
use end_to_end::events::account_created;
use end_to_end::readings::Reading;
use end_to_end::report::{held, line, report};
use end_to_end::scenario::{
    ADMINISTRATOR, ScenarioBuilder, account, invitation_graph, member, organization, organization_graph,
};
use end_to_end::template::template;

const NEW: &str = "333333333333";
const UNKNOWN: &str = "444444444444";
const TOO_HIGH: &str = "555555555555";
const JOINING: &str = "666666666666";
/// Not a member yet, and its data would be too much for a graph.
const NEW_AND_TOO_HIGH: &str = "777777777777";
const REGIONS: [&str; 2] = ["us-east-1", "eu-west-1"];

/// An organization graph and an invitation graph, with a member in every state that the questions are about.
fn members() -> ScenarioBuilder {
    let disabled = || [member(UNKNOWN).disabled("VOLUME_UNKNOWN"), member(TOO_HIGH).disabled("VOLUME_TOO_HIGH")];
    organization()
        .account(account(NEW))
        .account(account(UNKNOWN).volume("unknown"))
        .account(account(TOO_HIGH).volume("high"))
        .account(account(NEW_AND_TOO_HIGH).volume("high"))
        .standalone(account(JOINING))
        .graph(organization_graph("us-east-1").members(disabled()).members([member(JOINING).status("INVITED")]))
        .graph(invitation_graph("eu-west-1").members(disabled()).members([member(JOINING).status("INVITED")]))
}

async fn deployed(reading: Reading, scenario: ScenarioBuilder) -> Environment {
    let parameters = [&[("RemoveMembers", "true")][..], &MEMBER_ROLE].concat();
    let environment = Environment::start_with(reading.of(scenario), &template(), &parameters).await;
    for account in [NEW, JOINING, NEW_AND_TOO_HIGH, "111111111111"] {
        let role = [&[("AdministratorAccountId", ADMINISTRATOR)][..], &MEMBER_ROLE].concat();
        environment.deploy_as("detective-member-role", &template(), "MemberAccount", account, &role);
    }
    environment
}

async fn join(environment: &Environment) {
    let target = HandshakeParty::builder().id(JOINING).r#type(HandshakePartyType::Account).build().unwrap();
    let client = environment.organizations().await;
    let handshake = client.invite_account_to_organization().target(target).send().await.unwrap().handshake.unwrap();
    let invited = aws_sdk_organizations::Client::new(&environment.sdk(JOINING, "us-east-1").await);
    invited.accept_handshake().handshake_id(handshake.id.unwrap()).send().await.unwrap();
    environment.cloud.settle_now().await;
}

/// Runs every function that works on members once by its schedule. Nothing may fail.
async fn run_all(environment: &Environment, reading: Reading) -> Value {
    let mut reconciled = Value::Null;
    for function in ["OrganizationReconciler", "CentralAcceptor", "MemberMonitor", "AccountOffboarder"] {
        let report = report(environment.cloud.tick(ADMINISTRATOR, function).await.swap_remove(0));
        assert_eq!(report["totals"]["failed"], 0, "{reading:?}: {function}: {report:#}");
        if function == "OrganizationReconciler" {
            reconciled = report;
        }
    }
    environment.aws().advance(TimeDelta::minutes(10));
    environment.cloud.settle_now().await;
    reconciled
}

fn memberships(snapshot: &Snapshot) -> usize {
    snapshot.graphs.iter().map(|graph| graph.members.len()).sum()
}

#[tokio::test]
async fn every_account_ends_the_same_whichever_reading_is_right() {
    for reading in Reading::all() {
        let environment = deployed(reading, members()).await;
        let before = environment.aws().snapshot();
        environment.onboard(account_created(NEW)).await;
        join(&environment).await;
        let mut most = memberships(&before);
        for _ in 0..3 {
            run_all(&environment, reading).await;
            let now = memberships(&environment.aws().snapshot());
            assert!(now >= most, "{reading:?}: no membership is lost");
            most = now;
        }
        let last = run_all(&environment, reading).await;
        for region in REGIONS {
            for id in [NEW, JOINING, "111111111111"] {
                assert_eq!(environment.status(region, id).as_deref(), Some("ENABLED"), "{reading:?}: {id} in {region}");
            }
            assert_eq!(line(&last, region, UNKNOWN)["reason"], "volume-unknown", "{reading:?}: {last:#}");
            let reason = &line(&last, region, TOO_HIGH)["reason"];
            assert!(["cooling-off", "graph-quota"].iter().any(|known| reason == known), "{reading:?}: {last:#}");
            let reason = &line(&last, region, NEW_AND_TOO_HIGH)["reason"];
            match reading.too_much_data {
                TooMuchData::IsRefused => assert_eq!(reason, "volume-unverified", "{reading:?}: {last:#}"),
                TooMuchData::IsDisabled => {
                    let known = ["cooling-off", "graph-quota", "volume-too-high"].iter().any(|known| reason == known);
                    assert!(known, "{reading:?}: {last:#}");
                }
            }
        }
        let effects = Effects::of(&before, &environment.aws().journal());
        let created = effects.doubled().into_iter().filter(|effect| effect.contains("CreateMembers"));
        assert_eq!(created.collect::<Vec<_>>(), [""; 0], "{reading:?}");
    }
}

#[tokio::test]
async fn a_member_whose_volume_is_too_high_is_started_once_a_day_whether_or_not_a_start_moves_its_time() {
    let first = Reading::all().next().expect("there are readings");
    for moves in [false, true] {
        let reading = Reading { start_moves_updated_time: moves, ..first };
        let scenario = organization()
            .timing(|timing| timing.hourly_check = end_to_end::scenario::span("0s"))
            .account(account(TOO_HIGH).volume("high"))
            .graph(organization_graph("us-east-1").members([member(TOO_HIGH).disabled("VOLUME_TOO_HIGH")]));
        let parameters = [("DetectiveRegions", "us-east-1")];
        let environment = Environment::start_with(reading.of(scenario), &template(), &parameters).await;
        for _ in 0..50 {
            report(environment.monitor().await);
            environment.aws().advance(TimeDelta::hours(1));
        }
        assert_eq!(environment.calls("StartMonitoringMember"), 2, "in 49 hours: {reading:?}");
    }
}

/// The model's sentence on StartMonitoringMember is about "valid member accounts". Should AWS mean by it that it refuses
/// accounts of the organization, Detective's own check enables them.
#[tokio::test]
async fn a_start_that_is_refused_for_organization_accounts_keeps_nobody_from_being_enabled() {
    for (code, status) in [("ValidationException", 400), ("ConflictException", 409)] {
        let scenario = organization()
            .account(account(NEW))
            .account(account(UNKNOWN).volume("unknown for 30m"))
            .graph(organization_graph("us-east-1").members([member(UNKNOWN).disabled("VOLUME_UNKNOWN")]));
        let environment = Environment::start_with(scenario, &template(), &[("DetectiveRegions", "us-east-1")]).await;
        let refusal = ErrorEffect { code: code.to_owned(), status: Some(status), message: None };
        environment.aws().set_faults(vec![Fault::on("StartMonitoringMember", Effect::Error(refusal))]);
        // Whether the refusal is a failure or a reason, the other accounts become members, and the run ends with a report.
        environment.reconcile().await;
        environment.monitor().await;
        assert_eq!(environment.status("us-east-1", NEW).as_deref(), Some("ENABLED"), "{code}");
        environment.aws().advance(TimeDelta::hours(1));
        assert_eq!(environment.status("us-east-1", UNKNOWN).as_deref(), Some("ENABLED"), "{code}");
        let after = report(environment.reconcile().await);
        assert_eq!((&after["totals"]["failed"], held(&after)), (&0.into(), 0), "{code}: {after:#}");
    }
}
