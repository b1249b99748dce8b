//! Schedules of EventBridge Scheduler, and rules on a schedule.

use serde_json::{Value, json};

use crate::environment::{SENDER, cloud, deploy, failures, replaced};

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
