//! What a template needs so that an event is delivered: permissions, roles and policies, and where it goes if not.

use std::collections::BTreeMap;

use detective_emulator::{Cloud, Scenario};
use local_cloud::{LocalCloud, Stack, What};
use serde_json::{Value, json};

const SENDER: &str = "111111111111";
const RECEIVER: &str = "222222222222";
const STRANGER: &str = "999999999999";
const REGION: &str = "eu-west-1";

const ORGANIZATION: &str = r#"
startTime: 2026-01-05T09:00:00Z
organization:
  id: o-exampleorg01
  managementAccount: {id: "111111111111", email: management@example.com}
  accounts: [{id: "222222222222", email: security@example.com, name: security}]
standalone: [{id: "999999999999", email: stranger@example.com}]
"#;

/// A rule that invokes a function, with all that it needs.
const RULE: &str = r#"
Resources:
  Double:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: lambda-double}}
    Properties: {FunctionName: double}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [test]}
      Targets:
        - {Id: function, Arn: !GetAtt Double.Arn, DeadLetterConfig: {Arn: !GetAtt Queue.Arn}}
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Double
      Action: lambda:InvokeFunction
      Principal: events.amazonaws.com
      SourceArn: !GetAtt Rule.Arn
  Queue: {Type: AWS::SQS::Queue}
  QueuePolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Queue]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: events.amazonaws.com}
            Action: sqs:SendMessage
            Resource: !GetAtt Queue.Arn
            Condition: {ArnEquals: {"aws:SourceArn": !GetAtt Rule.Arn}}
"#;

/// A rule that forwards to the receiver's bus, with the role that it needs.
const FORWARDING: &str = r#"
Resources:
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [test]}
      Targets:
        - {Id: bus, Arn: "arn:aws:events:eu-west-1:222222222222:event-bus/default", RoleArn: !GetAtt Role.Arn}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: forward
          PolicyDocument:
            Statement: [{Effect: Allow, Action: "events:PutEvents", Resource: "arn:aws:events:*:*:event-bus/default"}]
"#;

/// The receiver: a function on a rule of its bus, and a policy that admits the organization.
const RECEIVING: &str = r#"
Resources:
  Double:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: lambda-double}}
    Properties:
      Events: {OnTest: {Type: EventBridgeRule, Properties: {Pattern: {source: [test]}}}}
  BusPolicy:
    Type: AWS::Events::EventBusPolicy
    Properties:
      StatementId: organization
      Statement:
        Effect: Allow
        Principal: "*"
        Action: events:PutEvents
        Resource: !Sub arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/default
        Condition: {StringEquals: {"aws:PrincipalOrgID": o-exampleorg01}}
"#;

async fn cloud() -> LocalCloud {
    let scenario = Scenario::from_yaml(ORGANIZATION).expect("the scenario is valid");
    let cloud = Cloud::new(&scenario).expect("the scenario fits together");
    LocalCloud::start(cloud).await.expect("the local cloud starts")
}

fn deploy(cloud: &LocalCloud, account: &str, template: &str) {
    let stack = Stack {
        name: "s".to_owned(),
        account: account.to_owned(),
        region: REGION.to_owned(),
        template: template.to_owned(),
        parameters: BTreeMap::new(),
    };
    cloud.deploy(stack).expect("the stack deploys");
}

/// Puts an event on the account's bus and lets everything follow that it causes.
async fn put(cloud: &LocalCloud, account: &str) {
    let event = json!({"id": "e-1", "source": "test", "detail-type": "Test", "account": account, "detail": {}});
    cloud.put_event(account, REGION, event);
    cloud.settle().await;
}

/// Why something was not delivered.
fn failures(cloud: &LocalCloud) -> Vec<String> {
    let failures = cloud.timeline().into_iter().filter_map(|entry| match entry.what {
        What::DeliveryFailed { reason, .. } => Some(reason),
        _ => None,
    });
    failures.collect()
}

/// A template without a line that it has.
fn replaced(template: &str, from: &str, to: &str) -> String {
    assert!(template.contains(from), "{from}");
    template.replace(from, to)
}

#[tokio::test]
async fn a_rule_with_a_permission_delivers() {
    let cloud = cloud().await;
    deploy(&cloud, SENDER, RULE);
    put(&cloud, SENDER).await;
    assert_eq!(cloud.invocations().len(), 1);
    assert_eq!(failures(&cloud), Vec::<String>::new());
}

#[tokio::test]
async fn a_rule_without_a_permission_sends_a_dead_letter_with_the_event() {
    let cloud = cloud().await;
    deploy(&cloud, SENDER, &replaced(RULE, "SourceArn: !GetAtt Rule.Arn", "SourceArn: !Sub '${Rule.Arn}-other'"));
    put(&cloud, SENDER).await;
    assert!(cloud.invocations().is_empty());
    assert!(failures(&cloud)[0].starts_with("no AWS::Lambda::Permission lets events.amazonaws.com invoke"));
    let letters = cloud.dead_letters();
    assert_eq!(letters[0].body["id"], "e-1");
    assert_eq!(letters[0].attributes["ERROR_CODE"], "NO_PERMISSIONS");
}

