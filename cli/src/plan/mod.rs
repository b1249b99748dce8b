//! What organization-reconciler would do: its own code in a dry run, for the caller's organization or for an emulated one.

mod collected;
mod json;
mod options;
mod planned;
mod source;
mod text;
mod totals;
mod units;
mod variables;

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;

use crate::failure::Failure;
pub(crate) use options::Options;
use planned::Plan;
use source::Source;

/// Something would change.
const CHANGES: u8 = 2;

/// Plans and prints. Exits with 0 where the plan is whole, and otherwise with 1; with `--detailed-exitcode` also with 2 if something
/// would change.
pub(crate) async fn run(options: Options, as_json: bool, quiet: bool) -> Result<ExitCode, Failure> {
    let source = match options.live {
        true => Source::live().await?,
        false => Source::scenario(options.scenario.clone()).await?,
    };
    let plan = Plan::make(&source, &options, quiet).await?;
    if let Some(path) = &options.out {
        write(&plan, path).map_err(|error| format!("the plan cannot be written to {}: {error}", path.display()))?;
    }
    match print(&plan, as_json, options.full) {
        // Whoever reads has seen enough, as `head` has.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        printed => printed?,
    }
    if let Some(sentence) = plan.report.failure() {
        anstream::eprintln!("error: {sentence}");
        if plan.has_no_graph() {
            anstream::eprintln!(
                "Account {} has no behavior graph here. If another account administers Detective, use its credentials (AWS_PROFILE).",
                plan.administrator
            );
        }
        return Ok(ExitCode::FAILURE);
    }
    Ok(match options.detailed_exitcode && plan.changes() {
        true => ExitCode::from(CHANGES),
        false => ExitCode::SUCCESS,
    })
}

fn print(plan: &Plan, as_json: bool, full: bool) -> io::Result<()> {
    let mut out = BufWriter::new(anstream::stdout());
    match as_json {
        true => json::write(&mut out, plan)?,
        false => text::write(&mut out, plan, full)?,
    }
    out.flush()
}

fn write(plan: &Plan, path: &Path) -> io::Result<()> {
    let mut out = BufWriter::new(anstream::StripStream::new(File::create(path)?));
    match path.extension().is_some_and(|extension| extension == "json") {
        true => json::write(&mut out, plan)?,
        false => text::write(&mut out, plan, true)?,
    }
    out.flush()
}
