//! What people get wrong on the command line.

use crate::command;

#[test]
fn a_mistake_is_reported_in_one_sentence() {
    for (arguments, sentence) in [
        (
            &["invoke", "nothing", "--event", "any.json"][..],
            "there is no function nothing; the functions are account-onboarder, ",
        ),
        (
            &["invoke", "account-onboarder", "--event", "nowhere.json"],
            "the event file nowhere.json cannot be read: No such file",
        ),
        (
            &["invoke", "account-onboarder", "--event", "README.md"],
            "the event file README.md is not JSON: expected value at line 1 column 1",
        ),
        (&["plan", "--scenario", "nowhere.yaml"], "the scenario file nowhere.yaml cannot be read: No such file"),
        (&["serve", "--speed=-1"], "--speed should be from 0 to a million"),
    ] {
        let output = command(arguments).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        assert!(error.starts_with(&format!("error: {sentence}")), "{arguments:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}
