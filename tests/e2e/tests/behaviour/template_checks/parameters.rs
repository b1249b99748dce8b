//! What each parameter takes, refuses, and is by default, and which parameters are refused together.

use std::collections::BTreeMap;

use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT};
use local_cloud::template::{Target, check};

use super::Template;

/// A parameter: its default, values that it takes, and values that it refuses, separated by `|`.
type Row = (&'static str, &'static str, &'static str, &'static str);

const REGIONS: &str = "all|eu-west-1|us-east-1, eu-west-1|us-gov-west-1,us-east-1";
const SCHEDULES: &str = "rate(1 hour)|cron(0 8 * * ? *)";
const NO_SCHEDULES: &str = "|hourly|at(2026-01-31T12:00:00)|rate()|rate(1 hour) |cron(0 8 * * ? *)\n";
const ACCOUNT: &str = "|222222222222";
const NO_ACCOUNT: &str = "22222222222|2222222222222|22222222222a|222222222222,333333333333";
const SWITCH: &str = "true|false";
const NO_SWITCH: &str = "|yes|True|1";
/// Every parameter, but MemberRoleOrganizationalUnitIds: its values, and such as are refused.
const ROWS: &[Row] = &[
    (
        "OrganizationId",
        "",
        "o-exampleorg01|o-0123456789abcdefghijklmnopqrstuv",
        "exampleorg01|o-short|o-EXAMPLEORG01|o-exampleorg01/r-ab12|r-exampleorg01",
    ),
    ("ManagementAccountId", "", "111111111111", NO_ACCOUNT),
    ("DetectiveRegions", "", REGIONS, "eu_west_1|eu-west-1;us-east-1|eu-west-1,|EU-WEST-1"),
    ("DetectiveGraphArns", "", "arn:aws:detective:eu-west-1:222222222222:graph:0123|a:1, b:2", "graph/1|a:1;b:2|a:1,"),
    ("CoveragePolicy", "", "{}|{\"include\": []}", ""),
    (
        "CoveragePolicyParameter",
        "",
        "/detective/policy|/a.b_c-D",
        "policy|/a b|/a*|arn:aws:ssm:us-east-1:222222222222:parameter/a",
    ),
    ("CreateMissingGraphs", "false", SWITCH, NO_SWITCH),
    ("InvitationGraphRegions", "", "eu-west-1|us-east-1, eu-west-1", "eu_west_1|eu-west-1,"),
    ("GraphTags", "", "team=security,stage=prod|größe=1", "a\nb|a\tb"),
    ("AutoEnable", "", "|on|off", "true|ON"),
    ("CorrectDrift", "false", SWITCH, NO_SWITCH),
    ("DatasourcePackages", "", "EKS_AUDIT|EKS_AUDIT, ASFF_SECURITYHUB_FINDING=off", "EKS;AUDIT|EKS_AUDIT\n"),
    ("ReportBucket", "", "coverage-reports|a.b.c|abc", "ab|Reports|a_b|s3://reports"),
    ("ReportBucketOwner", "", ACCOUNT, NO_ACCOUNT),
    ("AlertEmail", "", "|security@example.com", ""),
    ("DailyDigest", "false", SWITCH, NO_SWITCH),
    ("CoverageAlertPercent", "95", "0|100|99.5", "-1|101|most"),
    ("ReconcileSchedule", "rate(6 hours)", SCHEDULES, NO_SCHEDULES),
    ("WarnAtPercentOfLimit", "90", "1|100", "0|101|all"),
    ("RemoveMembers", "false", SWITCH, NO_SWITCH),
    ("ReinviteUnverified", "true", SWITCH, NO_SWITCH),
    ("RemovalGraceHours", "24", "0|240", "-1|241|a day"),
    ("OffboardSchedule", "rate(1 hour)", SCHEDULES, NO_SCHEDULES),
    ("MaxRemovals", "10", "0|10000", "-1|10001|all"),
    ("MaxRemovalsPercent", "5", "0|100", "-1|101|5 %"),
    ("DryRun", "false", SWITCH, NO_SWITCH),
    ("SendInvitationEmails", "false", SWITCH, NO_SWITCH),
    ("InvitationMessage", "", "Welcome!|größer", "two\nlines|a\ttab"),
    ("MonitorSchedule", "rate(1 hour)", SCHEDULES, NO_SCHEDULES),
    ("MaxConcurrentStarts", "32", "1|100", "0|101|many"),
    ("VolumeTooHighCoolOffHours", "24", "0|8760", "-1|8761|never"),
    ("StuckAfterHours", "72", "1|8760", "0|8761|never"),
    ("AdministratorAccountId", "", ADMINISTRATOR, NO_ACCOUNT),
    (
        "AdministratorRegion",
        "us-east-1",
        "eu-central-1|us-gov-west-1|ap-southeast-1",
        "|all|Ireland|eu-west-1,us-east-1|eu-west-",
    ),
    ("AdministratorCheck", "off", "off|report|correct", "|on|true"),
    ("AdministratorCheckSchedule", "rate(1 day)", SCHEDULES, NO_SCHEDULES),
    (
        "TrustedAdministratorIds",
        "",
        "222222222222|222222222222,333333333333",
        "22222222222|222222222222, 333333333333|222222222222,|*",
    ),
    (
        "TrustedGraphArns",
        "",
        "arn:aws:detective:eu-west-1:222222222222:graph:0123|a:1,b:2",
        "a:1, b:2|a:1,|arn:aws:detective:*:222222222222:graph:*",
    ),
    ("RejectUntrustedInvitations", "false", SWITCH, NO_SWITCH),
    ("AcceptSchedule", "rate(1 hour)", SCHEDULES, NO_SCHEDULES),
    ("MemberRoleName", "", "detective-member|a+=,.@-_B1", "a/b|a b|role/a"),
    (
        "MemberRoleExternalId",
        "",
        "agreed-upon-with-them|0123456789abcdef",
        "short|0123456789abcde|with spaces within|0123456789abcdef*",
    ),
    ("Architecture", "arm64", "arm64|x86_64", "|amd64"),
    ("RunbookUrl", "docs/runbook.md", "https://example.com/runbook", "|with spaces"),
    ("LogLevel", "info", "error|warn|info|debug", "|trace|INFO"),
];
const MORE_ROWS: &[Row] = &[
    ("LogRetentionDays", "90", "30|60|90|180|365|731", "0|1|45|forever"),
    ("ReserveConcurrency", "false", SWITCH, NO_SWITCH),
    ("Place", "AdministratorAccount", "AdministratorAccount|ManagementAccount|MemberAccount", "|Account"),
    (
        "KmsKeyArn",
        "",
        "arn:aws:kms:us-east-1:222222222222:key/00000000-0000-4000-8000-000000000000|arn:aws-us-gov:kms:us-gov-west-1:222222222222:key/mrk-0123",
        "arn:aws:kms:us-east-1:222222222222:alias/a|mrk-0123|arn:aws:s3:us-east-1:222222222222:key/a",
    ),
];

