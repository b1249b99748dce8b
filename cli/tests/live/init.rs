//! `init`: what it reads, what it asks, what it writes; and that what it writes deploys.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use detective_emulator::Scenario;
use end_to_end::environment::Environment;
use end_to_end::samconfig::environments_of;
use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT};
use end_to_end::template::template;
use local_cloud::binaries::workspace;

use crate::{command, mutating_calls, plan};

const ORGANIZATION: &str = r#"
startTime: 2026-01-05T09:00:00Z
organization:
  id: o-another1234
  managementAccount: {id: "111111111111", email: management@example.com, name: management}
  delegatedAdministrators: [{account: "222222222222", service: detective.amazonaws.com}]
  accounts:
    - {id: "222222222222", email: security@example.com, name: security}
    - {id: "333333333333", email: app@example.com, name: app, ou: Workloads}
    - {id: "444444444444", email: data@example.com, name: data, ou: Workloads}
trails:
  - {name: aws-controltower-BaselineCloudTrail, account: "111111111111", region: eu-central-1}
graphs:
  - {administrator: "222222222222", regions: [eu-central-1, eu-west-1], organization: true}
"#;

struct Fixture {
    environment: Environment,
    folder: tempfile::TempDir,
}

impl Fixture {
    async fn start(scenario: &str) -> Self {
        let environment = Environment::bare(Scenario::from_yaml(scenario).unwrap()).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(workspace().join("samconfig.toml"), folder.path().join("samconfig.toml")).unwrap();
        Self { environment, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("samconfig.toml")
    }

    fn written(&self) -> String {
        std::fs::read_to_string(self.file()).unwrap()
    }

    /// Runs a command as an account, with these lines as its input.
    async fn run(&self, account: &str, arguments: &[&str], input: &str) -> (Output, String) {
        let mut command = command(&self.environment, account, arguments);
        command.env("AWS_REGION", "eu-central-1").env("AWS_MAX_ATTEMPTS", "1").current_dir(self.folder.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let input = input.to_owned();
        let output = tokio::task::spawn_blocking(move || {
            let mut child = command.spawn().unwrap();
            // A program that has stopped reads nothing more.
            let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
            child.wait_with_output().unwrap()
        });
        let output = output.await.unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output, text)
    }
}

#[tokio::test]
async fn an_organization_is_set_up_from_reading_it_to_a_stack_that_does_what_was_planned() {
    let fixture = Fixture::start(ORGANIZATION).await;
    let before = fixture.environment.aws().snapshot();
    let (done, text) = fixture.run(ADMINISTRATOR, &["init", "--yes"], "").await;
    assert_eq!(done.status.code(), Some(0), "{text}");
    for part in [
        "Organization o-another1234, management account 111111111111, seen from 222222222222",
        "Detective's administrator: 222222222222, in eu-central-1, eu-west-1",
        "+     \"OrganizationId=o-another1234\",",
        "cargo run -- plan --live --config-env administrator",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }

    let regions = ["--regions", "eu-central-1,eu-west-1"];
    let doctor = ["doctor", "--before-deploying", "--stack-region", "eu-central-1"];
    let (checked, text) = fixture.run(ADMINISTRATOR, &[&doctor[..], &regions].concat(), "").await;
    assert_eq!(checked.status.code(), Some(0), "{text}");
    let arguments = ["plan", "--live", "--json", "--config-env", "administrator"];
    let (planned, _) = fixture.run(ADMINISTRATOR, &arguments, "").await;
    assert_eq!(plan(&planned)["totals"]["add"], 6);
    assert_eq!(mutating_calls(fixture.environment.aws(), 0), [""; 0]);
    assert_eq!(fixture.environment.aws().snapshot(), before);

    // As `sam deploy --config-env` deploys it.
    for (name, account) in [("administrator", ADMINISTRATOR), ("management", MANAGEMENT)] {
        let environment = environments_of(&fixture.written()).into_iter().find(|one| one.name == name).unwrap();
        let parameters = environment.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let place = environment.parameters["Place"].clone();
        fixture.environment.deploy(&template(), &place, account, &parameters.collect::<Vec<_>>());
    }
    fixture.environment.reconcile().await.outcome.unwrap();
    for region in ["eu-central-1", "eu-west-1"] {
        for account in [MANAGEMENT, "333333333333", "444444444444"] {
            assert!(fixture.environment.status(region, account).is_some(), "{account} in {region}");
        }
    }
    let (planned, _) = fixture.run(ADMINISTRATOR, &arguments, "").await;
    assert_eq!(plan(&planned)["totals"]["add"], 0);
}

#[tokio::test]
async fn what_aws_does_not_show_is_asked_and_nothing_is_written_without_a_yes() {
    let fixture = Fixture::start(ORGANIZATION).await;
    let before = fixture.written();
    let policy = r#"{"exclude": [{"account": "333333333333"}]}"#;
    // The administrator, the Regions (the first answer is none), the stack's Region, Control Tower's, the policy, removals, and the file.
    let answers = |write: &str| format!("\nEurope\neu-west-1\n\n\n{policy}\nyes\n{write}\n");
    let (refused, text) = fixture.run(MANAGEMENT, &["init"], &answers("no")).await;
    assert_eq!(refused.status.code(), Some(1), "{text}");
    assert_eq!(fixture.written(), before);
    for part in [
        "The account that administers Detective [222222222222]: ",
        "The Regions to cover, separated by commas, or all [eu-central-1,eu-west-1]: ",
        "\"Europe\" is not a Region code",
        "The Region of the stack in the administrator account [eu-west-1]: ",
        "Control Tower's home Region, or none [eu-central-1]: ",
        "nothing was written",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }

    let (written, text) = fixture.run(MANAGEMENT, &["init"], &answers("yes")).await;
    assert_eq!(written.status.code(), Some(0), "{text}");
    assert!(text.contains("sam deploy --config-env management --region eu-central-1"), "{text}");
    let after = fixture.written();
    let environments = environments_of(&after);
    let of = |name: &str| &environments.iter().find(|one| one.name == name).unwrap().parameters;
    for name in ["administrator", "administrator-dry-run"] {
        assert_eq!(of(name)["OrganizationId"], "o-another1234");
        assert_eq!(of(name)["DetectiveRegions"], "eu-west-1");
        assert_eq!(of(name)["RemoveMembers"], "true");
    }
    assert_eq!(of("management")["AdministratorRegion"], "eu-west-1");
    assert_eq!(after.matches("region = \"eu-west-1\"").count(), 2, "{after}");
    // Comments and all other lines stay.
    let comments =
        |text: &str| text.lines().filter(|line| line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(comments(&after), comments(&before));
    assert_eq!(after.lines().count(), before.lines().count());
    let plan_of = ["plan", "--live", "--json", "--config-env", "administrator"];
    let (planned, _) = fixture.run(ADMINISTRATOR, &plan_of, "").await;
    assert_eq!(plan(&planned)["totals"]["outOfScope"], 1);

    // With the same answers, nothing changes: RemoveMembers stays without one.
    let (again, text) =
        fixture.run(MANAGEMENT, &["init", "--yes", "--regions", "eu-west-1", "--stack-region", "eu-west-1"], "").await;
    assert_eq!(again.status.code(), Some(0), "{text}");
    assert!(text.contains("samconfig.toml is as it should be."), "{text}");
    // The choice of Regions stays as well, and what it leaves out is named.
    let (again, text) = fixture.run(MANAGEMENT, &["init", "--yes"], "").await;
    assert_eq!(again.status.code(), Some(0), "{text}");
    assert!(text.contains("the file leaves out eu-central-1: --regions covers others"), "{text}");
    assert!(text.contains("samconfig.toml is as it should be."), "{text}");
    assert_eq!(fixture.written(), after);
}

#[tokio::test]
async fn an_answer_that_is_missing_is_named_by_its_flag() {
    let fixture = Fixture::start(
        &ORGANIZATION
            .replace("  delegatedAdministrators", "  # delegatedAdministrators")
            .replace("graphs:", "standalone: [] #")
            .replace("  - {administrator", "  # - {"),
    )
    .await;
    let (missing, text) = fixture.run(MANAGEMENT, &["init", "--yes"], "").await;
    assert_eq!(missing.status.code(), Some(1), "{text}");
    assert!(text.contains("error: The account that administers Detective: give it with --administrator"), "{text}");
    let (ended, text) = fixture.run(MANAGEMENT, &["init", "--administrator", ADMINISTRATOR], "").await;
    assert_eq!(ended.status.code(), Some(1), "{text}");
    assert!(
        text.contains("error: The Regions to cover, separated by commas, or all: give it with --regions"),
        "{text}"
    );
    for (arguments, part) in [
        (&["--administrator", "12"][..], "twelve digits"),
        (&["--regions", "Europe"], "--regions: \"Europe\" is not a Region code"),
        (&["--policy", "{\"cover\": 1}"], "--policy: the policy is not valid"),
        (&["--config-file", "nowhere.toml"], "the settings nowhere.toml cannot be read"),
    ] {
        let administrator = ["init", "--yes", "--administrator", ADMINISTRATOR];
        let start: &[&str] = if arguments[0] == "--administrator" { &administrator[..2] } else { &administrator };
        let (failed, text) = fixture.run(MANAGEMENT, &[start, arguments].concat(), "").await;
        assert_ne!(failed.status.code(), Some(0), "{text}");
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[tokio::test]
async fn what_the_organization_lacks_is_reported_with_what_to_do() {
    for (from, to, what, fix) in [
        (
            "organization:\n",
            "organization:\n  featureSet: CONSOLIDATED_BILLING\n",
            "consolidated billing only",
            "aws organizations enable-all-features",
        ),
        (
            "name: security}",
            "name: security, state: SUSPENDED}",
            "Account 222222222222, which should administer Detective, is SUSPENDED.",
            "let another account administer Detective",
        ),
        (
            "  delegatedAdministrators: [{account: \"222222222222\", service: detective.amazonaws.com}]\n",
            "",
            "Detective has no trusted access.",
            "aws detective enable-organization-admin-account --account-id 222222222222",
        ),
        (
            "delegatedAdministrators: [{account: \"222222222222\"",
            "delegatedAdministrators: [{account: \"333333333333\"",
            "Detective's delegated administrator is account 333333333333, and not 222222222222.",
            "Deploy in account 333333333333",
        ),
    ] {
        assert!(ORGANIZATION.contains(from), "{from:?}");
        let scenario = ORGANIZATION.replacen(from, to, 1);
        let (scenario, _) = scenario.split_once("graphs:").unwrap();
        let fixture = Fixture::start(scenario).await;
        let arguments = ["init", "--yes", "--administrator", ADMINISTRATOR, "--regions", "eu-west-1"];
        let (_, text) = fixture.run(MANAGEMENT, &arguments, "").await;
        assert!(text.contains(what) && text.contains(fix), "{what:?} or {fix:?} is not in {text}");
    }
}

#[tokio::test]
async fn the_quota_of_lambda_is_stated_and_what_the_file_reserves_is_compared_with_it() {
    let fixture = Fixture::start(&ORGANIZATION.replacen(
        "organization:\n",
        "lambdaConcurrency: {\"222222222222\": 10}\norganization:\n",
        1,
    ))
    .await;
    let (done, text) = fixture.run(ADMINISTRATOR, &["init", "--yes"], "").await;
    assert_eq!(done.status.code(), Some(0), "{text}");
    assert!(text.contains("Lambda runs 10 executions at once here") && text.contains("needs a quota of 111"), "{text}");
    let identified = |calls: &[detective_emulator::Call]| {
        calls
            .iter()
            .filter(|call| ["GetCallerIdentity", "DescribeOrganization"].contains(&call.operation.as_str()))
            .count()
    };
    assert_eq!(identified(&fixture.environment.aws().journal()), 2, "each is asked once");

    let file = fixture.written().replace("\"ReserveConcurrency=false\"", "\"ReserveConcurrency=true\"");
    std::fs::write(fixture.file(), file).unwrap();
    let (done, text) = fixture.run(ADMINISTRATOR, &["init", "--yes"], "").await;
    assert_eq!(done.status.code(), Some(0), "{text}");
    assert!(text.contains("too few for ReserveConcurrency=true") && text.contains("--desired-value 111"), "{text}");
    let (_, text) = fixture.run(MANAGEMENT, &["init", "--yes"], "").await;
    assert!(
        text.contains("Lambda's quota in the administrator account cannot be seen from account 111111111111."),
        "{text}"
    );
}
