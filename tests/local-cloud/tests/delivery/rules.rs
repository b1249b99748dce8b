//! A rule that invokes a function, and its dead-letter queue.

use local_cloud::What;

use crate::environment::{SENDER, cloud, deploy, failures, put, replaced};

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
