//! What the answers change in samconfig.toml.

use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::region::Region;
use owo_colors::OwoColorize;
use toml_edit::DocumentMut;

use crate::samconfig;

/// What is known of the organization, and what is wanted.
pub(super) struct Answers {
    pub(super) organization: String,
    pub(super) management: AccountId,
    /// Where Organizations' events are.
    pub(super) home: Region,
    pub(super) administrator: AccountId,
    /// As DetectiveRegions has them.
    pub(super) regions: String,
    pub(super) stack_region: Region,
    pub(super) control_tower: Option<Region>,
    /// Empty to leave it as it is.
    pub(super) policy: String,
    pub(super) remove_members: bool,
}

/// The settings with the answers in them. Comments and all other settings stay.
///
/// # Errors
/// An environment is missing: a sentence.
pub(super) fn apply(mut document: DocumentMut, answers: &Answers) -> Result<DocumentMut, String> {
    let administrator = answers.administrator.to_string();
    let (management, stack_region) = (answers.management.to_string(), answers.stack_region.to_string());
    let mut of_stack = vec![
        ("OrganizationId", answers.organization.as_str()),
        ("ManagementAccountId", &management),
        ("DetectiveRegions", &answers.regions),
        ("RemoveMembers", if answers.remove_members { "true" } else { "false" }),
    ];
    if !answers.policy.is_empty() {
        of_stack.extend([("CoveragePolicy", answers.policy.as_str()), ("CoveragePolicyParameter", "")]);
    }
    let of_management = [
        ("DetectiveRegions", answers.regions.as_str()),
        ("AdministratorAccountId", &administrator),
        ("AdministratorRegion", &stack_region),
    ];
    for (environment, region, parameters) in [
        ("administrator", Some(&stack_region), &of_stack[..]),
        ("administrator-dry-run", Some(&stack_region), &of_stack),
        ("management", Some(&answers.home.to_string()), &of_management),
        ("member", None, &[("DetectiveRegions", &answers.regions), ("TrustedAdministratorIds", &administrator)]),
    ] {
        samconfig::set(&mut document, environment, region.map(String::as_str), parameters)?;
    }
    Ok(document)
}

/// The lines that differ, each below its environment.
pub(super) fn difference(before: &str, after: &str) -> String {
    let mut lines = Vec::new();
    let mut heading = None;
    for (before, after) in before.lines().zip(after.lines()) {
        if before.starts_with('[') {
            heading = Some(before);
        }
        if before != after {
            lines.extend(heading.take().map(|heading| format!("  {heading}")));
            lines.push(format!("{} {}", "-".red(), before.red()));
            lines.push(format!("{} {}", "+".green(), after.green()));
        }
    }
    lines.join("\n")
}
