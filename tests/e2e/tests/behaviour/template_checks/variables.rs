//! Each function has the variables that it reads, and no others: one that is missing is a setting without effect, and so is one
//! that nobody reads.

use std::collections::BTreeSet;

use super::{Seen, Template};

/// Variables that all functions read, and the functions whose stack sets them, because they alone use them.
const OF_SOME: [(&str, &[&str]); 7] = [
    // Who invites accounts.
    ("ACCEPTANCE_QUEUE_URL", &["AccountOnboarder", "OrganizationReconciler"]),
    // Who continues in another invocation: the others' queues keep what there was no time for.
    ("CONTINUATION_QUEUE_URL", &["CentralAcceptor", "MemberMonitor", "OrganizationReconciler"]),
    // Who works on the administrator's graphs.
    (
        "DETECTIVE_GRAPH_ARNS",
        &["AccountOffboarder", "AccountOnboarder", "CentralAcceptor", "MemberMonitor", "OrganizationReconciler"],
    ),
    // Who sends alerts to programs.
    ("EVENT_BUS_NAME", &["AccountOffboarder", "OrganizationReconciler"]),
    // Who writes reports: the others say where they would be.
    ("REPORT_BUCKET", &["OrganizationReconciler"]),
    // Whoever runs a function without a stack: the policy itself.
    ("COVERAGE_POLICY", &[]),
    // The local cloud, whose services are not to be spared.
    ("WAITS_DIVIDED_BY", &[]),
];
/// The same binary, which has a role in member accounts or none.
const OF_ROLE: [&str; 2] = ["MEMBER_ROLE_NAME", "MEMBER_ROLE_EXTERNAL_ID"];

/// Whether Lambda or the SDK's user sets it: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>.
fn is_of_aws(variable: &str) -> bool {
    variable.starts_with("AWS_") && variable != "AWS_MAX_ATTEMPTS"
}

pub(super) fn gaps(template: &Template, seen: &Seen) -> Vec<String> {
    let mut gaps = BTreeSet::new();
    for (_, stack) in template.doubtful() {
        for function in &stack.deployment.functions {
            let id = function.logical_id.as_str();
            let Some(read) = seen.variables.get(id) else {
                gaps.insert(format!("nothing is known of {id}"));
                continue;
            };
            let unset = |variable: &str| {
                OF_SOME.iter().any(|(name, of)| *name == variable && !of.contains(&id))
                    || (id == "InvitationAcceptor" && OF_ROLE.contains(&variable))
            };
            let missing = read
                .iter()
                .filter(|name| !function.environment.contains_key(*name) && !is_of_aws(name) && !unset(name));
            gaps.extend(missing.map(|name| format!("{id} reads {name}, which is not set")));
            let unread = function.environment.keys().filter(|name| !read.contains(*name));
            gaps.extend(unread.map(|name| format!("{id} does not read {name}")));
        }
    }
    gaps.into_iter().collect()
}