/// A parameter, its greatest length, and what makes a text that is as long.
type Length = (&'static str, usize, fn(usize) -> String);

/// The lengths that docs/configuration.md states, and those that AWS has, with a text that is as long.
const LENGTHS: [Length; 20] = [
    ("KmsKeyArn", 150, key),
    ("AdministratorRegion", 20, region),
    ("DatasourcePackages", 60, letters),
    ("DetectiveRegions", 320, regions),
    ("InvitationGraphRegions", 320, regions),
    ("DetectiveGraphArns", 640, regions),
    ("GraphTags", 120, letters),
    ("TrustedAdministratorIds", 1000, accounts),
    ("TrustedGraphArns", 1700, letters),
    ("ReconcileSchedule", 80, schedule),
    ("MonitorSchedule", 80, schedule),
    ("OffboardSchedule", 80, schedule),
    ("AcceptSchedule", 80, schedule),
    ("AdministratorCheckSchedule", 80, schedule),
    ("InvitationMessage", 200, letters),
    ("CoveragePolicy", 4000, letters),
    ("CoveragePolicyParameter", 100, path),
    ("MemberRoleName", 55, letters),
    ("MemberRoleExternalId", 128, letters),
    ("RunbookUrl", 300, letters),
];

fn letters(length: usize) -> String {
    "a".repeat(length)
}

fn path(length: usize) -> String {
    format!("/{}", letters(length - 1))
}

fn schedule(length: usize) -> String {
    format!("cron({})", letters(length - 6))
}

/// At least as long: an id and its comma have thirteen characters.
fn accounts(length: usize) -> String {
    vec!["222222222222"; (length + 1).div_ceil(13)].join(",")
}

fn key(length: usize) -> String {
    let start = "arn:aws:kms:us-east-1:222222222222:key/";
    format!("{start}{}", letters(length - start.len()))
}

fn region(length: usize) -> String {
    format!("eu-{}-1", letters(length - 5))
}

fn regions(length: usize) -> String {
    format!("{},{}", letters(length / 2), letters(length - length / 2 - 1))
}

/// Parameters with which a stack can be deployed: the administrator account's, and whatever a value needs beside it.
fn base(parameter: &str) -> BTreeMap<String, String> {
    let role = [("MemberRoleName", "detective-acceptor"), ("MemberRoleExternalId", "agreed-upon-with-them")];
    let all = [
        ("OrganizationId", "o-exampleorg01"),
        ("ManagementAccountId", MANAGEMENT),
        ("AdministratorAccountId", ADMINISTRATOR),
    ];
    all.into_iter()
        .chain(role)
        .filter(|(name, _)| *name != parameter)
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn taken(template: &Template, mut parameters: BTreeMap<String, String>, more: &[(&str, &str)]) -> Result<(), String> {
    parameters.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let target = Target {
        stack_name: "detective-onboarding".to_owned(),
        account: ADMINISTRATOR.to_owned(),
        region: "us-east-1".to_owned(),
    };
    check(&template.text, &target, &parameters).map_err(|error| error.to_string())
}

/// What the rules refuse, and the parameter that their text asks for; and what is taken, with an empty text.
const TOGETHER: [(&[(&str, &str)], &str); 14] = [
    (&[("ManagementAccountId", MANAGEMENT)], "OrganizationId"),
    (&[("OrganizationId", "o-exampleorg01")], "ManagementAccountId"),
    (&[("OrganizationId", "o-exampleorg01"), ("ManagementAccountId", MANAGEMENT)], ""),
    (&[("OrganizationId", "o-exampleorg01"), ("ManagementAccountId", MANAGEMENT), ("CoveragePolicy", "{}")], ""),
    (
        &[("OrganizationId", "o-exampleorg01"), ("ManagementAccountId", MANAGEMENT), ("CoveragePolicyParameter", "/a")],
        "",
    ),
    (
        &[
            ("OrganizationId", "o-exampleorg01"),
            ("ManagementAccountId", MANAGEMENT),
            ("CoveragePolicyParameter", "/a"),
            ("CoveragePolicy", "{}"),
        ],
        "CoveragePolicy",
    ),
    (
        &[("OrganizationId", "o-exampleorg01"), ("ManagementAccountId", MANAGEMENT), ("MemberRoleName", "a")],
        "MemberRoleExternalId",
    ),
    (&[("Place", "ManagementAccount")], "AdministratorAccountId"),
    // Both policies are nobody's there.
    (
        &[
            ("Place", "ManagementAccount"),
            ("AdministratorAccountId", ADMINISTRATOR),
            ("CoveragePolicyParameter", "/a"),
            ("CoveragePolicy", "{}"),
        ],
        "",
    ),
    (
        &[("Place", "ManagementAccount"), ("AdministratorAccountId", ADMINISTRATOR), ("MemberRoleName", "a")],
        "MemberRoleExternalId",
    ),
    (&[("Place", "MemberAccount"), ("TrustedAdministratorIds", ADMINISTRATOR)], ""),
    (
        &[("Place", "MemberAccount"), ("MemberRoleName", "a"), ("MemberRoleExternalId", "0123456789abcdef")],
        "AdministratorAccountId",
    ),
    (
        &[("Place", "MemberAccount"), ("MemberRoleName", "a"), ("AdministratorAccountId", ADMINISTRATOR)],
        "MemberRoleExternalId",
    ),
    (
        &[
            ("Place", "MemberAccount"),
            ("MemberRoleName", "a"),
            ("MemberRoleExternalId", "0123456789abcdef"),
            ("AdministratorAccountId", ADMINISTRATOR),
        ],
        "",
    ),
];

/// Parameters that hold what CloudFormation must not show.
const HIDDEN: [&str; 2] = ["AlertEmail", "MemberRoleExternalId"];

pub(super) fn gaps(template: &Template) -> Vec<String> {
    let mut gaps = Vec::new();
    let declared = &template.json["Parameters"];
    for (name, default, takes, refuses) in ROWS.iter().chain(MORE_ROWS) {
        let parameter = &declared[name];
        let found = parameter["Default"].as_str().map_or_else(|| parameter["Default"].to_string(), str::to_owned);
        if found != *default {
            gaps.push(format!("the default of {name} is {found}"));
        }
        if (parameter["NoEcho"] == true) != HIDDEN.contains(name) {
            gaps.push(format!("{name} is hidden, or shown"));
        }
        for value in takes.split('|') {
            gaps.extend(
                taken(template, base(name), &[(name, value)])
                    .err()
                    .map(|error| format!("{name} refuses {value:?}: {error}")),
            );
        }
        for value in refuses.split('|').filter(|_| !refuses.is_empty()) {
            if taken(template, base(name), &[(name, value)]).is_ok() {
                gaps.push(format!("{name} takes {value:?}"));
            }
        }
    }
    for (name, length, text) in LENGTHS {
        let (longest, longer) = (text(length), text(length + 1));
        let (longest, longer) =
            (taken(template, base(name), &[(name, &longest)]), taken(template, base(name), &[(name, &longer)]));
        if longest.is_err() || longer.is_ok() {
            gaps.push(format!("{name} does not take {length} characters, or more: {longest:?}"));
        }
    }
    for (parameters, needed) in TOGETHER {
        match taken(template, BTreeMap::new(), parameters) {
            Ok(()) if !needed.is_empty() => gaps.push(format!("{parameters:?} are taken without {needed}")),
            Err(error) if needed.is_empty() || !error.contains(&format!("Set {needed}")) => {
                gaps.push(format!("{parameters:?}: {error}"));
            }
            _ => {}
        }
    }
    let known = |name: &String| {
        ROWS.iter().chain(MORE_ROWS).any(|(known, ..)| known == name) || name == "MemberRoleOrganizationalUnitIds"
    };
    gaps.extend(
        declared
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, _)| !known(name))
            .map(|(name, _)| format!("nothing is known of {name}")),
    );
    gaps
}
