//! The stacks that template.yaml makes: each place, with as little and with as much as there can be.

use std::collections::{BTreeMap, BTreeSet};

use end_to_end::deployed_template::DeployedTemplate;
use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT};

/// A key of the user's own.
pub(crate) const KEY: &str = "arn:aws:kms:us-east-1:222222222222:key/00000000-0000-4000-8000-000000000000";
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

const ORGANIZATION: [(&str, &str); 2] = [("OrganizationId", "o-exampleorg01"), ("ManagementAccountId", MANAGEMENT)];
const ENROLLING: [&str; 3] = ["AccountOnboarder", "MemberMonitor", "OrganizationReconciler"];
const IN_ADMINISTRATOR: [&str; 5] =
    ["AccountOffboarder", "AccountOnboarder", "CentralAcceptor", "MemberMonitor", "OrganizationReconciler"];

/// A value for every parameter of the administrator account that is not its default.
const EVERYTHING: &[(&str, &str)] = &[
    ORGANIZATION[0],
    ORGANIZATION[1],
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
    ("DryRun", "true"),
    ("KmsKeyArn", KEY),
    ("RunbookUrl", "https://example.com/runbook"),
    ("Architecture", "x86_64"),
    ("LogLevel", "debug"),
    ("LogRetentionDays", "365"),
    ("ReserveConcurrency", "true"),
];

/// What is deployed.
pub(crate) const CASES: [Case; 14] = [
    Case {
        name: "administrator",
        account: ADMINISTRATOR,
        region: "us-east-1",
        parameters: &ORGANIZATION,
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
            ORGANIZATION[0],
            ORGANIZATION[1],
            ("CoveragePolicy", "{}"),
            ("RemoveMembers", "true"),
            ("RemovalGraceHours", "0"),
            ("AlertEmail", "security@example.com"),
        ],
        functions: &["AccountOffboarder", "AccountOnboarder", "MemberMonitor", "OrganizationReconciler"],
    },
    Case {
        name: "graphs without tags",
        account: ADMINISTRATOR,
        region: "us-east-1",
        parameters: &[
            ORGANIZATION[0],
            ORGANIZATION[1],
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
            ORGANIZATION[0],
            ORGANIZATION[1],
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
            ("LogLevel", "debug"),
            ("ReserveConcurrency", "true"),
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
        account: "333333333333",
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
        account: "333333333333",
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
        account: "333333333333",
        region: "us-gov-west-1",
        parameters: &[("Place", "MemberAccount"), ("TrustedAdministratorIds", "222222222222,700000000009")],
        functions: &["InvitationAcceptor"],
    },
    Case {
        name: "member role",
        account: "333333333333",
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

/// All cases, deployed.
///
/// # Errors
/// One cannot be deployed, or has other functions.
pub(crate) fn deployed(template: &str) -> Result<BTreeMap<&'static str, DeployedTemplate>, String> {
    let mut stacks = BTreeMap::new();
    for case in &CASES {
        let stack = DeployedTemplate::in_region(template, case.account, case.region, case.parameters);
        let stack = stack.map_err(|error| format!("the stack {:?}: {error}", case.name))?;
        let functions: BTreeSet<&str> = stack.deployment.functions.iter().map(|one| one.logical_id.as_str()).collect();
        if !functions.iter().eq(case.functions) {
            return Err(format!("the stack {:?} has the functions {functions:?}", case.name));
        }
        stacks.insert(case.name, stack);
    }
    Ok(stacks)
}
