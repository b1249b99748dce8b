//! Cold starts, warm invocations, memory and packages: every function beside the baseline and beside its peer.

use std::path::Path;
use std::time::Duration;

use detective_emulator::{Cloud, Emulator};

use crate::process::Process;
use crate::statistics::{median, megabytes, ratio, seconds, time};
use crate::subjects::{self, Job, Subject};
use crate::{Failure, package, peer, table};

/// The table's heading in docs/benchmarks.md.
pub(crate) const HEADING: [&str; 9] =
    ["", "Calls", "First poll", "First response", "Quickest", "to the baseline's", "Warm", "Peak memory", "Package"];

/// What was measured of a subject.
#[derive(Default)]
struct Measured {
    first_poll: Vec<Duration>,
    cold: Vec<Duration>,
    warm: Vec<Duration>,
    memory: Vec<u64>,
    calls: usize,
}

/// Measures everything in turns, and returns the table.
pub(crate) async fn measure(quick: bool, against: Option<&Path>) -> Result<String, Failure> {
    let (rounds, warm) = if quick { (3, 1) } else { (25, 1) };
    let baseline = subjects::baseline()?;
    let python = peer::python(&local_cloud::binaries::workspace().join("target"));
    let mut all = vec![baseline];
    for name in ["account-onboarder", "member-monitor", "organization-reconciler", "invitation-acceptor"] {
        let function = subjects::function(name, &[("DetectiveRegions", "us-east-1")])?;
        if let Some(folder) = against.filter(|folder| folder.join(name).exists()) {
            all.push(Subject {
                name: format!("{name} in {}", folder.display()),
                program: folder.join(name),
                ..function.clone()
            });
        }
        all.push(function);
    }
    for name in ["account-onboarder", "member-monitor"] {
        if let Ok(python) = &python {
            all.push(subjects::peer(name, python)?);
        }
    }
    let mut cases = Vec::new();
    for subject in all {
        let job = subjects::job(&subject.name)?;
        cases.push((subject, job, Measured::default()));
    }
    let first = cases.first().ok_or("there is nothing to measure")?;
    let emulator = Emulator::start(Cloud::new(&first.1.scenario)?).await?;
    // The first round brings the files into the page cache, and is not counted.
    for round in 0..=rounds {
        let shift = round % cases.len();
        cases.rotate_left(shift);
        for (subject, job, measured) in &mut cases {
            let mut ignored = Measured::default();
            let into = if round == 0 { &mut ignored } else { measured };
            run(&emulator, subject, job, warm, into).await?;
        }
        cases.rotate_right(shift);
    }
    let mut text = write(&cases, rounds, warm)?;
    if let Err(reason) = python {
        text.push_str(&format!("\nThe Python peers were not measured: {reason}.\n"));
    }
    Ok(text)
}

/// One process: a cold start, and some warm invocations, each in a fresh environment.
async fn run(
    emulator: &Emulator,
    subject: &Subject,
    job: &Job,
    warm: usize,
    into: &mut Measured,
) -> Result<(), Failure> {
    emulator.cloud().reset(&job.scenario)?;
    let mut process = Process::start(subject, &emulator.endpoint_url()).await?;
    let outcome = process.run_cold(&job.event).await?;
    into.first_poll.push(process.first_poll());
    into.cold.push(outcome.time);
    into.memory.push(process.peak_memory()?);
    into.calls = check(emulator, subject, job, &outcome.result)?;
    for _ in 0..warm {
        // account-onboarder keeps to five calls a second: it is measured as one that has not just worked.
        tokio::time::sleep(Duration::from_secs(1)).await;
        emulator.cloud().reset(&job.scenario)?;
        let outcome = process.run(&job.event).await?;
        into.warm.push(outcome.time);
        check(emulator, subject, job, &outcome.result)?;
    }
    Ok(())
}

/// The number of calls that the job took; an error if it was not done.
fn check(
    emulator: &Emulator,
    subject: &Subject,
    job: &Job,
    result: &Result<bytes::Bytes, bytes::Bytes>,
) -> Result<usize, Failure> {
    if let Err(error) = result {
        return Err(format!("{} failed: {}", subject.name, String::from_utf8_lossy(error)).into());
    }
    let journal = emulator.cloud().journal();
    let done = |proof| journal.iter().any(|call| call.operation == proof && call.status == 200);
    match job.proof {
        Some(proof) if !done(proof) => Err(format!("{} made no {proof} call that succeeded", subject.name).into()),
        _ => Ok(journal.len()),
    }
}

/// The shortest time in seconds. Other load on the machine only adds to it.
fn quickest(times: &[Duration]) -> f64 {
    times.iter().min().copied().unwrap_or_default().as_secs_f64()
}

fn write(cases: &[(Subject, Job, Measured)], rounds: usize, warm: usize) -> Result<String, Failure> {
    let baseline = cases.first().ok_or("nothing was measured")?;
    let (baseline_cold, baseline_memory) = (seconds(&baseline.2.cold), median(&baseline.2.memory).unwrap_or_default());
    let mut rows = Vec::new();
    for (subject, _, measured) in cases {
        let cold = seconds(&measured.cold);
        let memory = median(&measured.memory).unwrap_or_default();
        rows.push([
            subject.name.clone(),
            measured.calls.to_string(),
            time(seconds(&measured.first_poll)),
            time(cold),
            time(quickest(&measured.cold)),
            ratio(cold, baseline_cold),
            time(seconds(&measured.warm)),
            megabytes(memory),
            // A peer is no binary.
            if subject.arguments.is_empty() { megabytes(package::size(&subject.program)?) } else { "—".to_owned() },
        ]);
    }
    let mut text = table::markdown(HEADING, &rows);
    text.push_str(&format!(
        "\nMedians of {rounds} cold starts and {} warm invocations each, measured in turns; real jobs against the emulator \
         on loopback, without latency. From the process's start to its first poll of the Runtime API and to its first \
         response posted; a warm invocation comes a second after the one before; files are in the page cache, and Lambda's own time to load a package is not in it. *baseline* is \
         lambda_runtime without an SDK, built as the functions are, and makes no call. The peers are boto3 under awslambdaric.\n",
        rounds * warm
    ));
    for (peer, _, measured) in cases.iter().filter(|(subject, ..)| !subject.arguments.is_empty()) {
        let own = peer.name.split(' ').next().unwrap_or_default();
        let Some((_, _, function)) = cases.iter().find(|(subject, ..)| subject.name == own) else { continue };
        let memory = |measured: &Measured| median(&measured.memory).unwrap_or_default();
        text.push_str(&format!(
            "\n{own} answers its first event {} faster than its peer ({} by the quickest) and a warm one {} faster, in {:.0} % of the memory, {} \
             more than the baseline.\n",
            ratio(seconds(&measured.cold), seconds(&function.cold)),
            ratio(quickest(&measured.cold), quickest(&function.cold)),
            ratio(seconds(&measured.warm), seconds(&function.warm)),
            memory(function) as f64 * 100.0 / memory(measured) as f64,
            megabytes(memory(function).saturating_sub(baseline_memory)),
        ));
    }
    Ok(text)
}
