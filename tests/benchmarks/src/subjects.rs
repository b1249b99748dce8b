//! What is measured: the functions, the baseline and the peers; and the job that each does.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use detective_emulator::Scenario;
use local_cloud::Stack;
use local_cloud::binaries;
use local_cloud::stack::Function;
use serde_json::Value;

use crate::scenarios::{self, ACCOUNT, ADMINISTRATOR, BUCKET, MANAGEMENT, ORGANIZATION_GRAPH};
use crate::{Failure, peer};

/// Something that runs as a function.
#[derive(Clone)]
pub(crate) struct Subject {
    pub(crate) name: String,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) function: Function,
    /// Variables beside those of Lambda and of the template.
    pub(crate) environment: BTreeMap<String, OsString>,
    pub(crate) folder: PathBuf,
}

/// A task, and the environment in which it is done.
pub(crate) struct Job {
    pub(crate) scenario: Scenario,
    pub(crate) event: Value,
    /// The operation whose success proves that the job is done.
    pub(crate) proof: Option<&'static str>,
}

/// A function as template.yaml deploys it, with the binary that is deployed.
pub(crate) fn function(name: &'static str, parameters: &[(&str, &str)]) -> Result<Subject, Failure> {
    let built = binaries::build_as("release", &BTreeSet::from([name.to_owned()]))?;
    let program = built.get(name).ok_or_else(|| format!("{name} is not built"))?.clone();
    let (place, account, trusted) = match name {
        "invitation-acceptor" => ("MemberAccount", ACCOUNT, ("TrustedAdministratorIds", ADMINISTRATOR)),
        _ => ("AdministratorAccount", ADMINISTRATOR, ("OrganizationId", "o-exampleorg01")),
    };
    let template = binaries::workspace().join("template.yaml");
    let mut stack = Stack::from_file(&template, "benchmarks", account, "us-east-1")?
        .with("Place", place)
        .with("ManagementAccountId", MANAGEMENT);
    for (parameter, value) in [&[trusted, ("ReportBucket", BUCKET)], parameters].concat() {
        stack = stack.with(parameter, value);
    }
    let function = stack.plan()?.functions.into_iter().find(|function| function.binary == name);
    let function = function.ok_or_else(|| format!("template.yaml deploys no {name}"))?;
    let folder = std::env::temp_dir();
    let name = name.to_owned();
    Ok(Subject { name, program, arguments: Vec::new(), function, environment: BTreeMap::new(), folder })
}

/// The function that the others are measured against: it has no AWS SDK, and makes no call.
pub(crate) fn baseline() -> Result<Subject, Failure> {
    // Built as the functions are, and by itself, or it would have the features that they need.
    let mut built = binaries::build_as("release", &BTreeSet::from(["baseline".to_owned()]))?;
    let program = built.remove("baseline").ok_or("the baseline is not built")?;
    Ok(Subject { name: "baseline".to_owned(), program, ..function("account-onboarder", &[])? })
}

/// The same job as a function's, in Python.
pub(crate) fn peer(of: &'static str, python: &Path) -> Result<Subject, Failure> {
    let module = of.replace('-', "_");
    Ok(Subject {
        name: format!("{of} in Python"),
        program: python.to_owned(),
        arguments: ["-m", "awslambdaric", &format!("{module}.handler")].map(OsString::from).into(),
        environment: BTreeMap::from([("LAMBDA_TASK_ROOT".to_owned(), peer::folder().into())]),
        folder: peer::folder(),
        ..function(of, &[])?
    })
}

/// The job that the subject of that name does when it starts cold: the smallest real one.
pub(crate) fn job(name: &str) -> Result<Job, Failure> {
    let one = &["us-east-1"];
    let (accounts, graph, event, proof) = match name.split(' ').next().unwrap_or(name) {
        "baseline" => (3, ORGANIZATION_GRAPH.to_owned(), scenarios::account_created()?, None),
        "account-onboarder" => (3, ORGANIZATION_GRAPH.to_owned(), scenarios::account_created()?, Some("CreateMembers")),
        "organization-reconciler" => (20, ORGANIZATION_GRAPH.to_owned(), scenarios::scheduled(), Some("CreateMembers")),
        "member-monitor" => {
            let graph = scenarios::members(1, "ACCEPTED_BUT_DISABLED");
            (3, graph, scenarios::scheduled(), Some("StartMonitoringMember"))
        }
        "invitation-acceptor" => {
            (3, scenarios::members(1, "INVITED"), scenarios::scheduled(), Some("AcceptInvitation"))
        }
        other => return Err(format!("{other} has no job").into()),
    };
    Ok(Job { scenario: scenarios::organization(accounts, one, &graph)?, event, proof })
}
