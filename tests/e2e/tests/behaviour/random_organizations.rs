//! Random organizations with up to three odd accounts of any kind, in any place: after one run everybody else is a member, each
//! of them is named with a reason of its own, and the calls are few.

use std::cell::Cell;
use std::collections::BTreeMap;

use chrono::TimeDelta;
use detective_emulator::{AfterEffect, Effect, Fault, TooMuchData};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use end_to_end::environment::Environment;
use end_to_end::faults::aws_error;
use end_to_end::report::line;
use end_to_end::scenario::{Account, account, organization, organization_graph, span};

use crate::arrivals_queue::{created, put, runs};
use crate::odd_accounts::{ODD_ADDRESS, reconcile_once};
use crate::reconciling::environment;

/// What is odd about an account.
struct Kind {
    /// Changes the account of the scenario.
    account: fn(Account) -> Account,
    /// What CreateMembers answers for a call that names it.
    effect: fn() -> Option<Effect>,
    /// How it ends: its reason, or AWS's code.
    end: &'static str,
    /// Whether Detective is asked to make it a member.
    is_sent: bool,
}

fn error(code: &str) -> Option<Effect> {
    Some(Effect::Error(aws_error(code)))
}

const KINDS: [Kind; 11] = [
    Kind { account: |odd| odd.email(ODD_ADDRESS), effect: || None, end: "invalid-email", is_sent: false },
    Kind { account: |odd| odd.email("root@big_org.com"), effect: || None, end: "invalid-email", is_sent: false },
    Kind { account: |odd| odd.email(""), effect: || None, end: "missing-email", is_sent: false },
    Kind { account: |odd| odd.state("PENDING_ACTIVATION"), effect: || None, end: "pending-activation", is_sent: false },
    Kind { account: |odd| odd.state("SUSPENDED"), effect: || None, end: "not-active", is_sent: false },
    Kind { account: |odd| odd.age("0s"), effect: || None, end: "InternalServerException", is_sent: true },
    Kind { account: |odd| odd.volume("unverified"), effect: || None, end: "volume-unverified", is_sent: true },
    Kind { account: |odd| odd.volume("high"), effect: || None, end: "volume-unverified", is_sent: true },
    Kind { account: |odd| odd, effect: || error("ValidationException"), end: "ValidationException", is_sent: true },
    Kind { account: |odd| odd, effect: || error("UnheardOfException"), end: "UnheardOfException", is_sent: true },
    Kind {
        account: |odd| odd,
        effect: || Some(Effect::Reset(AfterEffect { after_effect: false })),
        end: "ConnectionFailure",
        is_sent: true,
    },
];
/// The SDK makes a call again whose connection breaks.
const RESET: usize = KINDS.len() - 1;

fn id(number: u64) -> String {
    format!("6{number:011}")
}

/// The report of one run: of the reconciler, or of account-onboarder for an event about each account.
async fn run(environment: &Environment, count: u64, by_events: bool) -> Value {
    if !by_events {
        return reconcile_once(environment).await;
    }
    (0..count).for_each(|number| put(environment, created(&id(number), &format!("e{number}"))));
    environment.cloud.run_for(TimeDelta::seconds(30)).await;
    let mut runs = runs(environment);
    assert_eq!(runs.len(), 1);
    runs.swap_remove(0).outcome.expect("a batch is answered")
}

/// Runs once, and gives how many calls of CreateMembers there were.
async fn check(count: u64, odd: &BTreeMap<u64, usize>, by_events: bool) -> Result<usize, TestCaseError> {
    let mut scenario =
        organization().too_much_data(TooMuchData::IsRefused).timing(|timing| timing.new_account_settling = span("40m"));
    let mut faults = Vec::new();
    for number in 0..count {
        let account = account(&id(number));
        scenario = scenario.account(match odd.get(&number).map(|kind| &KINDS[*kind]) {
            None => account,
            Some(kind) => {
                let about = |effect| Fault { about: Some(id(number)), ..Fault::on("CreateMembers", effect) };
                faults.extend((kind.effect)().map(about));
                (kind.account)(account)
            }
        });
    }
    let environment = environment(scenario.graph(organization_graph("us-east-1")), &[]).await;
    environment.aws().set_faults(faults);
    let report = run(&environment, count, by_events).await;
    for number in 0..count {
        match odd.get(&number) {
            None => prop_assert_eq!(environment.status("us-east-1", &id(number)), Some("ENABLED".to_owned())),
            Some(kind) => {
                let line = line(&report, "us-east-1", &id(number));
                let found = line["reason"].as_str().or(line["code"].as_str());
                prop_assert_eq!(found, Some(KINDS[*kind].end), "{}", line);
            }
        }
    }
    let sent = odd.values().filter(|kind| KINDS[**kind].is_sent).count();
    // The reconciler has the management account beside these.
    let wanted = usize::try_from(count).expect("few") + usize::from(!by_events) + sent - odd.len();
    let calls = environment.calls("CreateMembers");
    let most = wanted.div_ceil(50) + 11 * sent;
    let is_reset = odd.values().any(|kind| *kind == RESET);
    prop_assert!(is_reset || calls <= most, "{} calls, and {} at most", calls, most);
    Ok(calls)
}

#[test]
fn whichever_accounts_are_odd_everybody_else_is_a_member_after_one_run() {
    let config = Config { cases: 24, failure_persistence: None, max_shrink_iters: 10, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let counts = [(); 4].map(|()| Cell::new(0_usize));
    let [organizations, healthy, odd_ones, calls] = &counts;
    let odd = prop::collection::btree_map(0_u64..110, 0..KINDS.len(), 0..=3);
    let result = runner.run(&(60_u64..110, odd, any::<bool>()), |(count, mut odd, by_events)| {
        odd.retain(|number, _| *number < count);
        let made = runtime.block_on(check(count, &odd, by_events))?;
        let members = usize::try_from(count).expect("few") - odd.len();
        for (counter, more) in [(organizations, 1), (healthy, members), (odd_ones, odd.len()), (calls, made)] {
            counter.set(counter.get() + more);
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    let [organizations, healthy, odd, calls] = counts.map(Cell::into_inner);
    println!(
        "random organizations: {organizations}, with {healthy} healthy accounts, all of them members after one run, and {odd} odd \
         ones, each named with its own reason, by {calls} calls of CreateMembers"
    );
    assert!(organizations >= 24 && odd >= 24, "{organizations} organizations with {odd} odd accounts prove little");
}
