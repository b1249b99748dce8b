//! The program itself: whose credentials it takes, where the policy and the parameters come from, what it exits with.

use std::path::Path;

use detective_emulator::Scenario;
use end_to_end::environment::Environment;
use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT, account, member, organization, organization_graph};
use serde_json::json;

use crate::{bare, command, mutating_calls, output, plan};

fn scenario() -> Scenario {
    let graph = organization_graph("us-east-1").members([member("444444444444")]);
    let all = organization()
        .account(account("333333333333").ou("Workloads/Prod"))
        .account(account("444444444444").ou("Workloads"))
        .parameter("/security/policy", r#"{"include": [{"account": "444444444444"}]}"#)
        .graph(graph);
    all.into()
}

#[tokio::test]
async fn people_see_totals_first_and_then_accounts_by_region_and_ou() {
    let environment = Environment::bare(scenario()).await;
    let output = output(command(&environment, ADMINISTRATOR, &["plan", "--live"])).await;
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("Organization o-exampleorg01: 4 accounts, administrator 222222222222"), "{text}");
    assert_eq!(lines[1], "2 to add, 0 to start, 0 to remove, 2 as they should be", "{text}");
    let (_, after) = text.split_once("  Workloads/Prod\n").unwrap();
    assert!(after.starts_with("    + 333333333333 becomes a member (333333333333)"), "{text}");
    assert!(text.contains("No behavior graph of this account: "), "{text}");
    assert!(!text.contains('\u{1b}') && output.stderr.is_empty(), "nothing for a terminal where there is none");
    assert!(!text.contains('@'), "{text}");
}

#[tokio::test]
async fn the_policy_comes_from_a_file_from_json_from_a_parameter_and_from_samconfig() {
    let environment = Environment::bare(scenario()).await;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let policy = r#"{"include": [{"account": "444444444444"}]}"#;
    let file = write("policy.json", policy);
    let overrides = r#"[administrator.deploy.parameters]
parameter_overrides = ["Place=AdministratorAccount", "DetectiveRegions=us-east-1", 'CoveragePolicy="{\"include\": [{\"account\": \"444444444444\"}]}"']
"#;
    let config = write("samconfig.toml", overrides);
    for arguments in [
        &["--policy", policy][..],
        &["--policy", &file],
        &["--policy-parameter", "/security/policy"],
        &["--config-env", "administrator", "--config-file", &config],
    ] {
        let mut command = command(&environment, ADMINISTRATOR, &["plan", "--live", "--json", "--detailed-exitcode"]);
        command.args(arguments);
        let output = output(command).await;
        let plan = plan(&output);
        assert_eq!(plan["totals"]["add"], 0, "{arguments:?}: {plan:#}");
        assert_eq!(plan["totals"]["outOfScope"], 2, "{arguments:?}: {plan:#}");
        assert_eq!(output.status.code(), Some(0), "nothing would change");
    }
    assert_eq!(mutating_calls(environment.aws(), 0), [""; 0]);
}

#[tokio::test]
async fn the_exit_code_states_whether_something_would_change_or_failed() {
    let environment = Environment::bare(scenario()).await;
    let with = async |account: &str, arguments: &[&str]| {
        let mut command = command(&environment, account, &["plan", "--live", "--json", "--regions", "us-east-1"]);
        command.args(arguments).env("AWS_MAX_ATTEMPTS", "1");
        output(command).await
    };
    assert_eq!(with(ADMINISTRATOR, &[]).await.status.code(), Some(0));
    assert_eq!(with(ADMINISTRATOR, &["--detailed-exitcode"]).await.status.code(), Some(2));
    // The management account administers no graph.
    let failed = with(MANAGEMENT, &["--detailed-exitcode"]).await;
    assert_eq!(failed.status.code(), Some(1));
    let error = String::from_utf8(failed.stderr).unwrap();
    assert!(error.contains("there is no behavior graph in us-east-1: designate this account"), "{error}");
    let whose = "Account 111111111111 has no behavior graph here. If another account administers Detective, use its credentials";
    assert!(error.contains(whose), "{error}");
    let denied = json!({"operation": "ListMembers", "effect": {"error": {"code": "AccessDeniedException"}}});
    environment.aws().set_faults(vec![serde_json::from_value(denied).unwrap()]);
    let failed = with(ADMINISTRATOR, &["--detailed-exitcode"]).await;
    assert_eq!(failed.status.code(), Some(1));
    assert_eq!(plan(&failed)["regions"][0]["error"]["operation"], "ListMembers");
}

