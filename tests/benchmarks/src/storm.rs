//! Many accounts at once: by the queue before account-onboarder, and by one invocation for each event, which is how it was
//! done before.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use detective_emulator::{Cloud, Emulator};
use futures_util::future::join;
use local_cloud::binaries::workspace;
use local_cloud::{LocalCloud, Options, Stack, What};

use crate::lower_bound::Limits;
use crate::scenarios::{self, ADMINISTRATOR, MANAGEMENT, ORGANIZATION_GRAPH, REGIONS};
use crate::statistics::{count, ratio, time};
use crate::{Failure, table};

/// The table's heading in docs/benchmarks.md.
pub(crate) const HEADING: [&str; 12] = [
    "",
    "Accounts",
    "Calls a second",
    "Regions",
    "Time",
    "to the lower bound",
    "Calls",
    "to the fewest",
    "Throttled",
    "Dead letters",
    "Billed",
    "No members",
];

/// Each account is in so many events.
const EVENTS: usize = 3;
const LATENCY_MS: u64 = 20;
/// So long the queue gathers events, which nobody needs to wait for here.
const WINDOW: TimeDelta = TimeDelta::seconds(20);
/// After this time a case is given up.
const LIMIT: Duration = Duration::from_secs(300);

/// A function for each event, as rules without a queue start it.
const WITHOUT_QUEUE: &str = include_str!("without_queue.yaml");

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Case {
    name: &'static str,
    accounts: usize,
    /// The calls a second that Detective takes in a Region, and Organizations.
    rate: u32,
    regions: usize,
}

/// What was measured.
struct Storm {
    case: Case,
    /// From the first call to the last one.
    seconds: f64,
    calls: usize,
    throttled: usize,
    dead_letters: usize,
    /// How long the function ran, in milliseconds, each invocation rounded up as Lambda bills it.
    billed: u128,
    /// Accounts that are not members everywhere at the end.
    missing: usize,
}

/// Measures the queue in every case, and an invocation for each event in one of them.
pub(crate) async fn measure(quick: bool) -> Result<String, Failure> {
    let case = |accounts, rate, regions| Case { name: "queue", accounts, rate, regions };
    let mut cases = if quick { vec![case(40, 5, 2)] } else { Vec::new() };
    if !quick {
        for accounts in [200, 1_000] {
            for rate in [5, 20, 100] {
                cases.extend([1, 2, 17].map(|regions| case(accounts, rate, regions)));
            }
        }
    }
    let mut done = Vec::new();
    for case in cases {
        done.push(storm(case, with_queue(case.regions)?).await?);
    }
    let without = Case { name: "an invocation for each event", ..case(if quick { 4 } else { 100 }, 5, 2) };
    done.push(storm(without, without_queue()).await?);
    Ok(write(&done))
}

fn with_queue(regions: usize) -> Result<Stack, Failure> {
    let stack = Stack::from_file(&workspace().join("template.yaml"), "storm", ADMINISTRATOR, "us-east-1")?;
    Ok(stack
        .with("Place", "AdministratorAccount")
        .with("OrganizationId", "o-exampleorg01")
        .with("ManagementAccountId", MANAGEMENT)
        .with("DetectiveRegions", &REGIONS[..regions].join(",")))
}

fn without_queue() -> Stack {
    let (name, region) = ("storm".to_owned(), "us-east-1".to_owned());
    let (account, template) = (ADMINISTRATOR.to_owned(), WITHOUT_QUEUE.to_owned());
    Stack { name, account, region, template, parameters: BTreeMap::new() }
}

/// The accounts are created at once, and time passes as it does, until all are members or nothing more will be done for them.
async fn storm(case: Case, stack: Stack) -> Result<Storm, Failure> {
    let accounts = case.accounts;
    let mut scenario = scenarios::organization(accounts + 3, &REGIONS[..case.regions], ORGANIZATION_GRAPH)?;
    scenario.faults = scenarios::limits(LATENCY_MS, case.rate);
    let emulator = Emulator::start(Cloud::new(&scenario)?).await?;
    // As many instances as Lambda starts for an account by default.
    let profile = std::env::var("LOCAL_CLOUD_PROFILE").unwrap_or_else(|_| "release".to_owned());
    let options = Options {
        concurrency: 1_000,
        limit: Some(LIMIT),
        waits_divided_by: 1,
        profile: Some(profile),
        ..Options::default()
    };
    let cloud = LocalCloud::with(emulator, options);
    cloud.deploy(stack)?;
    for number in 0..accounts {
        for copy in 0..EVENTS {
            let mut event = scenarios::account_created()?;
            event["id"] = format!("{number}-{copy}").into();
            let status = &mut event["detail"]["serviceEventDetails"]["createAccountStatus"];
            status["accountId"] = (400_000_000_000 + number).to_string().into();
            cloud.put_event(ADMINISTRATOR, "us-east-1", event);
        }
    }
    cloud.emulator().cloud().flow(1.0);
    tokio::select! {
        _ = join(cloud.flow(), skip_window(&cloud, accounts)) => {}
        () = ended(&cloud, accounts) => {}
        () = tokio::time::sleep(LIMIT) => {}
    }
    let journal = cloud.emulator().cloud().journal();
    let calls = || journal.iter().filter(|call| matches!(call.service.as_str(), "detective" | "organizations"));
    let span = calls().map(|call| call.time).max().zip(calls().map(|call| call.time).min());
    let billed = cloud.invocations().iter().map(|run| run.duration.as_micros().div_ceil(1_000)).sum();
    Ok(Storm {
        case,
        seconds: span.map_or(0.0, |(last, first)| (last - first).as_seconds_f64()) + LATENCY_MS as f64 / 1000.0,
        calls: calls().count(),
        throttled: calls().filter(|call| call.fault && call.status == 400).count(),
        dead_letters: cloud.dead_letters().len(),
        billed,
        missing: missing(&cloud, accounts),
    })
}

