//! The path of an event: from the management account's bus to the functions, as template.yaml has been deployed.

use detective_emulator::{EventBus, EventTarget};
use local_cloud::Stack;
use local_cloud::binaries::workspace;
use serde_json::{Value, json};

use crate::environment::{ADMINISTRATOR, Environment, HEALTHY, MANAGEMENT, MEMBER, Report, output};

async fn healthy() -> Environment {
    Environment::start(HEALTHY).await
}

async fn forwarding(environment: &Environment, part: &str) {
    let report = environment.check(MANAGEMENT, &[]).await;
    let finding = report.only("problem", "forwarding-rule us-east-1");
    assert!(finding["what"].as_str().unwrap().contains(part), "{finding:#}");
}

#[tokio::test]
async fn without_a_forwarding_rule_there_is_a_problem() {
    let environment = healthy().await;
    for rule in environment.cloud().event_rules().iter().filter(|rule| rule.account == MANAGEMENT) {
        environment.cloud().delete_event_rule(rule);
    }
    forwarding(&environment, "No rule sends account events to").await;
}

#[tokio::test]
async fn a_forwarding_rule_that_is_off_or_has_no_role_is_a_problem() {
    let environment = healthy().await;
    environment.change_rules(MANAGEMENT, |rule| rule.enabled = false);
    forwarding(&environment, "is switched off").await;
    environment.change_rules(MANAGEMENT, |rule| {
        rule.enabled = true;
        rule.targets[0].role = None;
    });
    forwarding(&environment, "without a role").await;
}

#[tokio::test]
async fn a_rule_that_forwards_elsewhere_is_a_problem_and_is_named() {
    let environment = healthy().await;
    let other = format!("arn:aws:events:eu-west-1:{ADMINISTRATOR}:event-bus/default");
    environment.change_rules(MANAGEMENT, |rule| rule.targets[0].arn.clone_from(&other));
    forwarding(&environment, &format!("sends to {other}")).await;
    // The stack's Region may be that one.
    let mut command = environment.command(MANAGEMENT);
    command.args(["--administrator", ADMINISTRATOR, "--stack-region", "eu-west-1", "--regions", "us-east-1", "--json"]);
    let report = Report::of(&output(command).await);
    assert_eq!(report.code, Some(0), "{:#}", report.document);
}

#[tokio::test]
async fn a_pattern_that_does_not_take_every_event_is_a_problem() {
    let environment = healthy().await;
    environment.change_rules(MANAGEMENT, |rule| {
        // The detail-type that others got wrong.
        rule.pattern = json!({"source": ["aws.organizations"], "detail-type": ["AWS API Call via CloudTrail"]});
    });
    forwarding(&environment, "CreateAccountResult").await;
    environment.change_rules(MANAGEMENT, |rule| rule.pattern = json!({"source": ["aws.ec2"]}));
    forwarding(&environment, "No rule sends account events to").await;
}

#[tokio::test]
async fn a_pattern_that_is_not_understood_is_unknown() {
    let environment = healthy().await;
    environment
        .change_rules(MANAGEMENT, |rule| rule.pattern = json!({"source": [{"of-next-year": "aws.organizations"}]}));
    let report = environment.check(MANAGEMENT, &[]).await;
    assert!(report.with_status("unknown").contains(&"forwarding-rule us-east-1".to_owned()), "{:#}", report.document);
}

#[tokio::test]
async fn only_control_towers_events_missing_is_a_warning() {
    let environment = healthy().await;
    environment.change_rules(MANAGEMENT, |rule| rule.pattern = json!({"source": ["aws.organizations"]}));
    environment.check(MANAGEMENT, &[]).await.only("warning", "forwarding-rule us-east-1");
}

