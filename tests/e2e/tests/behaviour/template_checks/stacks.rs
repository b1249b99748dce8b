//! The stacks that template.yaml makes: each place, with as little and with as much as there can be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use end_to_end::deployed_template::{DeployedTemplate, MEMBER};
use end_to_end::environment::Environment;
use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT};

pub(crate) use crate::key::KEY;

/// A graph that a member account trusts.
pub(crate) const TRUSTED_GRAPH: &str =
    "arn:aws:detective:eu-west-1:222222222222:graph:00000000000000000000000000000001";
/// It, and another one.
const TRUSTED_GRAPHS: &str = "arn:aws:detective:eu-west-1:222222222222:graph:00000000000000000000000000000001,\
    arn:aws:detective:eu-west-3:222222222222:graph:00000000000000000000000000000003";
/// Another trusted administrator.
pub(crate) const SECOND: &str = "700000000009";

/// A stack, and what is to be in it.
pub(crate) struct Case {
    /// What it is called here.
    pub(crate) name: &'static str,
    account: &'static str,
    region: &'static str,
    /// Its parameters.
    pub(crate) parameters: &'static [(&'static str, &'static str)],
    /// The functions that it has, and no others.
    functions: &'static [&'static str],
}

const ENROLLING: [&str; 3] = ["AccountOnboarder", "MemberMonitor", "OrganizationReconciler"];
const REMOVING: [&str; 4] = ["AccountOffboarder", "AccountOnboarder", "MemberMonitor", "OrganizationReconciler"];
const IN_ADMINISTRATOR: [&str; 5] =
    ["AccountOffboarder", "AccountOnboarder", "CentralAcceptor", "MemberMonitor", "OrganizationReconciler"];

/// A value for every parameter of the administrator account that is not its default.
const EVERYTHING: &[(&str, &str)] = &[
    Environment::ORGANIZATION[0],
    Environment::ORGANIZATION[1],
    ("DetectiveRegions", "all"),
    ("DetectiveGraphArns", "arn:aws:detective:us-east-1:222222222222:graph:00000000000000000000000000000002"),
    ("CoveragePolicyParameter", "/security/policy"),
    ("SendInvitationEmails", "true"),
    ("InvitationMessage", "Welcome"),
    ("ReconcileSchedule", "rate(3 hours)"),
    ("MonitorSchedule", "rate(2 hours)"),
    ("MaxConcurrentStarts", "7"),
    ("VolumeTooHighCoolOffHours", "48"),
    ("CreateMissingGraphs", "true"),
    ("InvitationGraphRegions", "sa-east-1"),
    ("GraphTags", "team=security"),
    ("AutoEnable", "on"),
    ("CorrectDrift", "true"),
    ("DatasourcePackages", "EKS_AUDIT"),
    ("RemoveMembers", "true"),
    ("ReinviteUnverified", "false"),
    ("RemovalGraceHours", "36"),
    ("MaxRemovals", "11"),
    ("MaxRemovalsPercent", "6"),
    ("OffboardSchedule", "rate(4 hours)"),
    ("ReportBucket", "coverage-reports"),
    ("ReportBucketOwner", "700000000008"),
    ("AlertEmail", "security@example.com"),
    ("DailyDigest", "true"),
    ("CoverageAlertPercent", "80"),
    ("StuckAfterHours", "50"),
    ("WarnAtPercentOfLimit", "70"),
    ("AcceptSchedule", "rate(5 hours)"),
    ("MemberRoleName", "detective-acceptor"),
    ("MemberRoleExternalId", "agreed-upon-with-them"),
    // What the management account's stack asks for is not made here.
    ("AdministratorCheck", "correct"),
    ("MemberRoleOrganizationalUnitIds", "r-ab12"),
    ("DryRun", "true"),
    ("KmsKeyArn", KEY),
    ("RunbookUrl", "https://example.com/runbook"),
    ("Architecture", "x86_64"),
    ("LogLevel", "debug"),
    ("LogRetentionDays", "365"),
    ("ReserveConcurrency", "true"),
];

