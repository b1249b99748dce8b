//! `invoke`: which rule sends the event, and what the function does with it.

use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use local_cloud::binaries::workspace;
use serde_json::Value;

use crate::command;

/// Runs account-onboarder on an event file. Gives the first line of its log, and the response.
fn onboard(event: &Path) -> (String, Value) {
    let output = command(&["invoke", "account-onboarder", "--event"]).arg(event).output().expect("the command runs");
    let log = String::from_utf8(output.stderr).expect("the log is text");
    assert!(output.status.success(), "{log}");
    // Functions may be compiled first.
    let sentence = log.lines().find(|line| line.contains("event") && line.contains(" rule ")).unwrap_or_default();
    (sentence.to_owned(), serde_json::from_slice(&output.stdout).expect("the response is JSON"))
}

fn example(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events").join(name);
    let text = std::fs::read_to_string(path).expect("the example can be read");
    serde_json::from_str(&text).expect("the example is JSON")
}

#[test]
fn the_rules_that_send_the_event_are_named() {
    for (name, rule) in [
        ("events/create-account-succeeded.json", "AccountOnboarderAccountCreated"),
        ("events/tag-account.json", "AccountOnboarderAccountTagged"),
    ] {
        let (sentence, report) = onboard(Path::new(name));
        assert_eq!(
            sentence,
            format!(
                "The rule OrganizationEvents in the management account (111111111111) forwards this event, and the rule {rule} \
                 in the administrator account (222222222222) starts AccountOnboarder."
            )
        );
        assert!(report["regions"].is_array(), "{name}: {report:#}");
    }
}

#[test]
fn a_departure_is_read_from_its_queue_and_a_scenario_s_own_accounts_are_named() {
    let scenario = tempfile::NamedTempFile::new().unwrap();
    let small = std::fs::read_to_string(workspace().join("tests/local-cloud/scenarios/small.yaml")).unwrap();
    std::fs::write(scenario.path(), small.replace("222222222222", "222222222223")).unwrap();
    for (event, of, expected) in [
        ("events/account-departed.json", None, "222222222222"),
        ("events/remove-account.json", Some(scenario.path()), "222222222223"),
    ] {
        let mut command = command(&["invoke", "account-offboarder", "--event", event]);
        if let Some(scenario) = of {
            command.arg("--scenario").arg(scenario);
        }
        let output = command.output().expect("the command runs");
        let errors = String::from_utf8(output.stderr).unwrap();
        let sentence = format!(
            "The rule OrganizationEvents in the management account (111111111111) forwards this event, and the rule AccountDeparted \
             in the administrator account ({expected}) sends it to the queue that is read by AccountOffboarder."
        );
        assert!(errors.contains(&sentence), "{event}: {errors}");
    }
}

#[test]
fn an_event_that_no_rule_sends_is_reported_as_such_and_the_function_is_invoked() {
    let mut event = example("create-account-succeeded.json");
    event["detail-type"] = "AWS API Call via CloudTrail".into();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), event.to_string()).unwrap();
    let (sentence, report) = onboard(file.path());
    assert_eq!(
        sentence,
        "No rule of template.yaml sends this event to AccountOnboarder; it is invoked all the same. \
         AccountOnboarderAccountCreated takes it with the detail-type \"AWS Service Event via CloudTrail\"."
    );
    assert_eq!(report["regions"][0]["accounts"][0]["accountId"], "333333333333", "{report:#}");
    let (sentence, report) = onboard(Path::new("events/forged-source.json"));
    assert_eq!(sentence, "No rule of template.yaml sends this event to AccountOnboarder; it is invoked all the same.");
    assert!(report["ignored"].is_string(), "{report:#}");
}

/// Runs a function on an event from standard input.
fn invoke(function: &str, event: &str, more: &[&str]) -> Output {
    let mut command = command(&["invoke", function, "--event", "-"]);
    let mut child =
        command.args(more).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(event.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn every_function_of_the_template_runs_on_an_event_from_standard_input() {
    let template = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml")).unwrap();
    let lines: Vec<&str> = template.lines().collect();
    let is_function = |lines: &&[&str]| lines[1].trim() == "Type: AWS::Serverless::Function";
    let functions: Vec<&str> =
        lines.windows(2).filter(is_function).map(|lines| lines[0].trim().trim_end_matches(':')).collect();
    assert_eq!(functions.len(), 7, "{functions:?}");
    for function in functions {
        let output = invoke(function, "{}", &[]);
        assert_eq!(output.status.code(), Some(0), "{function}: {output:?}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(report["function"].is_string(), "{function}: {report:#}");
    }
}

#[test]
fn log_lines_are_as_the_function_wrote_them() {
    let output = invoke("organization-reconciler", "{}", &["--env", "LOG_LEVEL=debug"]);
    let log = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<&str> = log.lines().filter(|line| line.starts_with('{')).collect();
    // tracing writes the time first; JSON in the order of its names would have it late.
    let is_debug = |line: &&&str| line.starts_with("{\"timestamp\":\"") && line.contains("\"level\":\"DEBUG\"");
    assert!(lines.iter().any(|line| is_debug(&line)), "{log}");
    assert!(lines.iter().any(|line| line.contains("\"CloudWatchMetrics\"")), "the metrics are among them: {log}");
}

#[test]
fn a_function_runs_in_a_scenario_with_faults_and_variables() {
    let scenario = ["--scenario", "../tests/local-cloud/scenarios/1300-accounts.yaml"];
    let dry = invoke("organization-reconciler", "{}", &[&scenario[..], &["--env", "DRY_RUN=true"]].concat());
    let report: Value = serde_json::from_slice(&dry.stdout).unwrap();
    assert_eq!(
        (&report["dryRun"], &report["totals"]["planned"]),
        (&true.into(), &2_400.into()),
        "{:#}",
        report["totals"]
    );
    let effect = r#"{"error": {"code": "AccessDeniedException", "message": "not here"}}"#;
    let fault = format!(r#"{{"operation": "ListMembers", "effect": {effect}}}"#);
    let failed = invoke("organization-reconciler", "{}", &["--fault", &fault]);
    assert_eq!(failed.status.code(), Some(1), "{failed:?}");
    let error: Value = serde_json::from_slice(&failed.stdout).unwrap();
    let message = error["errorMessage"].as_str().unwrap();
    assert!(message.contains("ListMembers failed: AccessDeniedException: not here"), "{error:#}");
}
