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
