//! The pacing of the functions' calls beside the SDK's adaptive retry mode: the same calls, in one run.

use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use detective_emulator::{Cloud, Emulator};
use detective_onboarding::aws::settings;
use detective_onboarding::environment::Environment;

use crate::lower_bound::Limits;
use crate::paced_calls::{create, graphs, ids, start};
use crate::scenarios::{self, ADMINISTRATOR, ORGANIZATION_GRAPH, REGIONS};
use crate::statistics::{count, ratio, time};
use crate::{Failure, storm, table};

/// The table's heading in docs/benchmarks.md.
pub(crate) const HEADING: [&str; 9] =
    ["", "Accounts", "Calls a second", "Paced by", "Time", "to the lower bound", "Calls", "Throttled", "Failed"];

/// The code that paces the functions' calls.
const CODE: [&str; 2] = [
    include_str!("../../../shared/src/aws/rate_limit/mod.rs"),
    include_str!("../../../shared/src/aws/rate_limit/limiter.rs"),
];

const LATENCY_MS: u64 = 20;

/// Which calls are made: as account-onboarder makes them when many accounts are created at once, or as member-monitor starts members.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Calls {
    Storm,
    Starts,
}

/// Who paces them.
#[derive(Debug, Clone, Copy, PartialEq)]
enum By {
    /// The functions' own rate limiters, with the SDK's standard retry mode.
    Limiters,
    /// The SDK's adaptive retry mode alone.
    Sdk,
}

#[derive(Debug, Clone, Copy)]
struct Case {
    calls: Calls,
    accounts: usize,
    rate: u32,
    by: By,
}

/// What was measured of a case.
struct Paced {
    case: Case,
    time: Duration,
    calls: usize,
    throttled: usize,
    /// Calls that failed after all of the SDK's retries.
    failed: usize,
}

/// Measures every case once, each with both.
pub(crate) async fn measure(quick: bool) -> Result<String, Failure> {
    let all: &[(Calls, usize, u32)] = match quick {
        true => &[(Calls::Storm, 100, 20)],
        false => &[
            (Calls::Storm, 1_000, 5),
            (Calls::Storm, 1_000, 20),
            (Calls::Storm, 1_000, 100),
            (Calls::Starts, 600, 20),
            (Calls::Starts, 1_200, 100),
        ],
    };
    let mut done = Vec::new();
    for (calls, accounts, rate) in all.iter().copied() {
        for by in [By::Limiters, By::Sdk] {
            done.push(pace(Case { calls, accounts, rate, by }).await?);
        }
    }
    Ok(write(&done))
}

async fn pace(case: Case) -> Result<Paced, Failure> {
    let regions = match case.calls {
        Calls::Storm => &REGIONS[..2],
        Calls::Starts => &REGIONS[..1],
    };
    let graph = match case.calls {
        Calls::Storm => ORGANIZATION_GRAPH.to_owned(),
        Calls::Starts => scenarios::members(case.accounts + 1, "ACCEPTED_BUT_DISABLED"),
    };
    let mut scenario = scenarios::organization(case.accounts + 3, regions, &graph)?;
    scenario.faults = scenarios::limits(LATENCY_MS, case.rate);
    let emulator = Emulator::start(Cloud::new(&scenario)?).await?;
    let config = config(case.by, &emulator.endpoint_url())?;
    let graphs = graphs(&config, &emulator)?;
    let begin = Instant::now();
    let failed = match case.calls {
        Calls::Storm => create(&aws_sdk_organizations::Client::new(&config), &graphs, &ids(case.accounts)).await,
        Calls::Starts => start(&graphs, &ids(case.accounts)).await,
    };
    let time = begin.elapsed();
    let journal = emulator.cloud().journal();
    let throttled = journal.iter().filter(|call| call.fault && call.status == 400).count();
    Ok(Paced { case, time, calls: journal.len(), throttled, failed })
}

/// The functions' settings; or the same with the SDK's adaptive mode, and without the limiters.
fn config(by: By, endpoint: &str) -> Result<SdkConfig, Failure> {
    let mode = if by == By::Sdk { "adaptive" } else { "standard" };
    let variables = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_MAX_ATTEMPTS", "6"),
        ("AWS_RETRY_MODE", mode),
    ];
    let variable = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    let key = Credentials::new(ADMINISTRATOR, "any", None, None, "benchmark");
    let config = settings::sdk_config(&Environment::new(&variable))?.into_builder();
    let config = config.credentials_provider(SharedCredentialsProvider::new(key));
    Ok(match by {
        By::Limiters => config.build(),
        By::Sdk => {
            let client = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
            config.http_client(client).build()
        }
    })
}

/// How many lines of a file are neither empty, nor comments, nor tests.
fn lines_of_code(text: &str) -> usize {
    let (code, _) = text.split_once("#[cfg(test)]").unwrap_or((text, ""));
    code.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

fn write(done: &[Paced]) -> String {
    let row = |paced: &Paced| {
        let Paced { case, time: spent, calls, throttled, failed } = *paced;
        let limits = Limits { latency_ms: LATENCY_MS, rate: case.rate };
        let (name, bound) = match case.calls {
            Calls::Storm => ("many accounts at once", storm::lower_bound(case.accounts, case.rate)),
            Calls::Starts => ("starting members", limits.at_once(case.accounts)),
        };
        [
            name.to_owned(),
            count(case.accounts),
            case.rate.to_string(),
            if case.by == By::Sdk { "the SDK" } else { "the functions" }.to_owned(),
            time(spent.as_secs_f64()),
            ratio(spent.as_secs_f64(), bound),
            count(calls),
            format!("{:.1} %", throttled as f64 * 100.0 / calls.max(1) as f64),
            count(failed),
        ]
    };
    let rows: Vec<[String; 9]> = done.iter().map(row).collect();
    let mut text = table::markdown(HEADING, &rows);
    let lines: usize = CODE.into_iter().map(lines_of_code).sum();
    text.push_str(&format!(
        "\nThe calls of account-onboarder in two Regions and of member-monitor in one, made by this benchmark itself, in one run; limits \
         and bound as above. *The functions* is their own pacing, {lines} lines of code in `shared/src/aws/rate_limit/`, with the SDK's \
         standard retry mode; *the SDK* is its adaptive mode alone. *Failed* are calls that were throttled six times, and made again.\n",
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_empty_lines_and_tests_are_no_code() {
        assert_eq!(lines_of_code("//! A\n\nuse a;\n    // b\nfn c() {}\n\n#[cfg(test)]\nmod tests {}\n"), 2);
        assert!(CODE.map(lines_of_code).iter().all(|lines| *lines > 50));
    }
}
