//! How long it takes to cover accounts under a rate limit, beside the lower bound that the limit sets.

use std::time::{Duration, Instant};

use detective_emulator::{Cloud, Emulator, Scenario};
use futures_util::future::try_join_all;

use crate::lower_bound::Limits;
use crate::process::Process;
use crate::scenarios::{self, ORGANIZATION_GRAPH};
use crate::statistics::{count, ratio, time};
use crate::{Failure, subjects, table};

/// The table's heading in docs/benchmarks.md.
pub(crate) const HEADING: [&str; 9] =
    ["", "Members", "Calls a second", "Latency", "Time", "to the lower bound", "Calls", "Throttled", "Invocations"];

/// A function that covers a number of accounts under limits.
#[derive(Clone, Copy)]
struct Case {
    function: &'static str,
    members: usize,
    limits: Limits,
}

/// What was measured of a case.
struct Covered {
    case: Case,
    /// The time of all invocations together.
    time: Duration,
    /// How many members are ENABLED at the end.
    enabled: usize,
    invocations: usize,
    calls: usize,
    throttled: usize,
}

const LATENCIES: [u64; 3] = [5, 20, 100];
/// After this time a case is given up.
const LIMIT: Duration = Duration::from_secs(300);

/// Measures every case once; those of a low rate wait most of the time, so they wait together.
pub(crate) async fn measure(quick: bool) -> Result<String, Failure> {
    let mut done = Vec::new();
    let rates = if quick { &[100][..] } else { &[5, 20, 100] };
    for rate in rates {
        let latencies = if quick { &LATENCIES[1..2] } else { &LATENCIES };
        let limits = latencies.iter().map(|latency_ms| Limits { latency_ms: *latency_ms, rate: *rate });
        let cases = limits.flat_map(|limits| {
            let members = if quick { 120 } else { 1200 };
            ["member-monitor", "organization-reconciler"].map(|function| Case { function, members, limits }.fitting())
        });
        if *rate < 100 {
            done.extend(try_join_all(cases.map(cover)).await?);
        } else {
            for case in cases {
                done.push(cover(case).await?);
            }
        }
    }
    done.sort_by_key(|covered| covered.case.function);
    Ok(write(&done))
}

impl Case {
    /// The same case with as many members as can be covered before [`LIMIT`] at a fifth above the lower bound.
    fn fitting(mut self) -> Self {
        while self.lower_bound() * 1.2 > LIMIT.as_secs_f64() {
            self.members /= 2;
        }
        self
    }

    /// How many accounts the organization has: the members, the administrator, and the management account, which
    /// becomes a member too where all accounts do.
    fn accounts(self) -> usize {
        self.members + if self.function == "member-monitor" { 2 } else { 1 }
    }

    /// The lower bound in seconds: the pages that are read first, then a mutating call for each member or for 50 of them.
    fn lower_bound(self) -> f64 {
        let Self { members, limits, .. } = self;
        if self.function == "member-monitor" {
            // ListGraphs, and ListMembers by 200.
            limits.in_turn(1 + members.div_ceil(200)) + limits.at_once(members)
        } else {
            // ListAccounts by 20; Detective is read meanwhile.
            limits.in_turn(self.accounts().div_ceil(20)) + limits.at_once(members.div_ceil(50))
        }
    }

    fn scenario(self) -> Result<Scenario, Failure> {
        let graph = match self.function {
            "member-monitor" => scenarios::members(self.members, "ACCEPTED_BUT_DISABLED"),
            _ => ORGANIZATION_GRAPH.to_owned(),
        };
        let mut scenario = scenarios::organization(self.accounts(), &["us-east-1"], &graph)?;
        scenario.faults = scenarios::limits(self.limits.latency_ms, self.limits.rate);
        Ok(scenario)
    }
}

/// Invokes the function until every member is monitored.
async fn cover(case: Case) -> Result<Covered, Failure> {
    let subject = subjects::function(case.function, &[("DetectiveRegions", "us-east-1")])?;
    let emulator = Emulator::start(Cloud::new(&case.scenario()?)?).await?;
    let mut process = Process::start(&subject, &emulator.endpoint_url()).await?;
    let event = scenarios::scheduled();
    let (start, mut invocations, mut spent) = (Instant::now(), 0, Duration::ZERO);
    loop {
        let outcome = if invocations == 0 { process.run_cold(&event).await? } else { process.run(&event).await? };
        invocations += 1;
        spent += outcome.time;
        let enabled = enabled(&emulator);
        if enabled >= case.members || start.elapsed() > LIMIT {
            let journal = emulator.cloud().journal();
            let throttled = journal.iter().filter(|call| call.fault && call.status == 400).count();
            return Ok(Covered { case, time: spent, enabled, invocations, calls: journal.len(), throttled });
        }
    }
}

fn enabled(emulator: &Emulator) -> usize {
    let graphs = emulator.cloud().snapshot().graphs;
    graphs.iter().flat_map(|graph| &graph.members).filter(|member| member.status == "ENABLED").count()
}

fn write(done: &[Covered]) -> String {
    let rows: Vec<[String; 9]> = done
        .iter()
        .map(|Covered { case, time: spent, enabled, invocations, calls, throttled }| {
            let members = count(case.members);
            [
                case.function.to_owned(),
                if *enabled < case.members { format!("{} of {members}", count(*enabled)) } else { members },
                case.limits.rate.to_string(),
                format!("{} ms", case.limits.latency_ms),
                time(spent.as_secs_f64()),
                format!(
                    "{}{}",
                    if *enabled < case.members { "over " } else { "" },
                    ratio(spent.as_secs_f64(), case.lower_bound())
                ),
                count(*calls),
                format!("{:.1} %", *throttled as f64 * 100.0 / *calls as f64),
                invocations.to_string(),
            ]
        })
        .collect();
    let mut text = table::markdown(HEADING, &rows);
    text.push_str(
        "\nFrom the process's start until every member is ENABLED and reported: member-monitor starts members that are \
         ACCEPTED_BUT_DISABLED, organization-reconciler creates them. Every answer is late by the latency; Detective and \
         Organizations each take so many calls a second, a second's calls at once, and throttle the others. The lower \
         bound is the time of a caller who knows the rate and waits for nothing but it and for answers that it needs: pages one \
         after the other, then all changes. Each case ran once. An invocation that fails is repeated at once, where \
         Lambda would wait for minutes; a case is given up after five minutes.\n",
    );
    text
}
