//! Lambda's semantics, with a function that does what its event asks for: a real process that speaks the Runtime API.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use detective_emulator::{Cloud, Scenario};
use local_cloud::{LocalCloud, Stack, What};
use serde_json::{Value, json};

const ACCOUNT: &str = "111111111111";
const REGION: &str = "eu-west-1";

const TEMPLATE: &str = r#"
Parameters:
  AtStart: {Type: String, Default: ""}
  Retries: {Type: Number, Default: 2}
  LongestAge: {Type: Number, Default: 21600}
  MaySend: {Type: String, Default: "sqs:SendMessage"}
Resources:
  Double:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: rust-cargolambda, BuildProperties: {Binary: lambda-double}}
    Properties:
      FunctionName: double
      Timeout: 1
      MemorySize: 256
      Handler: bootstrap
      Role: !GetAtt Role.Arn
      Environment: {Variables: {AT_START: !Ref AtStart, OF_THE_TEMPLATE: !Sub "${AWS::Region}"}}
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Events.Arn}
      EventInvokeConfig:
        MaximumRetryAttempts: !Ref Retries
        MaximumEventAgeInSeconds: !Ref LongestAge
        DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Records.Arn}}
      Events:
        OnTest:
          Type: EventBridgeRule
          Properties: {Pattern: {source: [test]}}
        Hourly:
          Type: ScheduleV2
          Properties: {ScheduleExpression: rate(1 hour), Input: '{"at": "<aws.scheduler.scheduled-time>"}'}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: send
          PolicyDocument: {Statement: [{Effect: Allow, Action: !Ref MaySend, Resource: "*"}]}
  Records: {Type: AWS::SQS::Queue, Properties: {QueueName: records}}
  Events: {Type: AWS::SQS::Queue, Properties: {QueueName: events}}
"#;

async fn cloud(parameters: &[(&str, &str)]) -> LocalCloud {
    let scenario = Scenario::from_yaml("startTime: 2026-01-05T09:00:00Z").expect("the scenario is valid");
    let cloud = Cloud::new(&scenario).expect("the scenario fits together");
    let cloud = LocalCloud::start(cloud).await.expect("the local cloud starts");
    let parameters: BTreeMap<String, String> =
        parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let (name, account, region) = ("lambda".to_owned(), ACCOUNT.to_owned(), REGION.to_owned());
    let stack = Stack { name, account, region, template: TEMPLATE.to_owned(), parameters };
    cloud.deploy(stack).expect("the stack deploys");
    cloud
}

/// Puts an event on the bus that the function takes and does.
fn put(cloud: &LocalCloud, what: &Value) {
    let mut event = json!({"id": "e-1", "source": "test", "detail-type": "Test", "detail": {}});
    for (key, value) in what.as_object().expect("an event is an object") {
        event[key] = value.clone();
    }
    cloud.put_event(ACCOUNT, REGION, event);
}

#[tokio::test]
async fn a_function_answers_and_its_process_is_used_again() {
    let cloud = cloud(&[]).await;
    let first = cloud.invoke(ACCOUNT, "Double", json!({"n": 1})).await;
    let second = cloud.invoke(ACCOUNT, "lambda-double", json!({"n": 2})).await;
    let (first, second) = (first.outcome.unwrap(), second.outcome.unwrap());
    assert_eq!(first["event"], json!({"n": 1}));
    assert_eq!(first["pid"], second["pid"]);
}

#[tokio::test]
async fn what_a_function_writes_belongs_to_the_invocation() {
    let cloud = cloud(&[]).await;
    let first = cloud.invoke(ACCOUNT, "Double", json!({"n": 1})).await;
    let second = cloud.invoke(ACCOUNT, "Double", json!({"n": 2})).await;
    let line = |n: u32| json!({"level": "INFO", "event": {"n": n}});
    assert_eq!(first.log, [json!("started"), line(1), json!("to standard error")]);
    assert_eq!(second.log, [line(2), json!("to standard error")]);
}

