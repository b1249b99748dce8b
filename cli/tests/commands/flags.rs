//! `--json` and `--quiet`, which every command has: each honours them, or refuses them.

use std::process::Output;

use serde_json::Value;

use crate::command;

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_command_that_has_no_json_refuses_the_flag() {
    for arguments in [&["init", "--json"][..], &["--json", "init", "--yes"], &["completions", "bash", "--json"]] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}: {output:?}");
        assert!(text(&output.stderr).ends_with("it takes no --json\n"), "{arguments:?}: {output:?}");
    }
}

#[test]
fn a_quiet_invocation_prints_its_response_alone() {
    let invoke = ["invoke", "account-onboarder", "--event", "events/create-account-succeeded.json"];
    let usual = run(&invoke);
    assert!(text(&usual.stderr).contains("run finished"), "{usual:?}");
    let quiet = run(&[&invoke[..], &["--quiet"]].concat());
    assert_eq!((text(&quiet.stderr), quiet.status.code()), (String::new(), Some(0)));
    let response: Value = serde_json::from_slice(&quiet.stdout).unwrap();
    assert_eq!(response["function"], "account-onboarder");
}

#[test]
fn the_demo_leaves_a_page_and_its_result_alone_is_printed_in_quiet() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("coverage.html");
    let demo = ["demo", "--quiet", "--out", page.to_str().unwrap()];
    let output = run(&demo);
    let shown = text(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(shown.ends_with("1 blocked, 2 waiting, 1 excluded\nDemo passed.\n"), "{shown}");
    assert!(!shown.contains(" of aws.organizations on the bus of "), "{shown}");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, data) = page.split_once("id=\"data\">").unwrap();
    let data: Value = serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
    // All accounts of the organization and the guest are there, and as they are in the end.
    assert!(data["accounts"].as_array().unwrap().len() >= 28, "{}", data["accounts"]);
    let kinds = data["regions"].as_array().unwrap().iter().flat_map(|region| region["kinds"].as_array().unwrap());
    let outcomes: Vec<&str> = kinds.filter_map(|kind| kind["outcome"].as_str()).collect();
    for outcome in ["done", "blocked", "waiting", "excluded", "administrator"] {
        assert!(outcomes.contains(&outcome), "{outcome}: {outcomes:?}");
    }
}
