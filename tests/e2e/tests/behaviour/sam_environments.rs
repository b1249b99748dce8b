//! What `sam deploy` makes of samconfig.toml: an environment leads to the same stack, whatever was deployed before.

use std::collections::BTreeMap;

use detective_emulator::{Cloud, Scenario};
use end_to_end::samconfig::{Parameters, SamEnvironment, environments};
use end_to_end::scenario::ADMINISTRATOR;
use end_to_end::template::template;
use local_cloud::template::{Resolved, resolve};
use local_cloud::{LocalCloud, Stack};

/// Parameters that CloudFormation hides, and that are given once.
const HIDDEN: [&str; 2] = ["AlertEmail", "MemberRoleExternalId"];

fn environment(name: &str) -> SamEnvironment {
    environments().into_iter().find(|environment| environment.name == name).unwrap()
}

/// The administrator account's environments, where the administrator is the management account.
fn in_one_account() -> Vec<SamEnvironment> {
    let mut environments = vec![environment("administrator"), environment("administrator-dry-run")];
    for environment in &mut environments {
        environment.parameters.insert("ManagementAccountId".to_owned(), ADMINISTRATOR.to_owned());
    }
    environments
}

fn stack(parameters: &Parameters) -> Stack {
    Stack {
        name: "detective-onboarding".to_owned(),
        account: ADMINISTRATOR.to_owned(),
        region: "us-east-1".to_owned(),
        template: template(),
        parameters: parameters.clone(),
    }
}

/// The parameters of a stack with these parameters after `sam deploy` with others, as the local cloud has it.
fn updated(previous: &Parameters, named: &Parameters) -> Parameters {
    stack(named).updating(previous).unwrap().parameters
}

fn deployed(parameters: &Parameters) -> Result<Resolved, String> {
    let stack = stack(parameters);
    resolve(&stack.template, &stack.target(), parameters).map_err(|error| error.to_string())
}