/// What is deployed.
pub(crate) const CASES: [Case; 16] = [
    Case {
        name: "administrator",
        account: ADMINISTRATOR,
        region: "us-east-1",
        parameters: &Environment::ORGANIZATION,
        functions: &ENROLLING,
    },
    Case {
        name: "everything",
        account: ADMINISTRATOR,
        region: "us-east-1",
        parameters: EVERYTHING,
        functions: &IN_ADMINISTRATOR,
    },
    Case {
        name: "GovCloud",
        account: ADMINISTRATOR,
        region: "us-gov-west-1",
        parameters: EVERYTHING,
        functions: &IN_ADMINISTRATOR,
    },
    Case {
        name: "own policy",
        account: ADMINISTRATOR,
        region: "us-east-1",
        parameters: &[
            Environment::ORGANIZATION[0],
            Environment::ORGANIZATION[1],
            ("CoveragePolicy", "{}"),
            ("RemoveMembers", "true"),
            ("RemovalGraceHours", "0"),
            ("KmsKeyArn", KEY),
            ("AlertEmail", "security@example.com"),
        ],
        functions: &REMOVING,
    },
    Case {
        name: "removing, with a digest",
        account: ADMINISTRATOR,
        region: "us-east-1",
        parameters: &[
            Environment::ORGANIZATION[0],
            Environment::ORGANIZATION[1],
            ("RemoveMembers", "true"),
            ("AlertEmail", "security@example.com"),
            ("DailyDigest", "true"),
        ],
        functions: &REMOVING,
    },
    Case {
        name: "graphs without tags",
        account: ADMINISTRATOR,
        region: "us-east-1",
        parameters: &[
            Environment::ORGANIZATION[0],
            Environment::ORGANIZATION[1],
            ("CreateMissingGraphs", "true"),
            ("ReinviteUnverified", "false"),
            ("ReportBucket", "coverage-reports"),
        ],
        functions: &ENROLLING,
    },
    Case {
        name: "one account",
        account: MANAGEMENT,
        region: "us-east-1",
        parameters: &[
            Environment::ORGANIZATION[0],
            Environment::ORGANIZATION[1],
            ("AdministratorCheck", "correct"),
            ("GraphTags", "team=security"),
            ("ReportBucketOwner", "700000000008"),
            ("MemberRoleName", "detective-acceptor"),
            ("MemberRoleExternalId", "agreed-upon-with-them"),
            ("MemberRoleOrganizationalUnitIds", "r-ab12"),
        ],
        functions: &[
            "AccountOnboarder",
            "AdministratorKeeper",
            "CentralAcceptor",
            "MemberMonitor",
            "OrganizationReconciler",
        ],
    },
    Case {
        name: "management",
        account: MANAGEMENT,
        region: "us-east-1",
        parameters: &[
            ("Place", "ManagementAccount"),
            ("AdministratorAccountId", ADMINISTRATOR),
            ("DryRun", "true"),
            ("RemoveMembers", "true"),
        ],
        functions: &[],
    },
    Case {
        name: "management, everything",
        account: MANAGEMENT,
        region: "us-east-1",
        parameters: &[
            ("Place", "ManagementAccount"),
            ("AdministratorAccountId", ADMINISTRATOR),
            ("AdministratorRegion", "eu-central-1"),
            ("AdministratorCheck", "correct"),
            ("AdministratorCheckSchedule", "rate(2 days)"),
            ("DetectiveRegions", "all"),
            ("MemberRoleName", "detective-acceptor"),
            ("MemberRoleExternalId", "agreed-upon-with-them"),
            ("MemberRoleOrganizationalUnitIds", "r-ab12"),
            ("AlertEmail", "security@example.com"),
            ("DryRun", "true"),
            ("KmsKeyArn", KEY),
            ("LogLevel", "debug"),
            ("ReserveConcurrency", "true"),
        ],
        functions: &["AdministratorKeeper"],
    },
    Case {
        name: "management in GovCloud",
        account: MANAGEMENT,
        region: "us-gov-west-1",
        parameters: &[
            ("Place", "ManagementAccount"),
            ("AdministratorAccountId", ADMINISTRATOR),
            ("AdministratorRegion", "us-gov-west-1"),
            ("AdministratorCheck", "correct"),
            ("DetectiveRegions", "all"),
            ("KmsKeyArn", KEY),
        ],
        functions: &["AdministratorKeeper"],
    },
    // Events are there already.
    Case {
        name: "management beside the administrator",
        account: MANAGEMENT,
        region: "us-east-1",
        parameters: &[
            ("Place", "ManagementAccount"),
            ("AdministratorAccountId", MANAGEMENT),
            ("AdministratorCheck", "report"),
            ("MemberRoleName", "detective-acceptor"),
            ("MemberRoleExternalId", "agreed-upon-with-them"),
        ],
        functions: &["AdministratorKeeper"],
    },
    Case {
        name: "management in another Region",
        account: MANAGEMENT,
        region: "us-east-1",
        parameters: &[
            ("Place", "ManagementAccount"),
            ("AdministratorAccountId", MANAGEMENT),
            ("AdministratorRegion", "eu-west-1"),
            ("AdministratorCheck", "report"),
            ("MemberRoleOrganizationalUnitIds", "r-ab12"),
        ],
        functions: &["AdministratorKeeper"],
    },
    Case {
        name: "member",
        account: MEMBER,
        region: "us-east-1",
        parameters: &[
            ("Place", "MemberAccount"),
            ("TrustedAdministratorIds", "222222222222,700000000009"),
            ("ReserveConcurrency", "true"),
        ],
        functions: &["InvitationAcceptor"],
    },
    Case {
        name: "member, everything",
        account: MEMBER,
        region: "us-east-1",
        parameters: &[
            ("Place", "MemberAccount"),
            ("TrustedAdministratorIds", ADMINISTRATOR),
            ("KmsKeyArn", KEY),
            ("TrustedGraphArns", TRUSTED_GRAPHS),
            ("RejectUntrustedInvitations", "true"),
            ("AcceptSchedule", "rate(5 hours)"),
            ("DetectiveRegions", "all"),
            ("DryRun", "true"),
            ("LogLevel", "debug"),
            ("AlertEmail", "security@example.com"),
        ],
        functions: &["InvitationAcceptor"],
    },
    Case {
        name: "member in GovCloud",
        account: MEMBER,
        region: "us-gov-west-1",
        parameters: &[
            ("Place", "MemberAccount"),
            ("TrustedAdministratorIds", "222222222222,700000000009"),
            // What other places' stacks ask for is not made here.
            ("ManagementAccountId", MEMBER),
            ("AdministratorCheck", "correct"),
            ("MemberRoleOrganizationalUnitIds", "r-ab12"),
            ("CoveragePolicy", "{}"),
            ("CreateMissingGraphs", "true"),
            ("GraphTags", "team=security"),
            ("CorrectDrift", "true"),
            ("DatasourcePackages", "EKS_AUDIT"),
            ("RemoveMembers", "true"),
            ("DailyDigest", "true"),
        ],
        functions: &["InvitationAcceptor"],
    },
    Case {
        name: "member role",
        account: MEMBER,
        region: "us-east-1",
        parameters: &[
            ("Place", "MemberAccount"),
            ("AdministratorAccountId", ADMINISTRATOR),
            ("MemberRoleName", "detective-acceptor"),
            ("MemberRoleExternalId", "agreed-upon-with-them"),
            ("AlertEmail", "security@example.com"),
            ("DetectiveRegions", "all"),
            ("DryRun", "true"),
        ],
        functions: &[],
    },
];

/// The stacks of a template, by the names of their cases.
pub(crate) type Stacks = BTreeMap<&'static str, Arc<DeployedTemplate>>;

/// All cases, deployed, or what is known of them where that is no other.
///
/// # Errors
/// One cannot be deployed, or has other functions.
pub(crate) fn deployed(template: &str, known: Option<&Stacks>) -> Result<Stacks, String> {
    let mut stacks = BTreeMap::new();
    for case in &CASES {
        let (place, known) = ((case.account, case.region), known.map(|known| &known[case.name]));
        let stack = DeployedTemplate::in_region_or_known(template, place, case.parameters, known);
        let stack = stack.map_err(|error| format!("the stack {:?}: {error}", case.name))?;
        let functions: BTreeSet<&str> = stack.deployment.functions.iter().map(|one| one.logical_id.as_str()).collect();
        if !functions.iter().eq(case.functions) {
            return Err(format!("the stack {:?} has the functions {functions:?}", case.name));
        }
        stacks.insert(case.name, stack);
    }
    Ok(stacks)
}
