//! The variables that organization-reconciler would have, as template.yaml makes them of its parameters.

use std::collections::BTreeMap;

use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::region::Region;

use super::options::Options;
use crate::environment;
use crate::failure::Failure;
use crate::policy_argument::policy;
use crate::samconfig::{self, Parameter};

/// Where the stack would be.
pub(super) struct Place<'a> {
    pub(super) administrator: AccountId,
    pub(super) region: &'a Region,
    pub(super) organization: &'a str,
    pub(super) management: &'a str,
    /// The Regions unless somebody names others.
    pub(super) regions: String,
}

/// Resolves template.yaml for the place, with the parameters of the command line, those of `--config-env`, and the defaults, in this
/// order.
///
/// # Errors
/// A parameter or the template is wrong, or a file cannot be read.
pub(super) fn variables(options: &Options, place: &Place<'_>) -> Result<BTreeMap<String, String>, Failure> {
    let mut stack = environment::stack("AdministratorAccount", &place.administrator.to_string())?
        .with("OrganizationId", place.organization)
        .with("ManagementAccountId", place.management)
        .with("DetectiveRegions", &place.regions);
    stack.region = place.region.to_string();
    for (name, value) in given(options)? {
        stack = stack.with(&name, &value);
    }
    let stack = stack.with("Place", "AdministratorAccount");
    let text = |name: &str| stack.parameters.get(name).filter(|text| !text.is_empty()).cloned();
    let (policy, names_bucket) = (text("CoveragePolicy"), text("ReportBucket").is_some());
    let deployment = stack.plan()?;
    let function = deployment.functions.into_iter().find(|function| function.logical_id == "OrganizationReconciler");
    let mut variables = function.ok_or("template.yaml has no OrganizationReconciler")?.environment;
    // What the stack makes for itself is not there yet: the parameter that it keeps its policy in, and its bucket.
    if let Some(policy) = policy {
        variables.insert("COVERAGE_POLICY".to_owned(), policy);
        variables.remove("COVERAGE_POLICY_PARAMETER");
    }
    if !names_bucket {
        variables.remove("REPORT_BUCKET");
        variables.remove("REPORT_BUCKET_OWNER");
    }
    Ok(variables)
}

fn given(options: &Options) -> Result<Vec<Parameter>, Failure> {
    let mut given = match &options.config_env {
        Some(environment) => samconfig::parameters(&samconfig::read(&options.config_file)?, environment)?,
        None => Vec::new(),
    };
    let mut give = |name: &str, value: &str| given.push((name.to_owned(), value.to_owned()));
    let policy = policy(&options.policy)?;
    if !policy.is_empty() {
        give("CoveragePolicy", &policy);
        give("CoveragePolicyParameter", "");
    }
    if let Some(name) = &options.policy_parameter {
        give("CoveragePolicyParameter", name);
        give("CoveragePolicy", "");
    }
    if let Some(regions) = &options.regions {
        give("DetectiveRegions", regions);
    }
    if options.remove {
        give("RemoveMembers", "true");
        // Departures are shown as removals, whatever their grace period.
        give("RemovalGraceHours", "0");
    }
    given.extend(options.parameter.iter().cloned());
    Ok(given)
}
