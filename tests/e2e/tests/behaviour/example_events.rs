//! Every file in events/: whether template.yaml routes it to the onboarder, and how the onboarder handles it.

use std::collections::BTreeMap;

use serde_json::Value;

use end_to_end::environment::Environment;
use end_to_end::events::{example_event, example_event_names};
use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT, two_regions};

/// The expected result of an event that is put on the management account's bus.
#[derive(Debug, PartialEq)]
enum Expected {
    /// No rule matches it.
    NotRouted,
    /// The onboarder ignores it, for a reason with this text.
    Ignored(&'static str),
    /// The onboarder cannot read it, for a reason with this text, and the reconciler finds the account.
    Unreadable(&'static str),
    /// The onboarder handles the account, with this outcome.
    Handled(&'static str),
    /// The onboarder handles the account, with this outcome, again and again until the event is a dead letter.
    Waiting(&'static str),
}

fn expectations() -> BTreeMap<&'static str, Expected> {
    use Expected::{Handled, Ignored, NotRouted, Unreadable, Waiting};
    BTreeMap::from([
        ("accept-handshake-all-features", Ignored("no invitation of an account, but APPROVE_ALL_FEATURES")),
        ("accept-handshake-denied", NotRouted),
        ("accept-handshake-invitation", Handled("done")),
        ("accept-handshake-still-open", Ignored("the handshake's state is OPEN")),
        ("account-departed", NotRouted),
        ("account-joined-arn", Handled("done")),
        ("account-joined-created", Handled("done")),
        ("account-joined-invited", Handled("done")),
        ("account-joined-number", Handled("done")),
        ("account-joined-object", Handled("done")),
        ("account-joined-other-detail-type", Handled("done")),
        ("account-joined-two-accounts", Unreadable("it names more than one account")),
        ("account-joined-without-account", Unreadable("it names no account")),
        ("close-account-requested", NotRouted),
        ("close-account-succeeded", NotRouted),
        ("control-tower-create-managed-account-failed", Ignored("its state is FAILED")),
        ("control-tower-create-managed-account-succeeded", Handled("done")),
        ("control-tower-update-managed-account", NotRouted),
        ("create-account-failed", Ignored("its state is FAILED (EMAIL_ALREADY_EXISTS)")),
        ("create-account-of-administrator", Handled("excluded")),
        ("create-account-requested", NotRouted),
        ("create-account-succeeded", Handled("done")),
        ("create-account-unknown-account", Waiting("excluded")),
        ("create-account-without-account", Unreadable("it names no account")),
        ("create-govcloud-account-succeeded", Handled("done")),
        ("forged-source", NotRouted),
        ("hand-made-time-without-zone", Handled("done")),
        ("hand-made-without-detail-type", NotRouted),
        ("invite-account", NotRouted),
        ("leave-organization", NotRouted),
        ("leave-organization-denied", NotRouted),
        ("move-account", Handled("done")),
        ("remove-account", NotRouted),
        ("tag-account", Ignored("the policy names no tag")),
        ("tag-organizational-unit", Ignored("ou-ab12-workload is not an account")),
        ("untag-account", Ignored("the policy names no tag")),
    ])
}

/// Files that are not EventBridge events, but inputs of schedules.
const SCHEDULER_INPUTS: [&str; 1] = ["scheduled"];

#[test]
fn every_example_event_has_an_expectation() {
    let mut expected: Vec<&str> = expectations().into_keys().chain(SCHEDULER_INPUTS).collect();
    expected.sort_unstable();
    assert_eq!(example_event_names(), expected);
}

#[tokio::test]
async fn every_example_event_is_routed_and_handled_as_expected() {
    for (name, expected) in expectations() {
        let environment = Environment::start(two_regions()).await;
        environment.cloud.put_event(MANAGEMENT, "us-east-1", example_event(name));
        environment.cloud.settle().await;
        let runs = environment.cloud.invocations();
        let actual = runs.iter().map(|run| outcome(run.outcome.as_ref().expect(name))).collect::<Vec<_>>();
        match expected {
            Expected::NotRouted => assert!(runs.is_empty(), "{name} reached {}", runs[0].function),
            Expected::Ignored(reason) => {
                assert!(actual.len() == 1 && actual[0].contains(reason), "{name}: {actual:?}");
            }
            Expected::Unreadable(reason) => {
                let reconciled = runs[1..].iter().all(|run| run.function == "OrganizationReconciler");
                assert!(actual[0].contains(reason) && runs.len() > 1 && reconciled, "{name}: {actual:?}");
                for region in ["us-east-1", "eu-west-1"] {
                    assert!(environment.status(region, "333333333333").is_some(), "{name}: {region}");
                }
            }
            Expected::Handled(outcome) => assert_eq!(actual, [outcome], "{name}"),
            Expected::Waiting(outcome) => {
                assert!(actual.len() > 50 && actual.iter().all(|actual| actual == outcome), "{name}: {actual:?}");
                assert_eq!(environment.cloud.dead_letters().len(), 1, "{name}");
                continue;
            }
        }
        assert!(runs.iter().all(|run| run.account == ADMINISTRATOR), "{name}");
        assert!(environment.cloud.dead_letters().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn an_event_that_reaches_the_function_by_mistake_changes_nothing_and_is_not_retried() {
    let environment = Environment::start(two_regions()).await;
    for (name, expected) in expectations() {
        if expected == Expected::NotRouted && !name.starts_with("hand-made") {
            let record = environment.onboard(example_event(name)).await;
            let report = record.outcome.unwrap_or_else(|error| panic!("{name}: {}", error.error_message));
            assert!(report["ignored"].is_string(), "{name}: {report:#}");
        }
    }
    assert_eq!(environment.calls("CreateMembers"), 0);
    assert_eq!(environment.calls("DescribeAccount"), 0);
}

fn outcome(report: &Value) -> String {
    match report["ignored"].as_str().or(report["warning"].as_str()) {
        Some(reason) => reason.to_owned(),
        None => report["regions"][0]["accounts"][0]["outcome"].as_str().expect("an outcome").to_owned(),
    }
}