#[tokio::test]
async fn a_bus_that_does_not_admit_the_management_account_is_a_problem() {
    let environment = healthy().await;
    let bus = |policy: Value| EventBus {
        account: ADMINISTRATOR.to_owned(),
        region: "us-east-1".to_owned(),
        name: "default".to_owned(),
        policy,
    };
    let statement = |principal: Value, condition: Value| {
        json!({"Statement": [{"Effect": "Allow", "Principal": principal, "Action": "events:PutEvents",
            "Resource": format!("arn:aws:events:us-east-1:{ADMINISTRATOR}:event-bus/default"), "Condition": condition}]})
    };
    let other = statement(json!("*"), json!({"StringEquals": {"aws:PrincipalOrgID": "o-another0001"}}));
    let stranger = statement(json!({"AWS": MEMBER}), Value::Null);
    for policy in [Value::Null, other, stranger] {
        environment.cloud().put_event_bus(&bus(policy)).unwrap();
        environment.check(ADMINISTRATOR, &[]).await.only("problem", "bus-policy us-east-1");
    }
    let anybody = statement(json!("*"), Value::Null);
    environment.cloud().put_event_bus(&bus(anybody)).unwrap();
    environment.check(ADMINISTRATOR, &[]).await.only("warning", "bus-policy us-east-1");
    let management = statement(json!({"AWS": format!("arn:aws:iam::{MANAGEMENT}:root")}), Value::Null);
    environment.cloud().put_event_bus(&bus(management)).unwrap();
    assert_eq!(environment.check(ADMINISTRATOR, &[]).await.code, Some(0));
}

#[tokio::test]
async fn an_onboarding_rule_that_is_off_missing_or_without_target_is_a_problem() {
    let environment = healthy().await;
    let expected = "onboarding-rules us-east-1";
    let of_creation = |pattern: &Value| pattern["detail"]["eventName"][0] == "CreateAccountResult";
    environment.change_rules(ADMINISTRATOR, |rule| rule.enabled = !of_creation(&rule.pattern));
    let report = environment.check(ADMINISTRATOR, &[]).await;
    let finding = report.only("problem", expected);
    assert!(finding["fix"].as_str().unwrap().contains("aws events enable-rule --name "), "{finding:#}");
    environment.change_rules(ADMINISTRATOR, |rule| {
        rule.enabled = true;
        if of_creation(&rule.pattern) {
            rule.targets.clear();
        }
    });
    environment.check(ADMINISTRATOR, &[]).await.only("problem", expected);
    // Somebody else's rule does not lead to the functions.
    environment.change_rules(ADMINISTRATOR, |rule| {
        if of_creation(&rule.pattern) {
            let topic = "arn:aws:sns:us-east-1:222222222222:topic".to_owned();
            rule.targets = vec![EventTarget { arn: topic, role: None, dead_letters: None }];
        }
    });
    environment.check(ADMINISTRATOR, &[]).await.only("problem", expected);
    for rule in environment.cloud().event_rules() {
        if of_creation(&rule.pattern) {
            environment.cloud().delete_event_rule(&rule);
        }
    }
    let report = environment.check(ADMINISTRATOR, &[]).await;
    let finding = report.only("problem", expected);
    assert!(finding["what"].as_str().unwrap().contains("CreateAccountResult"), "{finding:#}");
}

#[tokio::test]
async fn before_deploying_the_stacks_are_not_checked() {
    let environment = healthy().await;
    for rule in environment.cloud().event_rules() {
        environment.cloud().delete_event_rule(&rule);
    }
    for account in [MANAGEMENT, ADMINISTRATOR] {
        assert_eq!(environment.check(account, &[]).await.code, Some(1));
        let report = environment.check(account, &["--before-deploying"]).await;
        assert_eq!(report.code, Some(0), "{:#}", report.document);
    }
}

#[tokio::test]
async fn a_stack_that_is_deployed_again_shows_what_it_has_become() {
    let environment = healthy().await;
    let template = workspace().join("template.yaml");
    let stack = Stack::from_file(&template, "detective-onboarding", MANAGEMENT, "us-east-1").unwrap();
    // It forwards no more: now it is a member account's.
    let stack = stack.with("Place", "MemberAccount").with("TrustedAdministratorIds", ADMINISTRATOR);
    environment.local.deploy(stack).unwrap();
    assert!(environment.cloud().event_rules().iter().all(|rule| rule.account == ADMINISTRATOR));
    forwarding(&environment, "No rule sends account events to").await;
}
