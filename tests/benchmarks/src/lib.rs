//! Benchmarks: the functions' release binaries as processes, on the emulated cloud.
//!
//! Every figure is a ratio, or stands beside what it is to be compared with: `startup` measures the functions beside
//! a bare function and a Python peer, `coverage` and `storm` beside the lower bound that a rate limit and a latency allow,
//! `pacing` beside the SDK's own, and `scale` beside itself on a small organization. What is compared is measured in turns, in one run. A whole run
//! rewrites the tables in docs/benchmarks.md; a run of some parts rewrites those.

mod coverage;
mod emulator;
mod lower_bound;
mod machine;
mod options;
mod paced_calls;
mod pacing;
mod package;
mod page;
mod peer;
mod process;
mod runtime_api;
mod scale;
mod scenarios;
mod startup;
mod statistics;
mod storm;
mod subjects;
mod table;

use std::process::ExitCode;

use options::{Options, Part};

/// Why a benchmark cannot be run.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs what the arguments name, prints the tables, and writes them into docs/benchmarks.md.
pub fn main() -> ExitCode {
    let options = match Options::of(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let result = runtime.map_err(Failure::from).and_then(|runtime| runtime.block_on(run(&options)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<(), Failure> {
    for part in &options.parts {
        eprintln!("measuring: {}", part.title());
        let machine = machine::sentence();
        let mut text = match part {
            Part::Startup => startup::measure(options.quick, options.against.as_deref()).await?,
            Part::Coverage => coverage::measure(options.quick).await?,
            Part::Storm => storm::measure(options.quick).await?,
            Part::Pacing => pacing::measure(options.quick).await?,
            Part::Scale => scale::measure(options.quick).await?,
            Part::Emulator => emulator::measure(options.quick).await?,
        };
        text.push_str(&format!("\n{machine}\n"));
        println!("\n## {}\n\n{text}", part.title());
        // A part that took long is kept even if a later one fails.
        if !options.quick && options.against.is_none() {
            page::write(*part, &text)?;
        }
    }
    Ok(())
}
