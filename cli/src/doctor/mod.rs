//! The preflight: whether what the functions need of AWS is there. It reads, and changes nothing.
//!
//! A credential sees one account. What only another account sees ends as unknown, with that account's name.

mod bus;
mod context;
mod coverage;
mod detective;
mod event_path;
mod events;
mod finding;
mod member_role;
mod options;
mod organization;
mod quota;
mod regions;
mod render;
mod rules;
mod scope;
mod trail;

use std::process::ExitCode;

pub(crate) use options::{Intended, Options};

use anstream::println;
use aws_config::SdkConfig;

use crate::caller::{Caller, Organization};
use context::Context;
use finding::{Finding, Status};

/// Nothing could be checked.
const COULD_NOT_RUN: u8 = 2;

/// Runs every check and prints the findings. Exits with 0 if nothing is wrong, 1 if there is a problem, and 2 if it
/// could not run.
pub(crate) async fn run(options: Options, json: bool, quiet: bool) -> ExitCode {
    match Context::new(options).await {
        Ok(context) => {
            let findings = check(&context).await;
            render::print(&context, &findings, json, quiet);
            let problem = findings.iter().any(|finding| finding.status == Status::Problem);
            if problem { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
        Err(error) => {
            anstream::eprintln!("doctor cannot run: {error}");
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

/// Checks what an organization and an account must have before anything is deployed. Prints what they lack, what cannot be seen,
/// and what Lambda's quota allows.
pub(crate) async fn preconditions(config: SdkConfig, caller: Caller, organization: Organization, intended: Intended) {
    let options = Options::before_deploying(intended);
    let context = Context::of(config, caller, Ok(organization), options);
    let mut findings = organization::check(&context).await;
    findings.extend(quota::check(&context).await);
    render::details(&findings);
    for finding in findings.iter().filter(|finding| finding.id == quota::ID && finding.status == Status::Ok) {
        println!("\n{}", finding.what);
    }
}

async fn check(context: &Context) -> Vec<Finding> {
    let mut findings = organization::check(context).await;
    findings.extend(trail::check(context).await);
    findings.extend(quota::check(context).await);
    let (regions, open) = regions::check(context).await;
    findings.extend(regions);
    let (detective, graphs) = detective::check(context, &open).await;
    findings.extend(detective);
    let (coverage, scope) = coverage::check(context, &graphs).await;
    findings.extend(coverage);
    findings.extend(member_role::check(context, scope.as_ref()).await);
    if context.before_deploying {
        return findings;
    }
    findings.extend(event_path::forwarding(context).await);
    // Where the Region is off, that is what is wrong.
    if open.contains(&context.stack_region) {
        findings.push(bus::check(context).await);
        findings.extend(event_path::arriving(context).await);
    }
    findings
}
