//! How reconciling grows with the organization and with the Regions.

use std::time::Duration;

use detective_emulator::{Cloud, Emulator};

use crate::process::Process;
use crate::scenarios::{self, ORGANIZATION_GRAPH, REGIONS};
use crate::statistics::{count, median, megabytes, ratio, seconds, time};
use crate::{Failure, subjects, table};

/// The table's heading in docs/benchmarks.md.
pub(crate) const HEADING: [&str; 6] = ["", "Regions", "Time", "to the first row's", "Calls", "Peak memory"];

/// An organization's size, and what was measured of it.
struct Case {
    accounts: usize,
    regions: usize,
    time: Vec<Duration>,
    memory: Vec<u64>,
    calls: usize,
}

/// Measures every case in turns.
pub(crate) async fn measure(quick: bool) -> Result<String, Failure> {
    let (sizes, rounds) = if quick { (&[100, 300][..], 1) } else { (&[1_000, 3_000, 10_000][..], 5) };
    let mut cases: Vec<Case> = sizes
        .iter()
        .flat_map(|accounts| {
            [1, 5, 17].map(|regions| Case {
                accounts: *accounts,
                regions,
                time: Vec::new(),
                memory: Vec::new(),
                calls: 0,
            })
        })
        .collect();
    if let Some(first) = cases.first_mut() {
        // Brings the file into the page cache, and is not counted.
        run(first).await?;
        first.time.clear();
        first.memory.clear();
    }
    for _ in 0..rounds {
        for case in &mut cases {
            run(case).await?;
        }
    }
    Ok(write(&cases, rounds))
}

/// One run in a new process, in an organization where no account is a member yet.
async fn run(case: &mut Case) -> Result<(), Failure> {
    let regions = &REGIONS[..case.regions];
    let subject = subjects::function("organization-reconciler", &[("DetectiveRegions", &regions.join(","))])?;
    let scenario = scenarios::organization(case.accounts, regions, ORGANIZATION_GRAPH)?;
    let emulator = Emulator::start(Cloud::new(&scenario)?).await?;
    let mut process = Process::start(&subject, &emulator.endpoint_url()).await?;
    let outcome = process.run_cold(&scenarios::scheduled()).await?;
    if let Err(error) = outcome.result {
        return Err(format!("reconciling failed: {}", String::from_utf8_lossy(&error)).into());
    }
    case.time.push(outcome.time);
    case.memory.push(process.peak_memory()?);
    case.calls = emulator.cloud().journal().len();
    Ok(())
}

fn write(cases: &[Case], rounds: usize) -> String {
    let smallest = cases.first().map(|case| seconds(&case.time)).unwrap_or_default();
    let rows: Vec<[String; 6]> = cases
        .iter()
        .map(|case| {
            [
                format!("{} accounts", count(case.accounts)),
                case.regions.to_string(),
                time(seconds(&case.time)),
                ratio(seconds(&case.time), smallest),
                count(case.calls),
                megabytes(median(&case.memory).unwrap_or_default()),
            ]
        })
        .collect();
    let mut text = table::markdown(HEADING, &rows);
    text.push_str(&format!(
        "\norganization-reconciler, from the process's start to its response, medians of {rounds} in turns; no account is \
         a member yet, and up to 1,200 a Region become one. Without latency and without a rate limit: this is the time of the \
         function and of the emulator together.\n",
    ));
    text
}
