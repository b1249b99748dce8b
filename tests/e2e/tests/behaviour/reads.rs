//! What a policy costs to read: each OU is listed once, and tags are read only of accounts on which nothing else decides.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use end_to_end::environment::Environment;
use end_to_end::events::account_created;
use end_to_end::report::{line, report};
use end_to_end::scenario::{ADMINISTRATOR, ScenarioBuilder, account, organization, organization_graph};
use end_to_end::template::template;

use crate::reconciling::accounts;

/// Five OUs with ten OUs each, and an account in each of those.
fn nested() -> ScenarioBuilder {
    let scenario = organization().organization(|organization| organization.empty_page_after = 0);
    let all = (0..5).flat_map(|unit| (0..10).map(move |child| (unit, child)));
    let scenario = all.fold(scenario, |scenario, (unit, child)| {
        let id = (300_000_000_000_u64 + 10 * unit + child).to_string();
        scenario.account(account(&id).ou(&format!("Unit{unit}/Child{unit}{child}")))
    });
    scenario.graph(organization_graph("us-east-1"))
}

async fn with_policy(scenario: ScenarioBuilder, policy: &Value) -> Environment {
    let parameters = [("DetectiveRegions", "us-east-1"), ("CoveragePolicyParameter", "/security/policy")];
    let environment = Environment::start_with(scenario, &template(), &parameters).await;
    environment.aws().put_parameter(ADMINISTRATOR, "us-east-1", "/security/policy", &policy.to_string());
    environment
}

/// The ids of all OUs, by name.
async fn units(environment: &Environment) -> BTreeMap<String, String> {
    let client = environment.organizations().await;
    let (mut open, mut units) = (vec![environment.root_id().await], BTreeMap::new());
    while let Some(parent) = open.pop() {
        let children = client.list_organizational_units_for_parent().parent_id(parent).send().await.unwrap();
        for unit in children.organizational_units() {
            let id = unit.id().unwrap().to_owned();
            open.push(id.clone());
            units.insert(unit.name().unwrap().to_owned(), id);
        }
    }
    units
}

#[tokio::test]
async fn each_of_55_nested_ous_of_a_policy_is_listed_once() {
    let units = units(&Environment::bare(nested()).await).await;
    assert_eq!(units.len(), 55);
    let rules = |names: &dyn Fn(&str) -> bool| -> Vec<Value> {
        units.iter().filter(|(name, _)| names(name)).map(|(_, id)| json!({ "ou": id })).collect()
    };
    // Rules of all kinds name them, the inner ones before the outer ones and after them.
    let policy = json!({
        "include": rules(&|name| name != "Unit4"),
        "exclude": rules(&|name| name == "Child00" || name == "Unit1"),
        "priority": rules(&|name| name.starts_with("Unit")),
    });
    let environment = with_policy(nested(), &policy).await;
    let report = report(environment.reconcile().await);
    let calls = ["ListOrganizationalUnitsForParent", "ListAccountsForParent", "ListParents", "ListTagsForResource"];
    assert_eq!(calls.map(|operation| environment.calls(operation)), [55, 55, 0, 0]);
    assert_eq!(report["regions"][0]["coverage"]["inScope"], 50 - 11, "{report:#}");
    for (id, is_member) in
        [("300000000000", false), ("300000000001", true), ("300000000015", false), ("300000000049", true)]
    {
        assert_eq!(environment.status("us-east-1", id).is_some(), is_member, "{id}");
    }
}

#[tokio::test]
async fn tags_are_read_of_accounts_on_which_nothing_else_decides() {
    let units = units(&Environment::bare(accounts()).await).await;
    let (workloads, sandbox) = (json!({"ou": units["Workloads"]}), json!({"ou": units["Sandbox"]}));
    let off = json!({"tag": {"key": "detective", "value": "off"}});
    let (one, other) = (json!({"account": "333333333333"}), json!({"account": "444444444444"}));
    // There are the management account, the administrator, 333333333333 and 444444444444 below Workloads, 555555555555 in Sandbox,
    // and 666666666666.
    for (policy, reads, in_scope) in [
        // Only who is included can be excluded by a tag.
        (json!({"include": [workloads], "exclude": [off]}), 2, 1),
        (json!({"include": [other, sandbox], "exclude": [off]}), 2, 1),
        // Who is excluded is so whatever the tags are, and who is included needs no tag for it.
        (json!({"exclude": [sandbox, workloads, off]}), 3, 1),
        (json!({"include": [sandbox, one, off]}), 4, 3),
        // What selects an account before its tags do decides on its rank.
        (json!({"include": [workloads], "priority": [one, off]}), 1, 2),
        (json!({"include": [workloads], "priority": [workloads, off]}), 0, 2),
        (json!({"exclude": [off]}), 6, 3),
    ] {
        let scenario = accounts().graph(organization_graph("us-east-1"));
        let environment = with_policy(scenario, &policy).await;
        let report = report(environment.reconcile().await);
        assert_eq!(environment.calls("ListTagsForResource"), reads, "{policy}");
        assert_eq!(report["regions"][0]["coverage"]["inScope"], in_scope, "{policy}");
    }
}

#[tokio::test]
async fn one_account_costs_no_read_that_does_not_decide_on_it() {
    let units = units(&Environment::bare(accounts()).await).await;
    let (workloads, sandbox) = (json!({"ou": units["Workloads"]}), json!({"ou": units["Sandbox"]}));
    let off = json!({"tag": {"key": "detective", "value": "off"}});
    let account = json!({"account": "333333333333"});
    for (policy, parents, tags, is_member) in [
        // 333333333333 is in an OU of an OU.
        (json!({"include": [workloads], "exclude": [off]}), 3, 1, true),
        (json!({"include": [sandbox], "exclude": [off]}), 3, 0, false),
        (json!({"include": [account, sandbox], "exclude": [off]}), 3, 1, true),
        (json!({"include": [account, sandbox, off]}), 0, 0, true),
        (json!({"exclude": [sandbox, off, account]}), 0, 0, false),
    ] {
        let environment = with_policy(accounts().graph(organization_graph("us-east-1")), &policy).await;
        let report = report(environment.onboard(account_created("333333333333")).await);
        let calls = (environment.calls("ListParents"), environment.calls("ListTagsForResource"));
        assert_eq!(calls, (parents, tags), "{policy}");
        let outcome = &line(&report, "us-east-1", "333333333333")["outcome"];
        assert_eq!(outcome == "done", is_member, "{policy}: {report:#}");
    }
}