/// Lets the time pass in which the queue gathers events, as soon as it has all of them.
async fn skip_window(cloud: &LocalCloud, accounts: usize) {
    let Some(queue) = cloud.queues().into_iter().find(|queue| queue.contains("-Arrivals-")) else { return };
    while cloud.emulator().cloud().visible_messages(&queue).0 < accounts * EVENTS {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    cloud.emulator().cloud().advance(WINDOW);
}

/// Waits until all accounts are members, or each event has succeeded or is a dead letter.
async fn ended(cloud: &LocalCloud, accounts: usize) {
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let succeeded = |what: &What| matches!(what, What::Ran { response: Some(_), .. });
        let succeeded = cloud.timeline().iter().filter(|entry| succeeded(&entry.what)).count();
        // Looking is not for nothing: it is left until an invocation has ended.
        if succeeded > 0 && missing(cloud, accounts) == 0 || succeeded + cloud.dead_letters().len() >= accounts * EVENTS
        {
            return;
        }
    }
}

fn missing(cloud: &LocalCloud, accounts: usize) -> usize {
    let members = cloud.emulator().cloud().snapshot().graphs.into_iter().map(|graph| graph.members.len());
    members.map(|members| accounts.saturating_sub(members)).max().unwrap_or(accounts)
}

/// The fewest calls: the organization by 20 accounts, and in each Region the graph, and members by 50, read and created.
fn fewest(case: Case) -> usize {
    (case.accounts + 3).div_ceil(20) + case.regions * (1 + 2 * case.accounts.div_ceil(50))
}

/// The seconds of a caller who knows the rate: the organization's pages, then the members. Detective is read meanwhile.
pub(crate) fn lower_bound(accounts: usize, rate: u32) -> f64 {
    let limits = Limits { latency_ms: LATENCY_MS, rate };
    limits.in_turn((accounts + 3).div_ceil(20)) + limits.at_once(accounts.div_ceil(50))
}

fn write(done: &[Storm]) -> String {
    let row = |storm: &Storm| {
        let Storm { case, seconds, calls, throttled, dead_letters, billed, missing } = *storm;
        [
            case.name.to_owned(),
            count(case.accounts),
            case.rate.to_string(),
            case.regions.to_string(),
            time(seconds),
            ratio(seconds, lower_bound(case.accounts, case.rate)),
            count(calls),
            ratio(calls as f64, fewest(case) as f64),
            format!("{:.1} %", throttled as f64 * 100.0 / calls.max(1) as f64),
            count(dead_letters),
            time(billed as f64 / 1_000.0),
            count(missing),
        ]
    };
    let rows: Vec<[String; 12]> = done.iter().map(row).collect();
    let mut text = table::markdown(HEADING, &rows);
    text.push_str(
        "\nAccounts that are created at once, with three events each; Detective and Organizations each take so many calls a second \
         in each Region, a second's calls at once, and answer after 20 ms. As many instances run as Lambda starts; from the first \
         call to the last, without the twenty seconds in which the queue gathers events. The lower bound: the organization's pages \
         one after another, then all changes, by a caller who knows the rate. The fewest calls: the organization by 20 accounts, \
         members by 50, read and created. *Billed*: all invocations. *An invocation for each event*: rules without a queue, and \
         Lambda's two retries.\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_calls_for_two_hundred_accounts_in_two_regions_are_twenty_nine() {
        let case = Case { name: "queue", accounts: 200, rate: 5, regions: 2 };
        assert_eq!(fewest(case), 11 + 2 * (1 + 4 + 4));
        assert!((lower_bound(200, 5) - (6.0 / 5.0 + 0.04)).abs() < 1e-9);
    }
}
