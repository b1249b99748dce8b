//! Events from one account's bus to another's.

use crate::environment::{RECEIVER, SENDER, STRANGER, cloud, deploy, failures, put, replaced};

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