#[tokio::test]
async fn a_function_has_the_environment_that_lambda_gives_it_and_no_other() {
    let cloud = cloud(&[]).await;
    let environment = cloud.invoke(ACCOUNT, "Double", json!({"do": "environment"})).await.outcome.unwrap();
    let expected = json!({
        "AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION, "AT_START": "",
        "AWS_ENDPOINT_URL": cloud.emulator().endpoint_url(), "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_NAME": "double", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/double",
        "OF_THE_TEMPLATE": REGION, "_HANDLER": "bootstrap", "LAMBDA_TASK_ROOT": "/var/task",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&environment[name], value, "{name}");
    }
    // The credentials are those of a session of the function's role.
    assert!(environment["AWS_ACCESS_KEY_ID"].as_str().unwrap().starts_with("ASIA"), "{environment}");
    for name in ["HOME", "USER", "CARGO_MANIFEST_DIR"] {
        assert!(environment[name].is_null(), "{name} is inherited");
    }
}

#[tokio::test]
async fn an_invocation_has_its_request_id_function_deadline_and_trace() {
    let headers = cloud(&[]).await.invoke(ACCOUNT, "Double", json!({"do": "headers"})).await;
    let request_id = headers.request_id.clone();
    let headers = headers.outcome.unwrap();
    assert_eq!(headers["lambda-runtime-aws-request-id"], request_id);
    assert_eq!(headers["lambda-runtime-invoked-function-arn"], "arn:aws:lambda:eu-west-1:111111111111:function:double");
    assert!(headers["lambda-runtime-deadline-ms"].as_str().unwrap().parse::<u64>().unwrap() > 0);
    assert!(headers["lambda-runtime-trace-id"].as_str().unwrap().starts_with("Root=1-"));
}

#[tokio::test]
async fn an_answer_to_another_invocation_is_refused() {
    let record = cloud(&[]).await.invoke(ACCOUNT, "Double", json!({"do": "wrong-id"})).await;
    assert_eq!(record.outcome.unwrap(), "right");
}

#[tokio::test]
async fn a_process_that_exits_is_an_error_and_is_started_again() {
    let cloud = cloud(&[]).await;
    let error = cloud.invoke(ACCOUNT, "Double", json!({"do": "exit"})).await.outcome.unwrap_err();
    assert_eq!(error.error_type, "Runtime.ExitError");
    assert!(
        error.error_message.ends_with("Error: Runtime exited with error: exit status 7"),
        "{}",
        error.error_message
    );
    let error = cloud.invoke(ACCOUNT, "Double", json!({"do": "abort"})).await.outcome.unwrap_err();
    assert!(error.error_message.contains("signal"), "{}", error.error_message);
    assert!(cloud.invoke(ACCOUNT, "Double", json!({})).await.outcome.is_ok());
}

#[tokio::test]
async fn a_function_that_takes_longer_than_its_timeout_is_stopped_and_started_again() {
    let cloud = cloud(&[]).await;
    let error = cloud.invoke(ACCOUNT, "Double", json!({"do": "hang"})).await.outcome.unwrap_err();
    assert_eq!(error.error_type, "Sandbox.Timedout");
    assert!(error.error_message.ends_with("Task timed out after 1.00 seconds"), "{}", error.error_message);
    assert!(cloud.invoke(ACCOUNT, "Double", json!({})).await.outcome.is_ok());
}

#[tokio::test]
async fn a_runtime_that_cannot_start_reports_why() {
    let error =
        cloud(&[("AtStart", "init-error")]).await.invoke(ACCOUNT, "Double", json!({})).await.outcome.unwrap_err();
    assert_eq!((error.error_type.as_str(), error.error_message.as_str()), ("Double.Init", "it cannot start"));
    let error = cloud(&[("AtStart", "exit")]).await.invoke(ACCOUNT, "Double", json!({})).await.outcome.unwrap_err();
    assert_eq!(error.error_type, "Runtime.ExitError");
}

