//! Many accounts at once, as account-onboarder works on them, in virtual time: how long it takes, and how much of it is throttled.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_config::{Region, SdkConfig};
use aws_sdk_detective::types::Account;
use futures_util::future::{join, join_all};
use futures_util::{StreamExt, stream};
use tokio::time::Instant;

use super::Pacing;
use super::tests::Services;

const LATENCY: Duration = Duration::from_millis(20);

/// Lists the organization while every Region reads its members, and then creates them, with the functions' pages, batches and calls
/// at once. Returns how many calls failed after all retries.
async fn storm(config: &SdkConfig, accounts: usize, regions: usize) -> usize {
    let failed = AtomicUsize::new(0);
    let count = |is_error: bool| {
        failed.fetch_add(usize::from(is_error), Ordering::Relaxed);
    };
    let organizations = aws_sdk_organizations::Client::new(config);
    let pages = async {
        for _ in 0..(accounts + 3).div_ceil(20) {
            count(organizations.list_accounts().send().await.is_err());
        }
    };
    let batches = || stream::iter(0..accounts.div_ceil(50));
    let clients = (0..regions).map(|number| {
        let region = Region::new(format!("eu-west-{number}"));
        aws_sdk_detective::Client::new(&config.clone().into_builder().region(region).build())
    });
    let clients: Vec<aws_sdk_detective::Client> = clients.collect();
    let read = clients.iter().map(async |detective| {
        count(detective.list_graphs().send().await.is_err());
        let read = async |_| count(detective.get_members().graph_arn("graph").send().await.is_err());
        batches().map(read).buffer_unordered(4).collect::<Vec<()>>().await;
    });
    join(pages, join_all(read)).await;
    let created = clients.iter().map(async |detective| {
        let create = async |_| {
            let account = Account::builder().account_id("333333333333").email_address("app@example.com").build();
            let request = detective.create_members().graph_arn("graph").accounts(account.expect("an account"));
            count(request.send().await.is_err());
        };
        batches().map(create).buffer_unordered(16).collect::<Vec<()>>().await;
    });
    join_all(created).await;
    failed.into_inner()
}

/// The least seconds of a caller who knows the rate, and the fewest calls.
fn least(accounts: usize, regions: usize, rate: f64) -> (f64, usize) {
    let (pages, batches) = ((accounts + 3).div_ceil(20), accounts.div_ceil(50));
    let wait = |calls: usize| ((calls as f64 - rate) / rate).max(0.0) + LATENCY.as_secs_f64();
    let in_turn = wait(pages).max(pages as f64 * LATENCY.as_secs_f64());
    (in_turn + wait(batches), pages + regions * (1 + 2 * batches))
}

/// How long the storm takes beside the least time, its calls beside the fewest, and the share that was throttled; how many calls
/// failed in the end.
async fn measure(pacing: Option<Pacing>, accounts: usize, rate: f64, regions: usize) -> (f64, f64, f64, usize) {
    let services = Services::new(rate, LATENCY);
    let start = Instant::now();
    let failed = storm(&services.sdk_config_with(pacing), accounts, regions).await;
    let (seconds, fewest) = least(accounts, regions, rate);
    (start.elapsed().as_secs_f64() / seconds, services.calls() as f64 / fewest as f64, services.throttled(), failed)
}

/// Every number of accounts with every rate and number of Regions.
fn cases() -> impl Iterator<Item = (usize, f64, usize)> {
    let rates = |accounts| [5.0, 20.0, 100.0].map(|rate| (accounts, rate));
    let regions = |(accounts, rate)| [1, 2, 17].map(|regions| (accounts, rate, regions));
    [200, 1_000].into_iter().flat_map(rates).flat_map(regions)
}

#[tokio::test(start_paused = true)]
async fn many_accounts_at_once_take_hardly_longer_than_the_rate_allows_and_hardly_a_call_is_throttled() {
    for (accounts, rate, regions) in cases() {
        // Backoff is random.
        for _ in 0..5 {
            let (time, calls, throttled, failed) = measure(Some(Pacing::Gentle), accounts, rate, regions).await;
            assert!(
                time <= 1.3 && calls <= 1.5 && throttled <= 0.05 && failed == 0,
                "{accounts} accounts, {rate}/s, {regions} Regions: {time} of the least time, {calls} of the fewest calls, {throttled} \
                 throttled, {failed} failed"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_adaptive_mode_of_the_sdk_is_throttled_more_and_takes_longer() {
    let (mut worst, mut worst_of_sdk) = ((0.0_f64, 0.0_f64), (0.0_f64, 0.0_f64));
    for (accounts, rate, regions) in cases() {
        let own = measure(Some(Pacing::Gentle), accounts, rate, regions).await;
        let sdk = measure(None, accounts, rate, regions).await;
        println!(
            "| {accounts} | {rate} | {regions} | {:.2}× | {:.2}× | {:.1} % | {:.1} % | {} | {} |",
            own.0,
            sdk.0,
            own.2 * 100.0,
            sdk.2 * 100.0,
            own.3,
            sdk.3
        );
        worst = (worst.0.max(own.0), worst.1.max(own.2));
        worst_of_sdk = (worst_of_sdk.0.max(sdk.0), worst_of_sdk.1.max(sdk.2));
    }
    assert!(worst.0 < worst_of_sdk.0 && worst.1 < worst_of_sdk.1, "{worst:?}, by the SDK {worst_of_sdk:?}");
}
