//! The program itself: what it prints and exits with, whose credentials it takes, and that it changes nothing.

use std::collections::BTreeSet;

use detective_emulator::Fault;
use serde_json::Value;

use crate::environment::{ADMINISTRATOR, Environment, HEALTHY, MANAGEMENT, Report, doctor, output, with};

#[tokio::test]
async fn a_healthy_environment_has_no_problem_from_either_account() {
    let environment = Environment::start(HEALTHY).await;
    for account in [MANAGEMENT, ADMINISTRATOR] {
        let report = environment.check(account, &[]).await;
        assert_eq!(report.code, Some(0), "{:#}", report.document);
        assert_eq!(report.document["counts"]["problem"], 0);
        assert_eq!(report.document["counts"]["warning"], 0);
    }
}

#[tokio::test]
async fn what_another_account_sees_is_unknown_and_that_account_is_named() {
    let environment = Environment::start(HEALTHY).await;
    for (account, other, expected) in [
        (ADMINISTRATOR, MANAGEMENT, &["forwarding-rule us-east-1", "trail us-east-1"][..]),
        (
            MANAGEMENT,
            ADMINISTRATOR,
            &[
                "bus-policy us-east-1",
                "graph eu-south-1",
                "graph us-east-1",
                "lambda-quota us-east-1",
                "onboarding-rules us-east-1",
                "region-enabled -",
            ],
        ),
    ] {
        let report = environment.check(account, &[]).await;
        let mut unknown = report.with_status("unknown");
        unknown.sort();
        assert_eq!(unknown, expected);
        for finding in report.findings().iter().filter(|finding| finding["status"] == "unknown") {
            assert!(finding["fix"].as_str().unwrap().contains(other), "{finding:#}");
        }
    }
}

#[tokio::test]
async fn every_check_is_seen_from_one_of_the_two_accounts() {
    let environment = Environment::start(HEALTHY).await;
    let management = environment.check(MANAGEMENT, &[]).await;
    let administrator = environment.check(ADMINISTRATOR, &[]).await;
    let fine: Vec<String> = management.with_status("ok").into_iter().chain(administrator.with_status("ok")).collect();
    for check in [
        "organization-features -",
        "trusted-access -",
        "delegated-administrator -",
        "trail us-east-1",
        "region-enabled eu-south-1",
        "detective-administrator eu-south-1",
        "graph eu-south-1",
        "auto-enable eu-south-1",
        "policy -",
        "graph-quota eu-south-1",
        "forwarding-rule us-east-1",
        "bus-policy us-east-1",
        "onboarding-rules us-east-1",
    ] {
        assert!(fine.iter().any(|id| id == check), "{check} is not among {fine:?}");
    }
}

#[tokio::test]
async fn nothing_is_changed() {
    let environment = Environment::start(HEALTHY).await;
    let before = environment.cloud().snapshot();
    let policy = r#"{"exclude": [{"tag": {"key": "detective"}}, {"account": "444444444444"}]}"#;
    let role = ["--member-role", "DetectiveMember", "--external-id", "agreed-upon", "--policy", policy];
    for account in [MANAGEMENT, ADMINISTRATOR] {
        assert_eq!(environment.check(account, &role).await.code, Some(0));
    }
    let reads = |operation: &str| {
        ["Describe", "Get", "List"].iter().any(|verb| operation.starts_with(verb)) || operation == "AssumeRole"
    };
    let journal = environment.cloud().journal();
    assert!(!journal.is_empty());
    for call in journal {
        assert!(reads(&call.operation), "{}:{}", call.service, call.operation);
        assert_ne!(call.status, 501, "{}:{}", call.service, call.operation);
        if call.operation == "AssumeRole" {
            let policy: Value = serde_json::from_str(call.request["Policy"].as_str().unwrap()).unwrap();
            assert_eq!(policy["Statement"][0]["Effect"], "Deny");
        }
    }
    assert_eq!(environment.cloud().snapshot(), before);
}

