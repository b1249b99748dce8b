//! `serve --functions`, as people watch it; and the command's own scripts.

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Stdio};

use crate::command;

/// A served environment. It ends when it is dropped.
struct Served {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    address: String,
}

impl Served {
    fn start(more: &[&str]) -> Self {
        let mut child = command(&["serve", "--functions", "--port", "0", "--speed", "600"])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.find_map(|line| {
            let line = line.unwrap();
            line.trim().strip_prefix("export AWS_ENDPOINT_URL=http://").map(str::to_owned)
        });
        Self { child, lines, address: address.unwrap() }
    }

    fn create_account(&self, name: &str) {
        let body = format!(r#"{{"AccountName": "{name}", "Email": "{name}@example.com"}}"#);
        let credential = "111111111111/20260105/us-east-1/organizations/aws4_request";
        let headers = [
            ("host", self.address.as_str()),
            ("connection", "close"),
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "AWSOrganizationsV20161128.CreateAccount"),
            ("authorization", &format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=any")),
            ("content-length", &body.len().to_string()),
        ];
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        self.request(&format!("POST / HTTP/1.1\r\n{headers}\r\n{body}"));
    }

    /// How many calls of CreateMembers there have been.
    fn enrolments(&self) -> usize {
        let request =
            "GET /_emulator/journal?since=0&limit=100000 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        self.request(request).matches("\"CreateMembers\"").count()
    }

    fn request(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        answer
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn events_invocations_and_logs_are_printed_as_they_come() {
    let mut served = Served::start(&[]);
    served.create_account("web");
    for part in [
        "event CreateAccountResult of aws.organizations",
        "rule AccountOnboarderAccountCreated takes it",
        "\"message\":\"account changed\"",
        "function AccountOnboarder in 222222222222",
        "done created ENABLED",
    ] {
        let found = served.lines.by_ref().map(Result::unwrap).any(|line| line.contains(part));
        assert!(found, "{part:?} was not printed");
    }
}

#[test]
fn a_scenario_without_a_trail_is_served_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("scenario.yaml");
    let small = std::fs::read_to_string("../tests/local-cloud/scenarios/small.yaml").unwrap();
    let (without, _) = small.split_once("trails:").unwrap();
    std::fs::write(&scenario, without).unwrap();
    let mut served = Served::start(&["--quiet", "--scenario", scenario.to_str().unwrap()]);
    served.create_account("web");
    let _ = served.child.kill();
    let mut warning = String::new();
    served.child.stderr.take().unwrap().read_to_string(&mut warning).unwrap();
    let expected = "warning: the scenario has no trail of 111111111111 that records in us-east-1";
    assert!(warning.contains(expected), "{warning}");
    let rest: Vec<String> = served.lines.by_ref().map_while(Result::ok).collect();
    assert!(!rest.iter().any(|line| line.contains("event ")), "it is to be quiet: {rest:?}");
}

#[test]
fn where_it_is_to_be_quiet_an_account_becomes_a_member_without_a_word() {
    let mut served = Served::start(&["--quiet"]);
    // When the second account is enrolled, what there is to print of the first one was printed.
    for name in ["web", "batch"] {
        let before = served.enrolments();
        served.create_account(name);
        while served.enrolments() == before {}
    }
    let _ = served.child.kill();
    let rest: Vec<String> = served.lines.by_ref().map_while(Result::ok).collect();
    assert!(!rest.iter().any(|line| line.contains("event ") || line.contains("function ")), "{rest:?}");
}

#[test]
fn the_command_states_its_version_and_completes_its_arguments() {
    let version = command(&["--version"]).output().unwrap();
    let expected = format!("detective-onboarding {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8_lossy(&version.stdout).trim(), expected);
    for shell in ["bash", "zsh", "fish"] {
        let script = command(&["completions", shell]).output().unwrap();
        assert!(script.status.success());
        let script = String::from_utf8_lossy(&script.stdout).into_owned();
        for word in ["invoke", "detailed-exitcode", "doctor"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}
