//! Many accounts at once: by the queue before account-onboarder, and by one invocation for each event, which is how it was
//! done before.

use std::collections::BTreeMap;
use std::time::Duration;

use detective_emulator::{Cloud, Emulator};
use local_cloud::binaries::workspace;
use local_cloud::{LocalCloud, Options, Stack, What};

use crate::lower_bound::Limits;
use crate::scenarios::{self, ADMINISTRATOR, MANAGEMENT, ORGANIZATION_GRAPH};
use crate::statistics::{count, ratio, time};
use crate::{Failure, table};

/// The table's heading in docs/benchmarks.md.
pub(crate) const HEADING: [&str; 9] =
    ["", "Accounts", "Time", "to the lower bound", "Calls", "to the fewest", "Throttled", "Dead letters", "No members"];

const REGIONS: [&str; 2] = ["us-east-1", "eu-west-1"];
/// Each account is in so many events.
const EVENTS: usize = 3;
const LIMITS: Limits = Limits { latency_ms: 20, rate: 5 };
/// After this time a case is given up.
const LIMIT: Duration = Duration::from_secs(300);

/// A function for each event, as rules without a queue start it.
const WITHOUT_QUEUE: &str = r#"
Resources:
  AccountOnboarder:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: rust-cargolambda, BuildProperties: {Binary: account-onboarder}}
    Properties:
      Timeout: 900
      Role: !GetAtt Role.Arn
      Environment: {Variables: {AWS_MAX_ATTEMPTS: "6", DETECTIVE_REGIONS: "us-east-1,eu-west-1"}}
      EventInvokeConfig:
        MaximumRetryAttempts: 2
        DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt DeadLetters.Arn}}
      Events:
        AccountCreated:
          Type: EventBridgeRule
          Properties: {Pattern: {source: [aws.organizations]}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: all
          PolicyDocument: {Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}
  DeadLetters: {Type: AWS::SQS::Queue}
"#;

/// What was measured.
struct Storm {
    name: &'static str,
    accounts: usize,
    /// From the first call to the last one.
    seconds: f64,
    calls: usize,
    throttled: usize,
    dead_letters: usize,
    /// Accounts that are not members everywhere at the end.
    missing: usize,
}

/// Measures both ways.
pub(crate) async fn measure(quick: bool) -> Result<String, Failure> {
    let (with, without) = if quick { (40, 4) } else { (200, 100) };
    let mut done = vec![storm("queue", with_queue()?, with).await?];
    done.push(storm("an invocation for each event", without_queue(), without).await?);
    Ok(write(&done))
}

fn with_queue() -> Result<Stack, Failure> {
    let stack = Stack::from_file(&workspace().join("template.yaml"), "storm", ADMINISTRATOR, "us-east-1")?;
    Ok(stack
        .with("Place", "AdministratorAccount")
        .with("OrganizationId", "o-exampleorg01")
        .with("ManagementAccountId", MANAGEMENT)
        .with("DetectiveRegions", &REGIONS.join(",")))
}

fn without_queue() -> Stack {
    let (name, region) = ("storm".to_owned(), "us-east-1".to_owned());
    let (account, template) = (ADMINISTRATOR.to_owned(), WITHOUT_QUEUE.to_owned());
    Stack { name, account, region, template, parameters: BTreeMap::new() }
}

/// The accounts are created at once, and time passes as it does, until all are members or nothing more will be done for them.
async fn storm(name: &'static str, stack: Stack, accounts: usize) -> Result<Storm, Failure> {
    let mut scenario = scenarios::organization(accounts + 3, &REGIONS, ORGANIZATION_GRAPH)?;
    scenario.faults = scenarios::limits(LIMITS.latency_ms, LIMITS.rate);
    let emulator = Emulator::start(Cloud::new(&scenario)?).await?;
    // As many instances as Lambda starts for an account by default.
    let profile = std::env::var("LOCAL_CLOUD_PROFILE").unwrap_or_else(|_| "release".to_owned());
    let options = Options {
        concurrency: 1_000,
        limit: Some(LIMIT),
        waits_divided_by: 1,
        profile: Some(profile),
        ..Options::default()
    };
    let cloud = LocalCloud::with(emulator, options);
    cloud.deploy(stack)?;
    for number in 0..accounts {
        for copy in 0..EVENTS {
            let mut event = scenarios::account_created()?;
            event["id"] = format!("{number}-{copy}").into();
            let status = &mut event["detail"]["serviceEventDetails"]["createAccountStatus"];
            status["accountId"] = (400_000_000_000 + number).to_string().into();
            cloud.put_event(ADMINISTRATOR, "us-east-1", event);
        }
    }
    cloud.emulator().cloud().flow(1.0);
    tokio::select! {
        () = cloud.flow() => {}
        () = ended(&cloud, accounts) => {}
        () = tokio::time::sleep(LIMIT) => {}
    }
    let journal = cloud.emulator().cloud().journal();
    let calls = || journal.iter().filter(|call| matches!(call.service.as_str(), "detective" | "organizations"));
    let span = calls().map(|call| call.time).max().zip(calls().map(|call| call.time).min());
    Ok(Storm {
        name,
        accounts,
        seconds: span.map_or(0.0, |(last, first)| (last - first).as_seconds_f64()) + LIMITS.latency_ms as f64 / 1000.0,
        calls: calls().count(),
        throttled: calls().filter(|call| call.fault && call.status == 400).count(),
        dead_letters: cloud.dead_letters().len(),
        missing: missing(&cloud, accounts),
    })
}

/// Waits until all accounts are members, or each event has succeeded or is a dead letter.
async fn ended(cloud: &LocalCloud, accounts: usize) {
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let succeeded = |what: &What| matches!(what, What::Ran { response: Some(_), .. });
        let succeeded = cloud.timeline().iter().filter(|entry| succeeded(&entry.what)).count();
        if missing(cloud, accounts) == 0 || succeeded + cloud.dead_letters().len() >= accounts * EVENTS {
            return;
        }
    }
}