fn variables(stack: &Resolved, function: &str) -> BTreeMap<String, String> {
    let variables = &stack.resources[function].properties["Environment"]["Variables"];
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    variables.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

#[tokio::test]
async fn a_dry_run_ends_when_the_real_environment_is_deployed_and_its_output_shows_while_it_is_on() {
    let cloud = LocalCloud::start(Cloud::new(&Scenario::default()).unwrap()).await.unwrap();
    for (name, dry_run) in [
        ("administrator-dry-run", true),
        ("administrator", false),
        ("administrator-dry-run", true),
        ("administrator", false),
    ] {
        // What is deployed in between, and names nothing, changes nothing.
        for parameters in [&environment(name).parameters, &Parameters::new()] {
            cloud.deploy(stack(parameters)).unwrap();
            let deployed = cloud.emulator().cloud().stack(ADMINISTRATOR, "us-east-1", "detective-onboarding").unwrap();
            for function in ["AccountOnboarder", "MemberMonitor", "OrganizationReconciler"] {
                let function = deployed.functions.iter().find(|other| other.name.contains(function)).unwrap();
                assert_eq!(function.environment["DRY_RUN"], dry_run.to_string(), "{name}: {}", function.name);
            }
            assert_eq!(deployed.outputs.contains_key("DryRunIsOn"), dry_run, "{name}");
        }
    }
}

#[test]
fn what_was_raised_for_one_run_is_as_before_when_the_environment_is_deployed_again() {
    let named = environment("administrator").parameters;
    let raised = [("MaxRemovals", "500"), ("MaxRemovalsPercent", "50"), ("RemoveMembers", "true")];
    let raised = raised.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let during = updated(&named, &raised);
    assert_eq!(variables(&deployed(&during).unwrap(), "OrganizationReconciler")["MAX_REMOVALS"], "500");
    assert_eq!(deployed(&updated(&during, &named)).unwrap(), deployed(&named).unwrap());
}

/// For every parameter that an environment may leave out, a value that is not the default.
const OTHERS: [(&str, &str); 46] = [
    ("AcceptSchedule", "rate(2 hours)"),
    ("AdministratorAccountId", "444444444444"),
    ("AdministratorCheck", "correct"),
    ("AdministratorCheckSchedule", "rate(2 days)"),
    ("AdministratorRegion", "eu-central-1"),
    ("AutoEnable", "on"),
    ("Architecture", "x86_64"),
    ("CorrectDrift", "true"),
    ("CoverageAlertPercent", "1"),
    ("DailyDigest", "true"),
    ("CoveragePolicy", "{}"),
    ("CoveragePolicyParameter", "/a/parameter"),
    ("CreateMissingGraphs", "true"),
    ("DatasourcePackages", "EKS_AUDIT"),
    ("DetectiveGraphArns", "arn:aws:detective:us-east-1:222222222222:graph:00000000000000000000000000000001"),
    ("DetectiveRegions", "all"),
    ("DryRun", "true"),
    ("GraphTags", "team=security"),
    ("InvitationGraphRegions", "sa-east-1"),
    ("InvitationMessage", "Hello"),
    ("KmsKeyArn", "arn:aws:kms:us-east-1:222222222222:key/00000000-0000-4000-8000-000000000000"),
    ("LogLevel", "debug"),
    ("LogRetentionDays", "365"),
    ("ManagementAccountId", "444444444444"),
    ("MaxConcurrentStarts", "1"),
    ("MaxRemovals", "1"),
    ("MaxRemovalsPercent", "1"),
    ("MemberRoleOrganizationalUnitIds", "r-ab12"),
    ("MonitorSchedule", "rate(2 hours)"),
    ("OffboardSchedule", "rate(2 hours)"),
    ("OrganizationId", "o-anotherone99"),
    ("ReconcileSchedule", "rate(2 hours)"),
    ("ReinviteUnverified", "false"),
    ("RejectUntrustedInvitations", "true"),
    ("RemovalGraceHours", "1"),
    ("RemoveMembers", "true"),
    ("ReportBucket", "a-bucket"),
    ("ReportBucketOwner", "444444444444"),
    ("ReserveConcurrency", "true"),
    ("RunbookUrl", "https://example.com/runbook"),
    ("SendInvitationEmails", "true"),
    ("StuckAfterHours", "1"),
    ("TrustedAdministratorIds", "444444444444"),
    ("TrustedGraphArns", "arn:aws:detective:us-east-1:222222222222:graph:00000000000000000000000000000001"),
    ("VolumeTooHighCoolOffHours", "1"),
    ("WarnAtPercentOfLimit", "1"),
];

#[test]
fn an_environment_names_every_parameter_that_changes_its_stack() {
    let others: Parameters = OTHERS.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    for SamEnvironment { name, mut parameters } in environments().into_iter().chain(in_one_account()) {
        parameters
            .entry("MemberRoleExternalId".to_owned())
            .and_modify(|value| *value = end_to_end::environment::EXTERNAL_ID.to_owned());
        // What is not named may have any value from before.
        let before = updated(&all_parameters(), &others);
        let unnamed: Vec<&String> = before.keys().filter(|parameter| !parameters.contains_key(*parameter)).collect();
        let strange: Vec<_> =
            unnamed.iter().filter(|name| !others.contains_key(**name) && !HIDDEN.contains(&name.as_str())).collect();
        assert!(strange.is_empty(), "{name} does not name {strange:?}, and no other value of it is known here");
        let unhidden: Parameters = before.into_iter().filter(|(name, _)| !HIDDEN.contains(&name.as_str())).collect();
        let (fresh, update) = (deployed(&parameters).unwrap(), deployed(&updated(&unhidden, &parameters)).unwrap());
        let differ: Vec<_> =
            update.resources.iter().filter(|(id, resource)| fresh.resources.get(*id) != Some(*resource)).collect();
        assert!(differ.is_empty(), "{name} leaves out a parameter that changes {differ:#?}");
        assert_eq!(fresh.resources.len(), update.resources.len(), "{name}");
    }
}

/// Every parameter of the template, without a value.
fn all_parameters() -> Parameters {
    let template = template();
    let section = template.split("\nParameters:\n").nth(1).unwrap().split("\nRules:\n").next().unwrap();
    let is_name = |line: &&str| line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':');
    let names =
        section.lines().filter(is_name).map(|line| (line.trim().trim_end_matches(':').to_owned(), String::new()));
    names.collect()
}

#[test]
fn environments_of_one_stack_name_the_same_parameters() {
    let names = |name: &str| environment(name).parameters.into_keys().collect::<Vec<_>>();
    assert_eq!(names("administrator"), names("administrator-dry-run"));
}