#[tokio::test]
async fn a_queue_whose_policy_does_not_admit_the_rule_gets_nothing() {
    let cloud = cloud().await;
    let template = replaced(RULE, "SourceArn: !GetAtt Rule.Arn", "SourceArn: !Sub '${Rule.Arn}-other'");
    let template = replaced(&template, "Action: sqs:SendMessage", "Action: sqs:ReceiveMessage");
    deploy(&cloud, SENDER, &template);
    put(&cloud, SENDER).await;
    assert!(cloud.dead_letters().is_empty());
    assert!(cloud.timeline().iter().any(|entry| matches!(entry.what, What::Lost { .. })));
}

#[tokio::test]
async fn an_event_is_forwarded_unchanged_to_another_accounts_bus() {
    let cloud = cloud().await;
    deploy(&cloud, SENDER, FORWARDING);
    deploy(&cloud, RECEIVER, RECEIVING);
    put(&cloud, SENDER).await;
    let runs = cloud.invocations();
    assert_eq!(runs.len(), 1, "{:?}", failures(&cloud));
    assert_eq!(runs[0].account, RECEIVER);
    assert_eq!(runs[0].event["account"], SENDER);
}

#[tokio::test]
async fn forwarding_fails_without_the_right_role_and_bus_policy_and_the_reason_is_recorded() {
    let cases = [
        (
            replaced(FORWARDING, ", RoleArn: !GetAtt Role.Arn", ""),
            RECEIVING.to_owned(),
            "a bus as target needs RoleArn",
        ),
        (
            replaced(FORWARDING, "events.amazonaws.com", "lambda.amazonaws.com"),
            RECEIVING.to_owned(),
            "does not let events.amazonaws.com assume it",
        ),
        (
            replaced(FORWARDING, "events:PutEvents", "events:PutRule"),
            RECEIVING.to_owned(),
            "does not allow events:PutEvents on",
        ),
        (
            FORWARDING.to_owned(),
            replaced(RECEIVING, "o-exampleorg01", "o-anotherorg01"),
            "admits events of account 111111111111",
        ),
        (
            FORWARDING.to_owned(),
            replaced(RECEIVING, "event-bus/default", "event-bus/other"),
            "admits events of account 111111111111",
        ),
    ];
    for (sending, receiving, expected) in cases {
        let cloud = cloud().await;
        deploy(&cloud, SENDER, &sending);
        deploy(&cloud, RECEIVER, &receiving);
        put(&cloud, SENDER).await;
        assert!(cloud.invocations().is_empty(), "{expected}");
        assert!(failures(&cloud)[0].contains(expected), "{expected}: {:?}", failures(&cloud));
    }
}

#[tokio::test]
async fn an_account_outside_the_organization_is_admitted_only_by_name() {
    let by_name = replaced(RECEIVING, "Principal: \"*\"", "Principal: {AWS: \"arn:aws:iam::999999999999:root\"}");
    let by_name =
        replaced(&by_name, "        Condition: {StringEquals: {\"aws:PrincipalOrgID\": o-exampleorg01}}\n", "");
    for (receiving, delivered) in [(RECEIVING, 0), (by_name.as_str(), 1)] {
        let cloud = cloud().await;
        deploy(&cloud, STRANGER, FORWARDING);
        deploy(&cloud, RECEIVER, receiving);
        put(&cloud, STRANGER).await;
        assert_eq!(cloud.invocations().len(), delivered);
    }
}

/// A schedule of EventBridge Scheduler and a rule on a schedule, both for one function.
const SCHEDULES: &str = r#"
Resources:
  Double:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: lambda-double}}
    Properties:
      FunctionName: double
      Events: {Daily: {Type: Schedule, Properties: {Schedule: cron(0 12 * * ? *)}}}
  Hourly:
    Type: AWS::Scheduler::Schedule
    Properties:
      Name: hourly
      ScheduleExpression: rate(1 hour)
      FlexibleTimeWindow: {Mode: "OFF"}
      Target: {Arn: !GetAtt Double.Arn, RoleArn: !GetAtt Role.Arn}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: scheduler.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: invoke
          PolicyDocument: {Statement: [{Effect: Allow, Action: "lambda:InvokeFunction", Resource: !GetAtt Double.Arn}]}
"#;

#[tokio::test]
async fn schedules_fire_in_time_order_with_their_own_events() {
    let cloud = cloud().await;
    deploy(&cloud, SENDER, SCHEDULES);
    cloud.run_for(chrono::TimeDelta::hours(3)).await;
    let runs = cloud.invocations();
    let mut sources: Vec<(&Value, &Value)> =
        runs.iter().map(|run| (&run.event["time"], &run.event["source"])).collect();
    sources.sort_by_key(|(time, source)| (time.to_string(), source.to_string()));
    assert_eq!(
        json!(sources),
        json!([
            ["2026-01-05T10:00:00Z", "aws.scheduler"],
            ["2026-01-05T11:00:00Z", "aws.scheduler"],
            ["2026-01-05T12:00:00Z", "aws.events"],
            ["2026-01-05T12:00:00Z", "aws.scheduler"]
        ])
    );
}

#[tokio::test]
async fn a_schedule_whose_role_may_not_invoke_the_function_starts_nothing() {
    let cloud = cloud().await;
    deploy(&cloud, SENDER, &replaced(SCHEDULES, "\"lambda:InvokeFunction\"", "\"lambda:GetFunction\""));
    cloud.run_for(chrono::TimeDelta::hours(1)).await;
    assert!(cloud.invocations().is_empty());
    assert!(failures(&cloud)[0].contains("does not allow lambda:InvokeFunction on"));
}
