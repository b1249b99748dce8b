//! Event source mappings: how Lambda takes messages from a queue, and when messages come again.

use chrono::TimeDelta;
use local_cloud::{LocalCloud, Options, What};
use serde_json::{Value, json};

use crate::double::{ACCOUNT, deployed};

const QUEUE: &str = "arn:aws:sqs:eu-west-1:111111111111:work";
const DEAD: &str = "arn:aws:sqs:eu-west-1:111111111111:dead";

const TEMPLATE: &str = r#"
Parameters:
  Reserved: {Type: Number, Default: 100}
  BatchSize: {Type: Number, Default: 4}
  RecursiveLoop: {Type: String, Default: Terminate}
Resources:
  Double:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: rust-cargolambda, BuildProperties: {Binary: lambda-double}}
    Properties:
      FunctionName: double
      Timeout: 20
      Role: !GetAtt Role.Arn
      ReservedConcurrentExecutions: !Ref Reserved
      RecursiveLoop: !Ref RecursiveLoop
      Environment: {Variables: {QUEUE_URL: !Ref Work}}
      Events:
        OnMessage:
          Type: SQS
          Properties:
            Queue: !GetAtt Work.Arn
            BatchSize: !Ref BatchSize
            MaximumBatchingWindowInSeconds: 20
            FunctionResponseTypes: [ReportBatchItemFailures]
            ScalingConfig: {MaximumConcurrency: 2}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: all
          PolicyDocument: {Statement: [{Effect: Allow, Action: "sqs:*", Resource: "*"}]}
  Work:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: work
      VisibilityTimeout: 600
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
"#;

async fn cloud(parameters: &[(&str, &str)]) -> LocalCloud {
    deployed(TEMPLATE, Options { concurrency: 1_000, ..Options::default() }, parameters).await
}

fn send(cloud: &LocalCloud, messages: usize, body: &Value) {
    for _ in 0..messages {
        cloud.emulator().cloud().send_message(QUEUE, ACCOUNT, &body.to_string()).expect("the queue is there");
    }
}

/// The seconds after the start at which batches were taken, and how many messages each had.
fn batches(cloud: &LocalCloud) -> Vec<(i64, usize)> {
    let start = cloud.timeline()[0].time;
    let polled = cloud.timeline().into_iter().filter_map(|entry| match entry.what {
        What::Polled { messages, .. } => Some(((entry.time - start).num_seconds(), messages)),
        _ => None,
    });
    polled.collect()
}

#[tokio::test]
async fn a_batch_waits_for_its_window_unless_it_is_full_before() {
    let cloud = cloud(&[]).await;
    let start = cloud.emulator().cloud().now();
    send(&cloud, 5, &json!({}));
    cloud.settle().await;
    let runs = cloud.invocations();
    let seen: Vec<_> = runs
        .iter()
        .map(|run| ((run.time - start).num_seconds(), run.event["Records"].as_array().map_or(0, Vec::len)))
        .collect();
    assert_eq!(seen, [(0, 4), (20, 1)]);
}

#[tokio::test]
async fn a_batch_is_full_at_six_megabytes() {
    let cloud = cloud(&[("BatchSize", "1000")]).await;
    send(&cloud, 10, &json!("x".repeat(1_000_000)));
    cloud.settle().await;
    assert_eq!(batches(&cloud), [(0, 6), (20, 4)]);
}

#[tokio::test]
async fn no_more_batches_are_worked_on_at_once_than_the_mapping_allows() {
    let cloud = cloud(&[]).await;
    send(&cloud, 16, &json!({}));
    cloud.settle().await;
    let (mut open, mut most) = (0_usize, 0);
    for entry in cloud.timeline() {
        match entry.what {
            What::Polled { .. } => open += 1,
            What::Ran { .. } => open -= 1,
            _ => {}
        }
        most = most.max(open);
    }
    assert_eq!((most, batches(&cloud).len()), (2, 4));
    let processes: std::collections::BTreeSet<u64> =
        cloud.invocations().iter().map(|run| run.outcome.as_ref().unwrap()["pid"].as_u64().unwrap()).collect();
    assert_eq!(processes.len(), 2, "an instance for each batch at once");
}

#[tokio::test]
async fn a_message_comes_again_when_its_changed_visibility_timeout_is_over_and_is_a_dead_letter_in_the_end() {
    let cloud = cloud(&[]).await;
    send(&cloud, 1, &json!({"do": "retry", "seconds": 60}));
    cloud.settle().await;
    // A window, then a minute and a window each time.
    assert_eq!(batches(&cloud), [(0, 1), (80, 1), (160, 1)]);
    let receives: Vec<_> = cloud
        .invocations()
        .iter()
        .map(|run| run.event["Records"][0]["attributes"]["ApproximateReceiveCount"].clone())
        .collect();
    assert_eq!(receives, ["1", "2", "3"]);
    assert_eq!(cloud.dead_letters().len(), 1);
    let emulated = cloud.emulator().cloud();
    assert_eq!((emulated.messages(QUEUE).len(), emulated.messages(DEAD).len()), (0, 1), "the message is moved once");
}

#[tokio::test]
async fn with_less_reserved_concurrency_than_the_mapping_uses_a_batch_waits_for_its_visibility_timeout() {
    let cloud = cloud(&[("Reserved", "1")]).await;
    send(&cloud, 8, &json!({}));
    cloud.settle().await;
    let throttled = cloud.timeline().into_iter().filter(|entry| matches!(entry.what, What::Throttled { .. })).count();
    assert_eq!(throttled, 1);
    // Ten minutes, and a window.
    assert_eq!(batches(&cloud), [(0, 4), (0, 4), (620, 4)]);
}

#[tokio::test]
async fn a_function_that_sends_to_its_own_queue_is_stopped_after_sixteen_invocations_unless_that_is_allowed() {
    let terminated = cloud(&[]).await;
    send(&terminated, 1, &json!({"do": "send-again"}));
    terminated.settle().await;
    assert_eq!(terminated.invocations().len(), 1 + 15);
    let stopped =
        terminated.timeline().into_iter().filter(|entry| matches!(entry.what, What::LoopStopped { .. })).count();
    assert_eq!((stopped, terminated.dead_letters().len()), (1, 1));
    assert_eq!(terminated.emulator().cloud().messages(DEAD).len(), 1);

    let allowed = cloud(&[("RecursiveLoop", "Allow")]).await;
    send(&allowed, 1, &json!({"do": "send-again"}));
    allowed.run_for(TimeDelta::minutes(10)).await;
    assert_eq!(allowed.invocations().len(), 30, "one in every window");
}