#[tokio::test]
async fn the_whole_plan_goes_to_a_file_while_the_terminal_has_it_in_short() {
    let environment =
        Environment::bare(organization().generated(20, "300000000000").graph(organization_graph("us-east-1"))).await;
    let folder = tempfile::tempdir().unwrap();
    let planned = async |name: &str| {
        let path = folder.path().join(name);
        let command = command(&environment, ADMINISTRATOR, &["plan", "--live", "--out", path.to_str().unwrap()]);
        let output = output(command).await;
        (String::from_utf8(output.stdout).unwrap(), std::fs::read_to_string(path).unwrap())
    };
    let (shown, text) = planned("plan.txt").await;
    assert!(shown.contains("more become members") && !shown.contains("300000000019"), "{shown}");
    assert!(!text.contains("more become members") && text.contains("+ 300000000019 becomes a member"), "{text}");
    let (_, json) = planned("plan.json").await;
    let plan: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        plan["regions"].as_array().unwrap().iter().find(|one| one["region"] == "us-east-1").unwrap()["totals"]["add"],
        21
    );
    let mut nowhere = command(&environment, ADMINISTRATOR, &["plan", "--live", "--out"]);
    nowhere.arg(Path::new("/nonexistent/plan.txt"));
    let failed = output(nowhere).await;
    assert_eq!(failed.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&failed.stderr).contains("the plan cannot be written to /nonexistent/plan.txt"));
}

#[tokio::test]
async fn ous_that_cannot_be_read_cost_the_plan_nothing_else() {
    let environment = Environment::bare(scenario()).await;
    let denied = json!({"operation": "ListRoots", "effect": {"error": {"code": "AccessDeniedException"}}});
    environment.aws().set_faults(vec![serde_json::from_value(denied).unwrap()]);
    let output = output(command(&environment, ADMINISTRATOR, &["plan", "--live", "--full"])).await;
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("! the OUs could not be read: ListRoots failed: AccessDeniedException"), "{text}");
    assert!(text.contains("(OU not known)\n    + 111111111111 becomes a member"), "{text}");
}

#[tokio::test]
async fn credentials_come_from_a_profile_and_what_is_wrong_with_them_is_told_apart() {
    let environment = Environment::bare(scenario()).await;
    let folder = tempfile::tempdir().unwrap();
    let (config, credentials) = (folder.path().join("config"), folder.path().join("credentials"));
    let url = environment.cloud.emulator().endpoint_url();
    std::fs::write(&config, format!("[profile security]\nregion = us-east-1\nendpoint_url = {url}\n")).unwrap();
    let keys = format!("[security]\naws_access_key_id = {ADMINISTRATOR}\naws_secret_access_key = any\n");
    std::fs::write(&credentials, keys).unwrap();
    let mut of_profile = bare(&["plan", "--live", "--json"]);
    of_profile.env("AWS_CONFIG_FILE", config).env("AWS_SHARED_CREDENTIALS_FILE", credentials);
    of_profile.env("AWS_PROFILE", "security");
    assert_eq!(plan(&output(of_profile).await)["administrator"], ADMINISTRATOR);

    let mut nobody_answers = bare(&["plan", "--live"]);
    nobody_answers.envs([("AWS_ACCESS_KEY_ID", ADMINISTRATOR), ("AWS_SECRET_ACCESS_KEY", "any")]);
    nobody_answers.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").env("AWS_MAX_ATTEMPTS", "1");
    for (command, part) in [
        (bare(&["plan", "--live"]), "there are no AWS credentials"),
        (nobody_answers, "nothing answers at http://127.0.0.1:1, which AWS_ENDPOINT_URL or the profile names"),
    ] {
        let output = output(command).await;
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains(part), "{part:?} is not in {error}");
    }
}
