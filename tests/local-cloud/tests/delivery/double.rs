//! A function that does what its event asks for, deployed: a real process that speaks the Runtime API.

use std::collections::BTreeMap;

use detective_emulator::{Cloud, Emulator, Scenario};
use local_cloud::{LocalCloud, Options, Stack};
use serde_json::{Value, json};

pub(crate) const ACCOUNT: &str = "111111111111";
pub(crate) const REGION: &str = "eu-west-1";

pub(crate) const TEMPLATE: &str = r#"
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

pub(crate) async fn cloud(parameters: &[(&str, &str)]) -> LocalCloud {
    deployed(TEMPLATE, Options::default(), parameters).await
}

/// A template that is deployed in [`ACCOUNT`].
pub(crate) async fn deployed(template: &str, options: Options, parameters: &[(&str, &str)]) -> LocalCloud {
    let scenario = Scenario::from_yaml("startTime: 2026-01-05T09:00:00Z").expect("the scenario is valid");
    let cloud = Cloud::new(&scenario).expect("the scenario fits together");
    let cloud = LocalCloud::with(Emulator::start(cloud).await.expect("the emulator starts"), options);
    let parameters: BTreeMap<String, String> =
        parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let (name, account, region) = ("lambda".to_owned(), ACCOUNT.to_owned(), REGION.to_owned());
    let stack = Stack { name, account, region, template: template.to_owned(), parameters };
    cloud.deploy(stack).expect("the stack deploys");
    cloud
}

/// Puts an event on the bus that the function takes and does.
pub(crate) fn put(cloud: &LocalCloud, what: &Value) {
    let mut event = json!({"id": "e-1", "source": "test", "detail-type": "Test", "detail": {}});
    for (key, value) in what.as_object().expect("an event is an object") {
        event[key] = value.clone();
    }
    cloud.put_event(ACCOUNT, REGION, event);
}
