//! An organization in which nothing is wrong, ways to break it, and the binary.

use std::process::{Command, Output};

use detective_emulator::{Cloud, EventRule, Scenario};
use local_cloud::binaries::workspace;
use local_cloud::{LocalCloud, Stack};
use serde_json::Value;

use crate::support::bare;
pub(crate) use crate::support::output;

pub(crate) const MANAGEMENT: &str = "111111111111";
pub(crate) const ADMINISTRATOR: &str = "222222222222";
pub(crate) const MEMBER: &str = "333333333333";

/// The scenario: nothing is wrong in it.
pub(crate) const HEALTHY: &str = r#"
startTime: 2026-01-05T09:00:00Z
organization:
  id: o-exampleorg01
  managementAccount: {id: "111111111111", email: management@example.com}
  delegatedAdministrators: [{account: "222222222222", service: detective.amazonaws.com}]
  trustedServices: [member.org.stacksets.cloudformation.amazonaws.com]
  accounts:
    - {id: "222222222222", email: security@example.com}
    - {id: "333333333333", email: app@example.com, ou: Workloads}
    - {id: "444444444444", email: data@example.com, ou: Workloads}
trails:
  - {name: events, account: "111111111111"}
graphs:
  - {administrator: "222222222222", regions: [us-east-1], organization: true}
  - {administrator: "222222222222", regions: [eu-south-1], organization: true}
roles:
  - name: DetectiveMember
    trust:
      Statement:
        - Effect: Allow
          Principal: {AWS: "arn:aws:iam::222222222222:root"}
          Action: sts:AssumeRole
          Condition: {StringEquals: {"sts:ExternalId": agreed-upon}}
"#;

/// HEALTHY with one part of it replaced.
pub(crate) fn with(from: &str, to: &str) -> String {
    assert!(HEALTHY.contains(from), "the scenario has no {from:?}");
    HEALTHY.replacen(from, to, 1)
}

fn stack(account: &str, place: &str) -> Stack {
    let template = workspace().join("template.yaml");
    Stack::from_file(&template, "detective-onboarding", account, "us-east-1").unwrap().with("Place", place)
}

/// The administrator account's stack.
pub(crate) fn administrator_stack() -> Stack {
    let stack = stack(ADMINISTRATOR, "AdministratorAccount");
    stack.with("OrganizationId", "o-exampleorg01").with("ManagementAccountId", MANAGEMENT)
}

/// The emulated cloud, with template.yaml deployed in the management and the administrator account.
pub(crate) struct Environment {
    pub(crate) local: LocalCloud,
}

impl Environment {
    pub(crate) async fn start(scenario: &str) -> Self {
        let cloud = Cloud::new(&Scenario::from_yaml(scenario).unwrap()).unwrap();
        let local = LocalCloud::start(cloud).await.unwrap();
        let management = stack(MANAGEMENT, "ManagementAccount");
        local.deploy(management.with("AdministratorAccountId", ADMINISTRATOR)).unwrap();
        local.deploy(administrator_stack()).unwrap();
        Self { local }
    }

    pub(crate) fn cloud(&self) -> &Cloud {
        self.local.emulator().cloud()
    }

    /// Changes the rules of an account.
    pub(crate) fn change_rules(&self, account: &str, change: impl Fn(&mut EventRule)) {
        for mut rule in self.cloud().event_rules() {
            if rule.account == account {
                change(&mut rule);
                self.cloud().put_event_rule(rule);
            }
        }
    }

    /// The binary, as an account.
    pub(crate) fn command(&self, account: &str) -> Command {
        let mut command = doctor();
        command
            .env("AWS_ENDPOINT_URL", self.local.emulator().endpoint_url())
            .env("AWS_ACCESS_KEY_ID", account)
            .env("AWS_SECRET_ACCESS_KEY", "any");
        command
    }

    /// Checks both Regions as an account.
    pub(crate) async fn check(&self, account: &str, more: &[&str]) -> Report {
        let mut command = self.command(account);
        command.args(["--administrator", ADMINISTRATOR, "--stack-region", "us-east-1", "--json"]);
        command.args(["--regions", "us-east-1,eu-south-1"]).args(more);
        Report::of(&output(command).await)
    }
}

/// The binary, with nothing of this machine's own settings.
pub(crate) fn doctor() -> Command {
    let mut command = bare(&["doctor"]);
    command.env("AWS_MAX_ATTEMPTS", "1");
    command
}

/// What the binary reported.
pub(crate) struct Report {
    pub(crate) code: Option<i32>,
    pub(crate) document: Value,
}

impl Report {
    pub(crate) fn of(output: &Output) -> Self {
        let document = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        Self { code: output.status.code(), document }
    }

    pub(crate) fn findings(&self) -> &[Value] {
        self.document["findings"].as_array().unwrap()
    }

    /// The findings with a status: their ids, and where they are.
    pub(crate) fn with_status(&self, status: &str) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let matching = self.findings().iter().filter(|finding| finding["status"] == status);
        matching.map(|finding| format!("{} {}", text(&finding["id"]), text(&finding["region"]))).collect()
    }

    /// The only problem there is, and no warning, or the only warning and no problem; with its exit code.
    pub(crate) fn only(&self, status: &str, what: &str) -> &Value {
        let other = if status == "problem" { "warning" } else { "problem" };
        assert_eq!(self.with_status(status), [what], "{:#}", self.document);
        assert_eq!(self.with_status(other), [""; 0], "{:#}", self.document);
        assert_eq!(self.code, Some(i32::from(status == "problem")));
        let finding = self.findings().iter().find(|finding| finding["status"] == status).unwrap();
        assert!(finding["why"].is_string() && finding["fix"].is_string(), "{finding:#}");
        finding
    }
}
