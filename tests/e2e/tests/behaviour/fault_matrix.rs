//! Every call that a function makes, going wrong in every way: no account is lost, and the next run ends where a run without
//! faults does.

use std::collections::BTreeSet;

use detective_emulator::{AfterEffect, Effect, ErrorEffect, Fault, Snapshot};
use serde_json::Value;

use crate::landscape::{ADMINISTRATOR, Landscape, account_created, template};

const SCENARIO: &str = r#"
startTime: 2026-01-05T09:00:00Z
timing: {enabling: 0s, verification: 0s}
organization:
  id: o-exampleorg01
  managementAccount: {id: "111111111111", email: management@example.com}
  delegatedAdministrators: [{account: "222222222222", service: detective.amazonaws.com}]
  accounts:
    - {id: "222222222222", email: security@example.com}
    - {id: "333333333333", email: app@example.com}
    - {id: "444444444444", email: data@example.com}
graphs:
  - administrator: "222222222222"
    regions: [us-east-1]
    organization: true
    members: [{account: "444444444444", status: ACCEPTED_BUT_DISABLED}]
  - administrator: "222222222222"
    regions: [eu-west-1]
    members: [{account: "444444444444", status: INVITED}]
"#;

/// A function, and the accounts that its report must speak of in every Region.
#[derive(Debug, Clone, Copy)]
enum Function {
    Onboarder,
    Monitor,
    Acceptor,
    Reconciler,
}

impl Function {
    fn accounts(self) -> &'static [&'static str] {
        match self {
            Self::Onboarder => &["333333333333"],
            Self::Monitor | Self::Acceptor => &[],
            Self::Reconciler => &["111111111111", "333333333333", "444444444444"],
        }
    }
}

/// The SDK's retries would hide most faults, and take real time: here a call that fails has failed.
fn without_retries() -> String {
    let template = template();
    assert!(template.contains(r#"AWS_MAX_ATTEMPTS: "4""#));
    template.replace(r#"AWS_MAX_ATTEMPTS: "4""#, r#"AWS_MAX_ATTEMPTS: "1""#)
}

async fn landscape() -> Landscape {
    let template = without_retries();
    let landscape = Landscape::start_with(SCENARIO, &template, &[("RemoveMembers", "true")]).await;
    let parameters = [("TrustedAdministratorIds", ADMINISTRATOR), ("DetectiveRegions", "eu-west-1")];
    landscape.deploy(&template, "MemberAccount", "444444444444", &parameters);
    landscape
}

/// Runs the function once, and gives its report, from its answer or its error.
async fn run(landscape: &Landscape, function: Function) -> (bool, Value) {
    let (account, name, event) = match function {
        Function::Onboarder => (ADMINISTRATOR, "AccountOnboarder", account_created("333333333333")),
        Function::Monitor => (ADMINISTRATOR, "MemberMonitor", Value::Null),
        Function::Acceptor => ("444444444444", "InvitationAcceptor", Value::Null),
        Function::Reconciler => (ADMINISTRATOR, "OrganizationReconciler", Value::Null),
    };
    match landscape.cloud.invoke(account, name, event).await.outcome {
        Ok(report) => (true, report),
        Err(error) => {
            assert_eq!(error.error_type, "RunIncomplete", "{}", error.error_message);
            let (_, report) = error.error_message.split_once(" Report: ").expect("the report is in the message");
            (false, serde_json::from_str(report).expect("the report is JSON"))
        }
    }
}

fn effects() -> Vec<Effect> {
    let error = |code: &str, status: u16| ErrorEffect { code: code.into(), status: Some(status), message: None };
    let mut effects = vec![
        Effect::Error(error("ThrottlingException", 400)),
        Effect::Error(error("TooManyRequestsException", 429)),
        Effect::Error(error("InternalServerException", 500)),
        Effect::Error(error("ServiceUnavailable", 503)),
        Effect::Error(error("AccessDeniedException", 403)),
        Effect::Error(error("ServiceQuotaExceededException", 402)),
        Effect::ErrorAfterEffect(error("InternalServerException", 500)),
    ];
    for after_effect in [false, true] {
        let after = AfterEffect { after_effect };
        effects.extend([Effect::Reset(after), Effect::Truncate(after), Effect::Malformed(after)]);
    }
    effects
}

/// What must not differ in the end: members and their statuses.
fn end(snapshot: &Snapshot) -> BTreeSet<(String, String, String)> {
    let members = snapshot.graphs.iter().flat_map(|graph| graph.members.iter().map(move |member| (graph, member)));
    members.map(|(graph, member)| (graph.region.clone(), member.account_id.clone(), member.status.clone())).collect()
}

fn speaks_of(report: &Value, function: Function, account: &str) -> bool {
    report["regions"].as_array().unwrap().iter().all(|region| {
        let accounts = region["accounts"].as_array().unwrap();
        // A Region that failed as a whole says so; one that lists only changes counts the others, and misses none.
        let counted = region["notListed"].as_u64().unwrap_or_default();
        region["error"].is_object()
            || (counted > 0 && accounts.len() as u64 + counted == function.accounts().len() as u64)
            || accounts.iter().any(|line| line["accountId"] == account)
    })
}

#[tokio::test]
async fn no_fault_of_any_call_loses_an_account_and_the_next_run_converges() {
    let (mut cases, mut faults, mut told) = (0, 0, 0);
    for function in [Function::Onboarder, Function::Monitor, Function::Acceptor, Function::Reconciler] {
        let clean = landscape().await;
        let (succeeded, _) = run(&clean, function).await;
        assert!(succeeded, "{function:?} fails without faults");
        let cloud = clean.cloud.emulator().cloud();
        let expected = end(&cloud.snapshot());
        let operations: BTreeSet<String> = cloud.journal().into_iter().map(|call| call.operation).collect();
        for operation in &operations {
            for effect in effects() {
                for times in [Some(1), None] {
                    let case = format!("{function:?}, {operation}, {effect:?}, times {times:?}");
                    let landscape = landscape().await;
                    let cloud = landscape.cloud.emulator().cloud();
                    cloud.set_faults(vec![Fault { times, ..Fault::on(operation, effect.clone()) }]);
                    let (_, report) = run(&landscape, function).await;
                    faults += cloud.journal().iter().filter(|call| call.fault).count();
                    for account in function.accounts() {
                        assert!(speaks_of(&report, function, account), "{case}: {account} is lost in {report:#}");
                        told += 1;
                    }
                    cloud.set_faults(Vec::new());
                    let (succeeded, report) = run(&landscape, function).await;
                    assert!(succeeded, "{case}: the next run fails: {report:#}");
                    assert_eq!(end(&cloud.snapshot()), expected, "{case}: {report:#}");
                    let emails = cloud.journal().iter().filter(|call| invites(&call.operation, &call.request)).count();
                    assert_eq!(emails, 0, "{case}: an email was sent");
                    cases += 1;
                }
            }
        }
    }
    println!("fault matrix: {cases} cases, {faults} faults injected, {told} accounts followed, accounts lost: 0");
    assert!(cases > 300 && faults >= cases, "{cases} cases, {faults} faults");
}

/// Whether a call would send an invitation email.
fn invites(operation: &str, request: &Value) -> bool {
    operation == "CreateMembers" && request["DisableEmailNotification"] != true
}