#[tokio::test]
async fn an_event_is_tried_three_times_after_one_and_two_minutes_and_then_kept() {
    let cloud = cloud(&[]).await;
    let start = cloud.emulator().cloud().now();
    put(&cloud, &json!({"do": "fail"}));
    cloud.settle().await;
    let runs = cloud.invocations();
    let attempts: Vec<_> = runs.iter().map(|run| (run.attempt, (run.time - start).num_minutes())).collect();
    assert_eq!(attempts, [(1, 0), (2, 1), (3, 3)]);
    assert!(runs.iter().all(|run| run.request_id == runs[0].request_id));

    let letters = cloud.dead_letters();
    assert_eq!(letters.len(), 2, "the on-failure destination and the dead-letter queue");
    let record = &letters[0].body;
    assert_eq!(letters[0].queue, "arn:aws:sqs:eu-west-1:111111111111:records");
    assert_eq!(record["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 3);
    assert_eq!(record["requestPayload"]["do"], "fail");
    assert_eq!(record["responsePayload"], json!({"errorType": "Double.Failed", "errorMessage": "as the event asks"}));
    assert_eq!(letters[1].queue, "arn:aws:sqs:eu-west-1:111111111111:events");
    assert_eq!(letters[1].body["do"], "fail");
    assert_eq!(letters[1].attributes["ErrorMessage"], "as the event asks");
}

#[tokio::test]
async fn an_event_that_succeeds_at_the_second_attempt_is_not_kept() {
    let cloud = cloud(&[]).await;
    put(&cloud, &json!({"do": "fail-at-first", "times": 1}));
    cloud.settle().await;
    assert_eq!(cloud.invocations().len(), 2);
    assert!(cloud.dead_letters().is_empty());
}

#[tokio::test]
async fn an_event_that_is_too_old_is_not_tried_again() {
    let cloud = cloud(&[("LongestAge", "60")]).await;
    put(&cloud, &json!({"do": "fail"}));
    cloud.settle().await;
    assert_eq!(cloud.invocations().len(), 2);
    assert_eq!(cloud.dead_letters()[0].body["requestContext"]["condition"], "EventAgeExceeded");
}

#[tokio::test]
async fn no_retries_means_one_attempt() {
    let cloud = cloud(&[("Retries", "0")]).await;
    put(&cloud, &json!({"do": "exit"}));
    cloud.settle().await;
    assert_eq!(cloud.invocations().len(), 1);
    assert_eq!(cloud.dead_letters().len(), 2);
}

#[tokio::test]
async fn an_event_is_lost_where_the_function_may_not_send_to_its_queue() {
    let cloud = cloud(&[("MaySend", "sqs:ReceiveMessage"), ("Retries", "0")]).await;
    put(&cloud, &json!({"do": "fail"}));
    cloud.settle().await;
    assert!(cloud.dead_letters().is_empty());
    let lost = cloud.timeline().into_iter().filter(|entry| matches!(entry.what, What::Lost { .. })).count();
    assert_eq!(lost, 2);
}

#[tokio::test]
async fn a_schedule_fires_when_it_is_due_with_its_input() {
    let cloud = cloud(&[]).await;
    let start = cloud.emulator().cloud().now();
    cloud.run_for(TimeDelta::minutes(150)).await;
    let times: Vec<_> = cloud.invocations().iter().map(|run| run.event["at"].as_str().unwrap().to_owned()).collect();
    let expected =
        [1, 2].map(|hours| (start + TimeDelta::hours(hours)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    assert_eq!(times, expected);
    assert_eq!(cloud.emulator().cloud().now(), start + TimeDelta::minutes(150));
}

#[tokio::test]
async fn a_tick_fires_the_schedule_at_once() {
    let cloud = cloud(&[]).await;
    let runs = cloud.tick(ACCOUNT, "Double").await;
    assert_eq!(runs.len(), 1);
    assert!(runs[0].event["at"].is_string());
}

#[tokio::test]
async fn settling_does_not_fire_schedules() {
    let cloud = cloud(&[]).await;
    cloud.settle().await;
    assert!(cloud.invocations().is_empty());
}

#[tokio::test]
async fn the_same_steps_have_the_same_timeline() {
    let mut timelines = Vec::new();
    for _ in 0..2 {
        let cloud = cloud(&[]).await;
        put(&cloud, &json!({"do": "fail"}));
        put(&cloud, &json!({"do": "headers-not", "source": "other"}));
        cloud.settle().await;
        cloud.run_for(TimeDelta::hours(1)).await;
        let timeline = serde_json::to_string(&cloud.timeline()).unwrap();
        let pids = |text: &str| {
            text.split("\"pid\":").map(|part| part.trim_start_matches(char::is_numeric).to_owned()).collect::<Vec<_>>()
        };
        timelines.push(pids(&timeline));
    }
    assert_eq!(timelines[0], timelines[1]);
}
