//! Many accounts at once, as account-onboarder works on them, in virtual time: how long it takes, and how much of it is throttled.

use std::cell::Cell;
use std::time::Duration;

use aws_config::{Region, SdkConfig};
use aws_sdk_detective::types::Account;
use futures_util::future::{join, join_all};
use futures_util::{StreamExt, stream};
use tokio::time::Instant;

use super::virtual_services::{Services, least};

/// What is asked of the services: the accounts, the calls a second that each takes, the Regions, and how late answers come.
#[derive(Debug, Clone, Copy)]
struct Storm {
    accounts: usize,
    rate: f64,
    regions: usize,
    latency: Duration,
}

/// What became of it: the time beside the least, the calls beside the fewest, the share that was throttled, and how many calls
/// failed after all retries.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    time: f64,
    calls: f64,
    throttled: f64,
    failed: usize,
}

impl Storm {
    /// Pages of accounts, and batches of members.
    fn pages_and_batches(self) -> (usize, usize) {
        ((self.accounts + 3).div_ceil(20), self.accounts.div_ceil(50))
    }

    /// Makes the calls, with the settings that `config` gives.
    async fn run(self, config: impl Fn(&Services) -> SdkConfig) -> Outcome {
        let services = Services::new(self.rate, self.latency);
        let start = Instant::now();
        let failed = self.calls(&config(&services)).await;
        let (pages, batches) = self.pages_and_batches();
        let fewest = pages + self.regions * (1 + 2 * batches);
        Outcome {
            time: start.elapsed().as_secs_f64() / least(self.rate, self.latency, pages, batches),
            calls: services.calls() as f64 / fewest as f64,
            throttled: services.throttled(),
            failed,
        }
    }

    /// Lists the organization while every Region reads its members, and then creates them, with the function's pages, batches and
    /// calls at once. Returns how many calls failed.
    async fn calls(self, config: &SdkConfig) -> usize {
        let (pages, batches) = self.pages_and_batches();
        let failed = Cell::new(0);
        let count = |is_error: bool| failed.set(failed.get() + usize::from(is_error));
        let organizations = aws_sdk_organizations::Client::new(config);
        let list = async {
            for _ in 0..pages {
                count(organizations.list_accounts().send().await.is_err());
            }
        };
        let clients = (0..self.regions).map(|number| {
            let region = Region::new(format!("eu-west-{number}"));
            aws_sdk_detective::Client::new(&config.clone().into_builder().region(region).build())
        });
        let clients: Vec<aws_sdk_detective::Client> = clients.collect();
        let read = clients.iter().map(async |detective| {
            count(detective.list_graphs().send().await.is_err());
            let read = async |_| count(detective.get_members().graph_arn("graph").send().await.is_err());
            stream::iter(0..batches).map(read).buffer_unordered(4).collect::<Vec<()>>().await;
        });
        join(list, join_all(read)).await;
        let create = clients.iter().map(async |detective| {
            let create = async |_| {
                let account = Account::builder().account_id("333333333333").email_address("app@example.com").build();
                let request = detective.create_members().graph_arn("graph").accounts(account.expect("an account"));
                count(request.send().await.is_err());
            };
            stream::iter(0..batches).map(create).buffer_unordered(16).collect::<Vec<()>>().await;
        });
        join_all(create).await;
        failed.get()
    }
}

/// Every number of accounts with every rate and number of Regions.
fn storms(latency: u64) -> impl Iterator<Item = Storm> {
    let latency = Duration::from_millis(latency);
    let rates = |accounts| [5.0, 20.0, 100.0].map(|rate| (accounts, rate));
    let regions = move |(accounts, rate)| [1, 2, 17].map(|regions| Storm { accounts, rate, regions, latency });
    [200, 1_000].into_iter().flat_map(rates).flat_map(regions)
}

#[tokio::test(start_paused = true)]
async fn many_accounts_at_once_take_hardly_longer_than_the_rate_allows_and_hardly_a_call_is_throttled() {
    // Backoff is random, so each is tried more than once.
    for storm in storms(20).chain(storms(20)).chain(storms(100)) {
        let outcome = storm.run(Services::sdk_config).await;
        let Outcome { time, calls, throttled, failed } = outcome;
        assert!(time <= 1.25 && calls <= 1.25 && throttled <= 0.05 && failed == 0, "{storm:?}: {outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_adaptive_mode_of_the_sdk_takes_longer_or_is_throttled_more_wherever_the_rate_is_reached() {
    for storm in storms(20) {
        let (own, sdk) = (storm.run(Services::sdk_config).await, storm.run(Services::adaptive_sdk_config).await);
        println!("{storm:?}: {own:?}, in the adaptive mode {sdk:?}");
        let is_reached = own.throttled > 0.0;
        assert!(!is_reached || sdk.time > own.time || sdk.throttled > own.throttled, "{storm:?}: {own:?}, {sdk:?}");
    }
}
