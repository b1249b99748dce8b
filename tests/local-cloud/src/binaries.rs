//! The functions' binaries: the ones that are deployed, without a feature of their own. In the profile `release` they are what
//! `sam build` makes, where that runs: on Linux.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use serde_json::Value;

use crate::error::Error;

/// What this process has built: cargo's profile and the binary's name, and its path.
static BUILT: Mutex<BTreeMap<(String, String), PathBuf>> = Mutex::new(BTreeMap::new());

/// The workspace's folder.
pub fn workspace() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).unwrap_or(package).to_owned()
}

/// Builds what is not built yet, and gives the paths of all of them.
///
/// `cargo test` does not build the binaries of other packages, so they are built here, once in a process. The
/// environment variable `LOCAL_CLOUD_PROFILE` chooses cargo's profile (dev by default).
///
/// # Errors
/// No package of the workspace has such a binary, or it does not compile.
pub fn build(names: &BTreeSet<String>) -> Result<BTreeMap<String, PathBuf>, Error> {
    build_as(&std::env::var("LOCAL_CLOUD_PROFILE").unwrap_or_else(|_| "dev".to_owned()), names)
}

/// The same in one of cargo's profiles, whatever `LOCAL_CLOUD_PROFILE` is. In `release`, it needs cargo-lambda and zig.
///
/// # Errors
/// As for [`build`].
pub fn build_as(profile: &str, names: &BTreeSet<String>) -> Result<BTreeMap<String, PathBuf>, Error> {
    let key = |name: &String| (profile.to_owned(), name.clone());
    let mut built = BUILT.lock().map_err(|_| Error::Build("an earlier build broke off".to_owned()))?;
    let missing: Vec<&String> = names.iter().filter(|name| !built.contains_key(&key(name))).collect();
    if !missing.is_empty() {
        let (deployed, others): (Vec<&String>, Vec<&String>) = missing
            .into_iter()
            .partition(|name| profile == "release" && cfg!(target_os = "linux") && is_deployed(name));
        let mut new = if deployed.is_empty() { BTreeMap::new() } else { package(&deployed)? };
        if !others.is_empty() {
            new.extend(run_cargo(profile, &others)?);
        }
        built.extend(new.into_iter().map(|(name, path)| (key(&name), path)));
    }
    let path = |name: &String| match built.get(&key(name)) {
        Some(path) => Ok((name.clone(), path.clone())),
        None => Err(Error::Build(format!("cargo built no binary {name}"))),
    };
    names.iter().map(path).collect()
}

/// Whether a binary is a function's, or is measured beside them.
fn is_deployed(name: &str) -> bool {
    ["functions", "tests/benchmarks"].iter().any(|folder| workspace().join(folder).join(name).exists())
}

/// Makes the packages that are deployed: all functions at once, as for a deployment, and others alone.
fn package(names: &[&String]) -> Result<BTreeMap<String, PathBuf>, Error> {
    let others = names.iter().filter(|name| !workspace().join("functions").join(name).exists());
    let selections = others.clone().map(|name| vec!["-p", name.as_str()]);
    let functions = (others.count() < names.len()).then(Vec::new);
    for selection in functions.into_iter().chain(selections) {
        let mut command = without_outer_cargo(Command::new(workspace().join(".ci/build/functions")));
        let processor = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
        run(command.arg(processor).args(selection)).map_err(|error| {
            Error::Build(format!(
                "{error}\ncargo-lambda and zig are Python packages: pip install -r .ci/requirements.txt"
            ))
        })?;
    }
    let path = |name: &&String| ((*name).clone(), workspace().join("target/lambda").join(name).join("bootstrap"));
    Ok(names.iter().map(path).collect())
}

fn run_cargo(profile: &str, names: &[&String]) -> Result<BTreeMap<String, PathBuf>, Error> {
    let targets = targets()?;
    let mut command = cargo();
    command.args(["build", "--message-format=json-render-diagnostics"]);
    command.args(["--profile", profile]);
    // Cargo resolves features for the packages that it is asked for. With all of them it takes what the tests and the
    // command are built of; what is measured or deployed has the features of the functions alone.
    if profile == "dev" {
        command.arg("--workspace");
    }
    for name in names {
        let (package, kind) = targets
            .get(name.as_str())
            .ok_or_else(|| Error::Build(format!("no package of the workspace has a binary {name}")))?;
        if profile != "dev" {
            command.args(["--package", package]);
        }
        command.args([&format!("--{kind}"), name]);
    }
    Ok(run(&mut command)?.lines().filter_map(executable).collect())
}

/// What a build prints for programs. What it prints for people, while it builds or waits, they did not ask for, unless it fails.
fn run(command: &mut Command) -> Result<String, Error> {
    let output = command.stderr(Stdio::piped()).output().map_err(|error| Error::Build(error.to_string()))?;
    if !output.status.success() {
        let printed = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Error::Build(format!("{} failed: {}\n{printed}", command.get_program().display(), output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn executable(message: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(message).ok()?;
    let path = message["executable"].as_str()?;
    Some((message["target"]["name"].as_str()?.to_owned(), path.into()))
}

/// The package and kind (`bin` or `example`) of every binary of the workspace.
fn targets() -> Result<BTreeMap<String, (String, &'static str)>, Error> {
    let mut command = cargo();
    command.args(["metadata", "--no-deps", "--format-version", "1"]);
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| Error::Build(error.to_string()))?;
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| Error::Build(format!("cargo metadata cannot be read: {error}")))?;
    let mut targets = BTreeMap::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        for target in package["targets"].as_array().into_iter().flatten() {
            let kind = match target["kind"][0].as_str() {
                Some("bin") => "bin",
                Some("example") => "example",
                _ => continue,
            };
            let name = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            targets.insert(name(&target["name"]), (name(&package["name"]), kind));
        }
    }
    Ok(targets)
}

fn cargo() -> Command {
    without_outer_cargo(Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())))
}

/// A command in the workspace, without what an outer cargo set for this process: build scripts would see other values
/// than in a build from the command line, and run again.
fn without_outer_cargo(mut command: Command) -> Command {
    const OF_THIS_PROCESS: [&str; 9] = [
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_LINKS",
        "CARGO_MANIFEST_PATH",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_TMPDIR",
        "OUT_DIR",
        "RUSTC_BOOTSTRAP",
    ];
    command.current_dir(workspace()).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if OF_THIS_PROCESS.contains(&name.as_ref())
            || name.starts_with("CARGO_PKG_")
            || name.starts_with("CARGO_BIN_EXE_")
        {
            command.env_remove(name.as_ref());
        }
    }
    command
}
