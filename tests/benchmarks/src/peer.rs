//! The peers' virtual environment.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder with the peers' code.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peer")
}

/// Creates or updates the virtual environment below `target`, and returns the path of its Python. The error is a reason for
/// the report.
pub(crate) fn python(target: &Path) -> Result<PathBuf, String> {
    let environment = target.join("benchmarks/peer");
    let python = environment.join("bin/python");
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    let pip = [&pip[..], &["--require-hashes", "--no-deps", "--requirement"]].concat();
    run(Command::new(&python).args(pip).arg(folder().join("requirements.txt")))?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| format!("{:?}: {error}", command.get_program()))?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = errors.trim().lines().last().unwrap_or("no reason given").to_owned();
    Err(format!("{:?} failed: {last}", command.get_program()))
}