#[tokio::test]
async fn a_call_that_is_refused_is_unknown_and_names_the_permission() {
    for (account, operation, id, action) in [
        (MANAGEMENT, "DescribeTrails", "trail us-east-1", "cloudtrail:DescribeTrails"),
        (MANAGEMENT, "ListRules", "forwarding-rule us-east-1", "events:ListRules"),
        (MANAGEMENT, "ListAccounts", "graph-quota -", "organizations:ListAccounts"),
        (ADMINISTRATOR, "ListRegions", "region-enabled -", "account:ListRegions"),
        (ADMINISTRATOR, "DescribeEventBus", "bus-policy us-east-1", "events:DescribeEventBus"),
    ] {
        let environment = Environment::start(HEALTHY).await;
        let effect = serde_json::json!({"error": {"code": "AccessDeniedException"}});
        let fault = serde_json::json!({"operation": operation, "effect": effect});
        let fault: Fault = serde_json::from_value(fault).unwrap();
        environment.cloud().set_faults(vec![fault]);
        let report = environment.check(account, &[]).await;
        assert_eq!(report.code, Some(0), "{:#}", report.document);
        let unknown = report.findings().iter().filter(|finding| finding["status"] == "unknown");
        let named = unknown.filter(|finding| finding["fix"].as_str().unwrap().contains(action)).count();
        assert_eq!(named, 1, "{operation}: {:#}", report.document);
        assert!(report.with_status("unknown").contains(&id.to_owned()), "{:#}", report.document);
    }
}

#[tokio::test]
async fn a_region_that_may_not_be_enabled_is_unknown_and_names_how_to_enable_it() {
    let enabled = r#"{id: "222222222222", email: security@example.com}"#;
    let disabled = r#"{id: "222222222222", email: security@example.com, disabledRegions: [eu-south-1]}"#;
    let environment = Environment::start(&with(enabled, disabled)).await;
    // Which Regions are enabled cannot be read.
    let denied =
        serde_json::json!({"operation": "ListRegions", "effect": {"error": {"code": "AccessDeniedException"}}});
    environment.cloud().set_faults(vec![serde_json::from_value(denied).unwrap()]);
    let report = environment.check(ADMINISTRATOR, &[]).await;
    let findings = report.findings();
    let graph = findings.iter().find(|finding| finding["id"] == "graph" && finding["region"] == "eu-south-1");
    let graph = graph.unwrap_or_else(|| panic!("{:#}", report.document));
    assert_eq!(graph["status"], "unknown", "{graph:#}");
    assert!(graph["fix"].as_str().unwrap().contains("enable-region"), "{graph:#}");
}

#[tokio::test]
async fn people_get_a_table_and_the_commands_that_fix() {
    let environment = Environment::start(HEALTHY).await;
    environment.change_rules(ADMINISTRATOR, |rule| rule.enabled = false);
    let mut command = environment.command(ADMINISTRATOR);
    command.args(["--stack-region", "us-east-1"]);
    let output = output(command).await;
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    for part in [
        "Organization o-exampleorg01 has all features.",
        "fix: aws events enable-rule --name ",
        "AWS_PROFILE=... cargo run -- doctor --administrator 222222222222",
        "1 problem",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
    assert!(!text.contains('\u{1b}'), "no colours where there is no terminal");
}

#[tokio::test]
async fn credentials_and_region_come_from_the_profile() {
    let environment = Environment::start(HEALTHY).await;
    let folder = tempfile::tempdir().unwrap();
    let (config, credentials) = (folder.path().join("config"), folder.path().join("credentials"));
    std::fs::write(&config, "[profile security]\nregion = us-east-1\n").unwrap();
    let keys = format!("[security]\naws_access_key_id = {ADMINISTRATOR}\naws_secret_access_key = any\n");
    std::fs::write(&credentials, keys).unwrap();
    let mut command = doctor();
    command.arg("--json").env("AWS_ENDPOINT_URL", environment.local.emulator().endpoint_url());
    command.env("AWS_CONFIG_FILE", config).env("AWS_SHARED_CREDENTIALS_FILE", credentials);
    command.env("AWS_PROFILE", "security");
    let report = Report::of(&output(command).await);
    assert_eq!(report.code, Some(0), "{:#}", report.document);
    assert_eq!(report.document["account"], ADMINISTRATOR);
    assert_eq!(report.document["administrator"], ADMINISTRATOR);
    assert_eq!(report.document["regions"], serde_json::json!(["us-east-1"]));
}

#[tokio::test]
async fn a_policy_is_read_from_a_file_too() {
    let environment = Environment::start(HEALTHY).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), r#"{"include": [{"account": "333333333333"}]}"#).unwrap();
    let report = environment.check(ADMINISTRATOR, &["--policy", file.path().to_str().unwrap()]).await;
    let policy = report.findings().iter().find(|finding| finding["id"] == "policy").unwrap();
    assert!(policy["what"].as_str().unwrap().contains("covers 1 of 4 accounts"), "{policy:#}");
}