fn missing(cloud: &LocalCloud, accounts: usize) -> usize {
    let members = cloud.emulator().cloud().snapshot().graphs.into_iter().map(|graph| graph.members.len());
    members.map(|members| accounts.saturating_sub(members)).max().unwrap_or(accounts)
}

/// The fewest calls: the organization by 20 accounts, and in each Region the graph, and members by 50, read and created.
fn fewest(accounts: usize) -> usize {
    (accounts + 3).div_ceil(20) + REGIONS.len() * (1 + 2 * accounts.div_ceil(50))
}

/// The seconds of a caller who knows the rate: the organization's pages, then the members. Detective is read meanwhile.
fn lower_bound(accounts: usize) -> f64 {
    LIMITS.in_turn((accounts + 3).div_ceil(20)) + LIMITS.at_once(accounts.div_ceil(50))
}

fn write(done: &[Storm]) -> String {
    let row = |storm: &Storm| {
        let Storm { name, accounts, seconds, calls, throttled, dead_letters, missing } = *storm;
        [
            name.to_owned(),
            count(accounts),
            time(seconds),
            ratio(seconds, lower_bound(accounts)),
            count(calls),
            ratio(calls as f64, fewest(accounts) as f64),
            format!("{:.1} %", throttled as f64 * 100.0 / calls.max(1) as f64),
            count(dead_letters),
            count(missing),
        ]
    };
    let rows: Vec<[String; 9]> = done.iter().map(row).collect();
    let mut text = table::markdown(HEADING, &rows);
    text.push_str(
        "\nAccounts that are created at once, with three events each, in two Regions; Detective and Organizations each take five \
         calls a second in each Region, five at once. As many instances run as Lambda starts, and time passes as it does: from \
         the first call to the last, without the twenty seconds in which the queue gathers events. The fewest calls list the \
         organization by 20 accounts, and read and create members by 50. *An invocation for each event* is what rules without a \
         queue start, with Lambda's two retries.\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_calls_for_two_hundred_accounts_are_twenty_nine() {
        assert_eq!(fewest(200), 11 + 2 * (1 + 4 + 4));
        assert!((lower_bound(200) - (6.0 / 5.0 + 0.04)).abs() < 1e-9);
    }
}
