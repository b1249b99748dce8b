//! Root addresses that Organizations takes and Detective does not: exactly those are held, and no call is refused for one.

use std::collections::BTreeMap;

use aws_sdk_detective::types::Account;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use end_to_end::report::report;
use end_to_end::scenario::{ADMINISTRATOR, ScenarioBuilder, account, organization, organization_graph};

use crate::reconciling::environment;

/// Addresses that people have, or could have, in every way in which one can be odd.
const ADDRESSES: [&str; 31] = [
    "root@xn--e1afmkfd.xn--p1ai",
    "root@xn--bcher-kva.example",
    "root@big_org.com",
    "root@sub_domain.example.com",
    "root@-example.com",
    "root@example-.com",
    "root@example.c",
    "root@example.com1",
    "root@example.1com",
    "root@127.0.0.1",
    "root@[127.0.0.1]",
    "root@m\u{fc}nchen.de",
    "root@example..com",
    "root@.example.com",
    "root@example.com.",
    "root@example.co,m",
    "root@example.com/",
    "root@example.\u{516c}\u{53f8}",
    "root@a--b.com",
    "root@1.2.museum",
    "root@EXAMPLE.Com",
    "root@a.b.c.d.e.org",
    "Root+AWS.Management@Example.COM",
    "o'brien@example.co.uk",
    "\"root\"@example.com",
    "ro,ot@example.com",
    "\u{fc}@example.com",
    "\u{1f600}@example.com",
    "-@example.com",
    ".@example.com",
    "root@example.travelersinsurance",
];

/// Random ones as well, the same in every run.
fn addresses() -> Vec<String> {
    let random = "[a-zA-Z0-9_.+'-]{1,8}@(([a-z0-9]{1,4}|[A-Z0-9_-]{1,4})\\.){1,3}([a-z]{2,4}|[a-zA-Z0-9_-]{1,4})";
    let random = proptest::string::string_regex(random).unwrap();
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let longest = ["a".repeat(52), "\u{fc}".repeat(52)].map(|user| format!("{user}@example.com"));
    let longest = longest.into_iter().chain([format!("a@{}.com", "b".repeat(58))]);
    let random = (0..250).map(|_| random.new_tree(&mut runner).unwrap().current());
    ADDRESSES.into_iter().map(str::to_owned).chain(longest).chain(random).collect()
}

#[tokio::test]
async fn exactly_the_addresses_that_detective_refuses_are_held_and_no_call_is_refused() {
    let addresses = addresses();
    let id = |index: usize| format!("6{index:011}");
    let accounts = addresses.iter().enumerate().map(|(index, address)| account(&id(index)).email(address));
    let scenario = accounts.fold(organization(), ScenarioBuilder::account);
    let environment = environment(scenario.graph(organization_graph("us-east-1")), &[]).await;
    report(environment.reconcile().await);
    let objects = environment.aws().objects(&environment.report_bucket());
    let is_report = |key: &&String| key.ends_with("Z.json");
    let full = objects.keys().find(is_report).expect("there is a report of every account");
    let rows: Value = serde_json::from_slice(&objects[full]).unwrap();
    let rows = rows["accounts"].as_array().unwrap();
    let reasons: BTreeMap<&str, &Value> =
        rows.iter().map(|row| (row["accountId"].as_str().unwrap(), &row["reason"])).collect();
    let journal = environment.aws().journal().into_iter().filter(|call| call.operation == "CreateMembers");
    assert!(journal.into_iter().all(|call| call.status == 200), "a call is refused");
    let client = aws_sdk_detective::Client::new(&environment.sdk(ADMINISTRATOR, "us-east-1").await);
    let graph = environment.aws().snapshot().graphs.swap_remove(0).arn;
    let mut held = 0;
    for (index, address) in addresses.iter().enumerate() {
        if environment.status("us-east-1", &id(index)).is_some() {
            continue;
        }
        held += 1;
        assert_eq!(reasons[&*id(index)], "invalid-email", "{address}");
        let account = Account::builder().account_id(id(index)).email_address(address).build().unwrap();
        let refused = client.create_members().graph_arn(&graph).accounts(account).send().await;
        let error = refused.expect_err("Detective takes an address that is held").into_service_error();
        assert!(error.is_validation_exception(), "{address}: {error:?}");
    }
    println!("odd addresses: {} tried, {held} held, none of them one that Detective takes", addresses.len());
    assert!(held > 50 && addresses.len() - held > 50, "{held} held of {}", addresses.len());
}
