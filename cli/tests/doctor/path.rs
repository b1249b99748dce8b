//! The way of an event: from the management account's bus to the functions, as template.yaml has been deployed.

use detective_emulator::{EventBus, EventTarget};
use local_cloud::Stack;
use local_cloud::binaries::workspace;
use serde_json::{Value, json};

use crate::landscape::{ADMINISTRATOR, Landscape, Looked, MANAGEMENT, MEMBER, WELL, output};

async fn well() -> Landscape {
    Landscape::start(WELL).await
}

async fn forwarding(landscape: &Landscape, part: &str) {
    let looked = landscape.look(MANAGEMENT, &[]).await;
    let finding = looked.only("problem", "forwarding-rule us-east-1");
    assert!(finding["what"].as_str().unwrap().contains(part), "{finding:#}");
}

#[tokio::test]
async fn without_a_forwarding_rule_there_is_a_problem() {
    let landscape = well().await;
    for rule in landscape.cloud().event_rules().iter().filter(|rule| rule.account == MANAGEMENT) {
        landscape.cloud().delete_event_rule(rule);
    }
    forwarding(&landscape, "No rule sends account events to").await;
}

#[tokio::test]
async fn a_forwarding_rule_that_is_off_or_has_no_role_is_a_problem() {
    let landscape = well().await;
    landscape.change_rules(MANAGEMENT, |rule| rule.enabled = false);
    forwarding(&landscape, "is switched off").await;
    landscape.change_rules(MANAGEMENT, |rule| {
        rule.enabled = true;
        rule.targets[0].role = None;
    });
    forwarding(&landscape, "without a role").await;
}

#[tokio::test]
async fn a_rule_that_forwards_elsewhere_is_a_problem_and_is_named() {
    let landscape = well().await;
    let other = format!("arn:aws:events:eu-west-1:{ADMINISTRATOR}:event-bus/default");
    landscape.change_rules(MANAGEMENT, |rule| rule.targets[0].arn.clone_from(&other));
    forwarding(&landscape, &format!("sends to {other}")).await;
    // The stack's Region may be that one.
    let mut command = landscape.command(MANAGEMENT);
    command.args(["--administrator", ADMINISTRATOR, "--stack-region", "eu-west-1", "--regions", "us-east-1", "--json"]);
    let looked = Looked::of(&output(command).await);
    assert_eq!(looked.code, Some(0), "{:#}", looked.document);
}

#[tokio::test]
async fn a_pattern_that_does_not_take_every_event_is_a_problem() {
    let landscape = well().await;
    landscape.change_rules(MANAGEMENT, |rule| {
        // The detail-type that others got wrong.
        rule.pattern = json!({"source": ["aws.organizations"], "detail-type": ["AWS API Call via CloudTrail"]});
    });
    forwarding(&landscape, "CreateAccountResult").await;
    landscape.change_rules(MANAGEMENT, |rule| rule.pattern = json!({"source": ["aws.ec2"]}));
    forwarding(&landscape, "No rule sends account events to").await;
}

#[tokio::test]
async fn a_pattern_that_is_not_understood_is_unknown() {
    let landscape = well().await;
    landscape
        .change_rules(MANAGEMENT, |rule| rule.pattern = json!({"source": [{"of-next-year": "aws.organizations"}]}));
    let looked = landscape.look(MANAGEMENT, &[]).await;
    assert!(looked.with_status("unknown").contains(&"forwarding-rule us-east-1".to_owned()), "{:#}", looked.document);
}

#[tokio::test]
async fn only_control_towers_events_missing_is_a_warning() {
    let landscape = well().await;
    landscape.change_rules(MANAGEMENT, |rule| rule.pattern = json!({"source": ["aws.organizations"]}));
    landscape.look(MANAGEMENT, &[]).await.only("warning", "forwarding-rule us-east-1");
}

#[tokio::test]
async fn a_bus_that_does_not_admit_the_management_account_is_a_problem() {
    let landscape = well().await;
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
        landscape.cloud().put_event_bus(&bus(policy));
        landscape.look(ADMINISTRATOR, &[]).await.only("problem", "bus-policy us-east-1");
    }
    let anybody = statement(json!("*"), Value::Null);
    landscape.cloud().put_event_bus(&bus(anybody));
    landscape.look(ADMINISTRATOR, &[]).await.only("warning", "bus-policy us-east-1");
    let management = statement(json!({"AWS": format!("arn:aws:iam::{MANAGEMENT}:root")}), Value::Null);
    landscape.cloud().put_event_bus(&bus(management));
    assert_eq!(landscape.look(ADMINISTRATOR, &[]).await.code, Some(0));
}

#[tokio::test]
async fn an_onboarding_rule_that_is_off_missing_or_without_target_is_a_problem() {
    let landscape = well().await;
    let expected = "onboarding-rules us-east-1";
    let of_creation = |pattern: &Value| pattern["detail"]["eventName"][0] == "CreateAccountResult";
    landscape.change_rules(ADMINISTRATOR, |rule| rule.enabled = !of_creation(&rule.pattern));
    let looked = landscape.look(ADMINISTRATOR, &[]).await;
    let finding = looked.only("problem", expected);
    assert!(finding["mend"].as_str().unwrap().contains("aws events enable-rule --name "), "{finding:#}");
    landscape.change_rules(ADMINISTRATOR, |rule| {
        rule.enabled = true;
        if of_creation(&rule.pattern) {
            rule.targets.clear();
        }
    });
    landscape.look(ADMINISTRATOR, &[]).await.only("problem", expected);
    // Somebody else's rule is no way to the functions.
    landscape.change_rules(ADMINISTRATOR, |rule| {
        if of_creation(&rule.pattern) {
            let topic = "arn:aws:sns:us-east-1:222222222222:topic".to_owned();
            rule.targets = vec![EventTarget { arn: topic, role: None, dead_letters: None }];
        }
    });
    landscape.look(ADMINISTRATOR, &[]).await.only("problem", expected);
    for rule in landscape.cloud().event_rules() {
        if of_creation(&rule.pattern) {
            landscape.cloud().delete_event_rule(&rule);
        }
    }
    let looked = landscape.look(ADMINISTRATOR, &[]).await;
    let finding = looked.only("problem", expected);
    assert!(finding["what"].as_str().unwrap().contains("CreateAccountResult"), "{finding:#}");
}

#[tokio::test]
async fn before_deploying_the_stacks_are_not_asked_for() {
    let landscape = well().await;
    for rule in landscape.cloud().event_rules() {
        landscape.cloud().delete_event_rule(&rule);
    }
    for account in [MANAGEMENT, ADMINISTRATOR] {
        assert_eq!(landscape.look(account, &[]).await.code, Some(1));
        let looked = landscape.look(account, &["--before-deploying"]).await;
        assert_eq!(looked.code, Some(0), "{:#}", looked.document);
    }
}

#[tokio::test]
async fn a_stack_that_is_deployed_again_shows_what_it_has_become() {
    let landscape = well().await;
    let template = workspace().join("template.yaml");
    let stack = Stack::from_file(&template, "detective-onboarding", MANAGEMENT, "us-east-1").unwrap();
    // It forwards no more: now it is a member account's.
    let stack = stack.with("Place", "MemberAccount").with("TrustedAdministratorIds", ADMINISTRATOR);
    landscape.local.deploy(stack).unwrap();
    assert!(landscape.cloud().event_rules().iter().all(|rule| rule.account == ADMINISTRATOR));
    forwarding(&landscape, "No rule sends account events to").await;
}
