//! `invoke`: which rule sends the event, and what the function does with it.

use std::path::Path;

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