#[tokio::test]
async fn it_exits_with_2_where_it_cannot_run() {
    let environment = Environment::start(HEALTHY).await;
    let without_credentials = doctor();
    let mut nobody_answers = doctor();
    nobody_answers.envs([("AWS_ACCESS_KEY_ID", ADMINISTRATOR), ("AWS_SECRET_ACCESS_KEY", "any")]);
    nobody_answers.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let with = |arguments: &[&str]| {
        let mut command = environment.command(ADMINISTRATOR);
        command.args(arguments);
        command
    };
    let here = ["--stack-region", "us-east-1"];
    for (mut command, arguments, part) in [
        (without_credentials, &here[..], "AWS_PROFILE"),
        (nobody_answers, &here, "GetCallerIdentity failed"),
        (with(&[]), &[], "--stack-region"),
        (with(&here), &["--policy", "nowhere.json"], "neither a JSON object nor a file"),
        (with(&here), &["--administrator", "12"], "twelve digits"),
        (with(&here), &["--regions", "europe"], "is not a Region code"),
        (with(&here), &["--member-role", "DetectiveMember"], "--external-id"),
    ] {
        command.args(arguments);
        let output = output(command).await;
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(part), "{part:?} is not in {error}");
    }
}

#[tokio::test]
async fn a_refused_connection_is_told_from_missing_credentials() {
    let mut nobody_answers = doctor();
    nobody_answers.envs([("AWS_ACCESS_KEY_ID", ADMINISTRATOR), ("AWS_SECRET_ACCESS_KEY", "any")]);
    nobody_answers.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    for (mut command, part, other) in [
        (nobody_answers, "nothing answers at http://127.0.0.1:1, which AWS_ENDPOINT_URL", "credentials"),
        (doctor(), "there are no AWS credentials", "answers at"),
    ] {
        command.args(["--stack-region", "us-east-1"]);
        let error = String::from_utf8(output(command).await.stderr).unwrap();
        assert!(error.contains(part) && !error.contains(other), "{error}");
    }
}

#[tokio::test]
async fn the_permissions_in_the_policy_for_doctor_are_those_that_are_used() {
    let policy = std::fs::read_to_string(local_cloud::binaries::workspace().join("docs/doctor-policy.json")).unwrap();
    let policy: Value = serde_json::from_str(&policy).unwrap();
    let listed = policy["Statement"][0]["Action"].as_array().unwrap().iter().map(|action| action.as_str().unwrap());
    let listed: BTreeSet<String> = listed.map(str::to_owned).collect();

    let environment = Environment::start(HEALTHY).await;
    // The organization's root is an OU, too.
    let policy = r#"{"include": [{"ou": "r-0215"}], "priority": [{"tag": {"key": "detective"}}]}"#;
    let mut used = BTreeSet::new();
    for account in [MANAGEMENT, ADMINISTRATOR] {
        assert_eq!(environment.check(account, &["--policy", policy]).await.code, Some(0));
    }
    for call in environment.cloud().journal() {
        // Nobody needs a permission for it.
        if call.operation != "GetCallerIdentity" {
            // In IAM, one action has another name than its operation.
            let action = call.operation.replace("AdminAccounts", "AdminAccount");
            used.insert(format!("{}:{action}", call.service));
        }
    }
    assert_eq!(used, listed);
}
