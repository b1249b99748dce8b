//! `plan`, as people read it.

use crate::command;

const ORGANIZATION: &str = r#"
startTime: 2026-01-05T09:00:00Z
organization:
  id: o-exampleorg01
  managementAccount: {id: "111111111111", email: management@example.com}
  delegatedAdministrators: [{account: "222222222222", service: detective.amazonaws.com}]
  accounts:
    - {id: "222222222222", email: security@example.com}
    - {id: "333333333333", email: app@example.com}
graphs:
  - {administrator: "222222222222", regions: [us-east-1], organization: true, autoEnable: true}
  - {administrator: "222222222222", regions: [eu-west-1]}
faults:
  - {operation: ListMembers, region: eu-west-1, effect: {error: {code: AccessDeniedException, message: not here}}}
"#;

#[test]
fn a_plan_shows_drift_and_the_error_of_a_region_that_cannot_be_planned() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("scenario.yaml");
    std::fs::write(&scenario, ORGANIZATION).unwrap();
    let output = command(&["plan", "--policy", r#"{"exclude": [{"account": "333333333333"}]}"#, "--scenario"])
        .arg(&scenario)
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    let (failed, well) = shown.split_once("us-east-1").unwrap();
    assert!(well.contains("+ 111111111111 becomes a member") && well.contains("1 in scope"), "{shown}");
    assert!(well.contains("AutoEnable is on: Detective enables every new account"), "{shown}");
    assert!(failed.contains("! ListMembers failed: AccessDeniedException: not here"), "{shown}");
    assert!(!failed.contains("in scope"), "{shown}");
}

#[test]
fn a_plan_of_1300_accounts_is_short_unless_all_of_it_is_asked_for() {
    let scenario = ["plan", "--scenario", "../tests/local-cloud/scenarios/1300-accounts.yaml"];
    let text = |more: &[&str]| {
        let output = command(&[&scenario, more].concat()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let short = text(&[]);
    assert!(short.lines().count() < 40, "{short}");
    assert!(short.contains("\n2,400 to add, 0 to start, 0 to remove, 202 without a place, "), "{short}");
    assert!(short.contains("  Workloads/Prod\n    + 300000000000 becomes a member (account-0)\n"), "{short}");
    let full = text(&["--full"]);
    assert_eq!(full.matches(" becomes a member").count(), 2_400);
    assert_eq!(full.matches(" is blocked (").count(), 202);
    let regions = text(&[
        "--regions",
        "us-east-1",
        "--parameter",
        "CoveragePolicy={\"include\": [{\"account\": \"300000000001\"}]}",
    ]);
    assert!(regions.contains("\n1 to add, ") && !regions.contains("eu-west-1"), "{regions}");
}

#[test]
fn a_scenario_is_read_whatever_the_environment_names() {
    let elsewhere = [("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), ("AWS_ENDPOINT_URL_DETECTIVE", "http://127.0.0.1:1")];
    let output = command(&["plan", "--detailed-exitcode"]).envs(elsewhere).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}
