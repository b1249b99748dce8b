//! What people get wrong on the command line.

use crate::command;

#[test]
fn a_mistake_is_reported_in_one_sentence() {
    for (code, arguments, sentence) in [
        (
            2,
            &["invoke", "nothing", "--event", "any.json"][..],
            "there is no function nothing; the functions are account-onboarder, ",
        ),
        (
            2,
            &["invoke", "account-onboarder", "--event", "nowhere.json"],
            "the event file nowhere.json cannot be read: No such file",
        ),
        (
            2,
            &["invoke", "account-onboarder", "--event", "README.md"],
            "the event file README.md is not JSON: expected value at line 1 column 1",
        ),
        (
            2,
            &["invoke", "account-onboarder", "--event", "docs/doctor-policy.json"],
            "the event file docs/doctor-policy.json has no event: an object with source and detail",
        ),
        (
            2,
            &["invoke", "member-monitor", "--event", "events/tag-account.json", "--fault", "{}"],
            "--fault is no fault: missing field `effect`",
        ),
        (1, &["plan", "--scenario", "nowhere.yaml"], "the scenario file nowhere.yaml cannot be read: No such file"),
        (1, &["serve", "--speed=-1"], "--speed should be from 0 to a million"),
    ] {
        let output = command(arguments).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        assert!(error.starts_with(&format!("error: {sentence}")), "{arguments:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}
