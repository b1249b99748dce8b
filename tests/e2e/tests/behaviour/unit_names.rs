//! The names of OUs on the coverage page and in CSV: where Organizations returns the ids of an account's OUs with it, as AWS does.

use aws_sdk_organizations::Client;
use chrono::TimeDelta;
use detective_emulator::{Effect, Fault};
use serde_json::{Value, json};

use end_to_end::environment::Environment;
use end_to_end::faults::denied;
use end_to_end::report::report;
use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT, account, organization, organization_graph};
use end_to_end::template::template;

const APP: &str = "333333333333";

/// Organizations, which lists its accounts with their OUs; and the path of the one that has one.
async fn environment() -> (Environment, Fault, String) {
    let scenario = organization().account(account(APP).ou("Workloads/Prod")).graph(organization_graph("us-east-1"));
    let environment = Environment::start_with(scenario, &template(), &[("DetectiveRegions", "us-east-1")]).await;
    let client = Client::new(&environment.sdk(MANAGEMENT, "us-east-1").await);
    let roots = client.list_roots().send().await.unwrap();
    let mut path = vec![roots.roots()[0].id().unwrap().to_owned()];
    for _ in 0..2 {
        let below = client.list_organizational_units_for_parent().parent_id(path.last().unwrap()).send().await.unwrap();
        path.push(below.organizational_units()[0].id().unwrap().to_owned());
    }
    let entry = |id: &str, units: &[String]| {
        let path = format!("o-exampleorg01/{}/", units.join("/"));
        json!({"Id": id, "Email": format!("{id}@example.com"), "State": "ACTIVE", "Paths": [path]})
    };
    let accounts = [entry(MANAGEMENT, &path[..1]), entry(ADMINISTRATOR, &path[..1]), entry(APP, &path)];
    let listed = Fault::on("ListAccounts", Effect::Answer(json!({ "Accounts": accounts })));
    (environment, listed, path[1..].join("/"))
}

/// The rows of the app's account, with the path of its OU, in both files; and the paths that the page has.
fn shown(environment: &Environment, unit: &str) -> Vec<String> {
    let objects = environment.aws().objects(&environment.report_bucket());
    let row = format!("\n3333-3333-3333,,{unit},us-east-1,");
    for (key, file) in objects.iter().filter(|(key, _)| key.ends_with(".csv")) {
        let file = String::from_utf8_lossy(file);
        assert!(file.contains(&row), "{key}: {file}");
    }
    paths(environment)
}

#[tokio::test]
async fn ous_have_their_names_which_are_read_once_a_day_with_a_call_for_each_parent() {
    let (environment, listed, _) = environment().await;
    environment.aws().set_faults(vec![listed]);
    let before = environment.calls("ListOrganizationalUnitsForParent");
    for (hours, calls) in [(0, 2), (6, 2), (12, 2), (24, 4)] {
        report(environment.reconcile().await);
        assert_eq!(environment.calls("ListOrganizationalUnitsForParent") - before, calls, "after {hours} hours");
        assert_eq!(shown(&environment, "Workloads/Prod"), ["Root", "Workloads/Prod"]);
        environment.aws().advance(TimeDelta::hours(if hours == 12 { 12 } else { 6 }));
    }
}

#[tokio::test]
async fn where_names_cannot_be_read_ous_have_their_ids_and_nothing_else_changes() {
    let (environment, listed, path) = environment().await;
    environment.aws().set_faults(vec![denied("ListOrganizationalUnitsForParent"), listed.clone()]);
    let record = environment.reconcile().await;
    let warns = |line: &Value| {
        line["message"].as_str().is_some_and(|message| message.starts_with("names of OUs cannot be read"))
    };
    assert!(record.log.iter().any(warns), "{:#?}", record.log);
    assert_eq!(report(record)["totals"]["failed"], 0);
    assert_eq!(shown(&environment, &path), ["Root", &path]);
    // The next run has them.
    environment.aws().set_faults(vec![listed]);
    environment.aws().advance(TimeDelta::minutes(10));
    report(environment.reconcile().await);
    assert!(paths(&environment).contains(&"Workloads/Prod".to_owned()));
}

/// The paths that the page has.
fn paths(environment: &Environment) -> Vec<String> {
    let objects = environment.aws().objects(&environment.report_bucket());
    let page = String::from_utf8(objects["coverage/index.html"].clone()).unwrap();
    let (_, data) = page.split_once("id=\"data\">").unwrap();
    let data: Value = serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
    serde_json::from_value(data["units"].clone()).unwrap()
}
