//! The plan from outside and the deployed reconciler's dry run are one: account by account, whatever is on.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::TimeDelta;
use detective_emulator::Scenario;
use end_to_end::environment::Environment;
use end_to_end::full_environment::FullOrganization;
use end_to_end::scenario::ADMINISTRATOR;
use end_to_end::template::template;
use local_cloud::InvocationRecord;
use local_cloud::binaries::workspace;
use serde_json::Value;

use crate::{command, mutating_calls, output, plan};

/// How accounts end, by Region and account.
type Endings = BTreeMap<(String, String), String>;

/// A scenario of the local cloud.
pub(crate) fn scenario(name: &str) -> Scenario {
    let path = workspace().join("tests/local-cloud/scenarios").join(name);
    Scenario::from_yaml(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// How accounts end by the log lines of the deployed function: they have every account that is held, failed or would be changed.
pub(crate) fn logged(record: &InvocationRecord) -> Endings {
    let mut endings = Endings::new();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for line in &record.log {
        let message = text(&line["message"]);
        let of_accounts = message.strip_prefix("account ").or(message.strip_prefix("more accounts "));
        let Some((outcome, _)) = of_accounts.and_then(|rest| rest.split_once(':').or(rest.split_once(" be "))) else {
            continue;
        };
        let ending = match outcome {
            "would" => format!("planned {}", text(&line["action"])),
            "blocked" | "waiting" | "excluded" => format!("{outcome} {}", text(&line["reason"])),
            "failed" => format!("failed {}", text(&line["failure.code"])),
            _ => continue,
        };
        let ids = text(&line["account.id"]) + &text(&line["account.ids"]);
        for id in ids.split(' ') {
            endings.insert((text(&line["region"]), id.to_owned()), ending.clone());
        }
    }
    endings
}

/// The same by the plan.
pub(crate) fn planned(plan: &Value) -> Endings {
    let mut endings = Endings::new();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for region in plan["regions"].as_array().unwrap() {
        for account in region["accounts"].as_array().unwrap() {
            let ending = match (account["outcome"].as_str().unwrap(), account["change"].as_str()) {
                ("planned", Some("add")) => "planned Created".to_owned(),
                ("planned", Some("start")) => "planned Started".to_owned(),
                ("planned", Some("reinvite")) => "planned Reinvited".to_owned(),
                ("planned", Some("remove")) => "planned Removed".to_owned(),
                // The function counts accounts that the policy leaves out, and lists those that are members.
                ("excluded", _) if account["reason"] == "out-of-scope" && account["status"] == "" => continue,
                (outcome @ ("blocked" | "waiting" | "excluded" | "failed"), _) => {
                    format!("{outcome} {}", text(&account["reason"]))
                }
                _ => continue,
            };
            endings.insert((text(&region["region"]), text(&account["accountId"])), ending);
        }
    }
    endings
}

/// Runs the deployed reconciler and the plan with the same parameters, and compares. Gives the endings.
async fn compare(environment: &Environment, parameters: &[(&str, &str)]) -> Endings {
    let before = environment.aws().snapshot();
    let record = environment.reconcile().await;
    let deployed = logged(&record);
    let report = match &record.outcome {
        Ok(report) => report.clone(),
        Err(error) => serde_json::from_str(error.error_message.split_once(" Report: ").unwrap().1).unwrap(),
    };
    let calls = environment.aws().journal().len();
    let mut command = command(environment, ADMINISTRATOR, &["plan", "--live", "--json"]);
    for (name, value) in parameters {
        command.arg("--parameter").arg(format!("{name}={value}"));
    }
    let output = output(command).await;
    let plan = plan(&output);
    assert_eq!(planned(&plan), deployed);
    assert_eq!(mutating_calls(environment.aws(), calls), [""; 0]);
    assert_eq!(environment.aws().snapshot(), before);
    let totals = |name: &str| plan["totals"][name].as_u64().unwrap();
    let changes = totals("add") + totals("start") + totals("reinvite") + totals("remove");
    assert_eq!(report["totals"]["planned"], changes);
    for (planned, reported) in plan["regions"].as_array().unwrap().iter().zip(report["regions"].as_array().unwrap()) {
        for member in ["region", "graphArn", "coverage", "error"] {
            assert_eq!(planned[member], reported[member], "{member}");
        }
        for member in ["drift", "warnings"] {
            let list = reported[member].as_array().cloned().unwrap_or_default();
            assert_eq!(planned[member], Value::Array(list), "{member} in {}", planned["region"]);
        }
    }
    assert_eq!(plan["regions"].as_array().unwrap().len(), report["regions"].as_array().unwrap().len());
    deployed
}

#[tokio::test]
async fn a_plan_of_1300_accounts_is_that_of_the_deployed_reconciler() {
    for parameters in [
        &[("DetectiveRegions", "us-east-1,eu-west-1")][..],
        &[("DetectiveRegions", "all"), ("CoveragePolicy", r#"{"exclude": [{"account": "300000000000"}]}"#)],
    ] {
        let environment = Environment::bare(scenario("1300-accounts.yaml")).await;
        environment.deploy_administrator(&template(), &[parameters, &[("DryRun", "true")]].concat());
        let endings = compare(&environment, parameters).await;
        let places = endings.values().filter(|ending| *ending == "planned Created").count();
        assert_eq!(places, 2_400);
    }
}

#[tokio::test]
async fn a_plan_with_every_feature_on_is_that_of_the_deployed_reconciler() {
    let environment = FullOrganization::new().await.deploy(Duration::from_secs(120)).await;
    environment.remove_from_organization("444444444444").await;
    environment.cloud.settle_now().await;
    let parameters = FullOrganization::administrator_parameters();
    let dry_run =
        |value| environment.deploy_administrator(&template(), &[&parameters[..], &[("DryRun", value)]].concat());
    dry_run("true");
    assert_kinds(
        &compare(&environment, &parameters).await,
        &["planned Created", "planned Started", "waiting grace-period", "blocked outside-organization"],
    );
    // What earlier runs remember counts as well: the grace period of the members out of scope is over.
    dry_run("false");
    environment.reconcile().await.outcome.unwrap();
    environment.aws().advance(TimeDelta::hours(25));
    dry_run("true");
    assert_kinds(&compare(&environment, &parameters).await, &["planned Removed"]);
}

#[track_caller]
fn assert_kinds(endings: &Endings, expected: &[&str]) {
    let kinds: BTreeSet<&str> = endings.values().map(String::as_str).collect();
    for kind in expected {
        assert!(kinds.contains(kind), "{kind} is not among {kinds:?}");
    }
}
