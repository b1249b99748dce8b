//! Every part of the template matters: without it the functions are not reached, or do not work.

use chrono::TimeDelta;
use end_to_end::edit::edit_all;
use end_to_end::environment::Environment;
use end_to_end::events::{account_created, example_event};
use end_to_end::report::{line, report};
use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT, two_regions};
use end_to_end::template::template;

/// Whether a created account's event reaches the onboarder with this template.
async fn delivers(template: &str, event: &str) -> bool {
    let environment = Environment::start_with(two_regions(), template, &[]).await;
    environment.cloud.put_event(MANAGEMENT, "us-east-1", example_event(event));
    environment.cloud.settle().await;
    !environment.cloud.invocations().is_empty()
}

#[tokio::test]
async fn the_template_delivers_account_creations() {
    assert!(delivers(&template(), "create-account-succeeded").await);
}

#[tokio::test]
async fn a_wrong_detail_type_delivers_nothing() {
    let wrong = edit_all(
        &template(),
        "detail-type: [AWS Service Event via CloudTrail]",
        "detail-type: [AWS API Call via CloudTrail]",
    );
    assert!(!delivers(&wrong, "create-account-succeeded").await);
    assert!(!delivers(&wrong, "control-tower-create-managed-account-succeeded").await);
    let wrong = edit_all(
        &template(),
        "detail-type: [AWS API Call via CloudTrail]",
        "detail-type: [AWS Service Event via CloudTrail]",
    );
    assert!(!delivers(&wrong, "accept-handshake-invitation").await);
}

#[tokio::test]
async fn a_wrong_forwarding_delivers_nothing() {
    for (from, to) in [
        // Another bus than the administrator account's.
        ("event-bus/default\n          RoleArn", "event-bus/other\n          RoleArn"),
        // A role that EventBridge may not use.
        (
            "Principal: {Service: events.amazonaws.com}\n            Action: sts:AssumeRole",
            "Principal: {Service: lambda.amazonaws.com}\n            Action: sts:AssumeRole",
        ),
        // A role that may not put events.
        ("Action: events:PutEvents\n                Resource", "Action: events:ListRules\n                Resource"),
        // A bus that admits nobody.
        (
            "StringEquals: {\"aws:PrincipalOrgID\": !Ref OrganizationId}",
            "StringEquals: {\"aws:PrincipalOrgID\": o-anotherone99}",
        ),
    ] {
        assert!(
            !delivers(&edit_all(&template(), from, to), "create-account-succeeded").await,
            "delivered in spite of {to:?}"
        );
    }
}

#[tokio::test]
async fn stacks_with_the_longest_name_deliver_too_and_what_they_cannot_deliver_is_in_the_dead_letters() {
    let name = "detective-onboarding-".repeat(7)[..128].to_owned();
    let no_role = "RoleArn: !GetAtt EventForwardingRole.Arn\n";
    for (template, delivered) in
        [(template(), true), (edit_all(&template(), no_role, "RoleArn: arn:aws:iam::111111111111:role/other\n"), false)]
    {
        let environment = Environment::bare(two_regions()).await;
        let parameters = [("AdministratorAccountId", ADMINISTRATOR)];
        environment.deploy_as(&name, &template, "ManagementAccount", MANAGEMENT, &parameters);
        let parameters = [("OrganizationId", "o-exampleorg01"), ("ManagementAccountId", MANAGEMENT)];
        environment.deploy_as(&name, &template, "AdministratorAccount", ADMINISTRATOR, &parameters);
        environment.cloud.put_event(MANAGEMENT, "us-east-1", example_event("create-account-succeeded"));
        environment.cloud.run_for(TimeDelta::seconds(20)).await;
        assert_eq!(!environment.cloud.invocations().is_empty(), delivered, "{:?}", environment.cloud.timeline());
        assert_eq!(environment.cloud.dead_letters().is_empty(), delivered, "{:?}", environment.cloud.timeline());
    }
}

#[tokio::test]
async fn without_its_regions_the_onboarder_covers_its_own_region_only() {
    let wrong = edit_all(&template(), "        DETECTIVE_REGIONS: !Ref DetectiveRegions\n", "");
    let environment = Environment::start_with(two_regions(), &wrong, &[]).await;
    let report = report(environment.onboard(account_created("333333333333")).await);
    assert_eq!(report["regions"].as_array().unwrap().len(), 1);
    assert_eq!(line(&report, "us-east-1", "333333333333")["outcome"], "done");
}

#[tokio::test]
async fn without_its_allow_list_the_acceptor_fails_and_names_the_variable() {
    let wrong = edit_all(&template(), "          TRUSTED_ADMINISTRATOR_IDS: !Ref TrustedAdministratorIds\n", "");
    let environment = Environment::bare(two_regions()).await;
    let parameters = [("TrustedAdministratorIds", ADMINISTRATOR), ("DetectiveRegions", "eu-west-1")];
    environment.deploy(&wrong, "MemberAccount", "333333333333", &parameters);
    let error = environment.accept("333333333333").await.outcome.expect_err("the variable is required");
    assert!(error.error_message.contains("TRUSTED_ADMINISTRATOR_IDS is missing"), "{}", error.error_message);
}

/// Every variable that a function reads is set by the template. LOG_LEVEL and the Regions are global.
#[test]
fn the_template_sets_every_variable_that_the_functions_read() {
    let template = template();
    for variable in [
        "COVERAGE_POLICY_PARAMETER",
        "DETECTIVE_GRAPH_ARNS",
        "DETECTIVE_REGIONS",
        "DRY_RUN",
        "INVITATION_MESSAGE",
        "LOG_LEVEL",
        "MAX_CONCURRENT_STARTS",
        "MAX_REMOVALS",
        "MAX_REMOVALS_PERCENT",
        "MEMBER_ROLE_EXTERNAL_ID",
        "MEMBER_ROLE_NAME",
        "REJECT_UNTRUSTED_INVITATIONS",
        "REMOVE_MEMBERS",
        "SCHEDULE",
        "SEND_INVITATION_EMAILS",
        "STUCK_AFTER_HOURS",
        "TRUSTED_ADMINISTRATOR_IDS",
        "TRUSTED_GRAPH_ARNS",
        "VOLUME_TOO_HIGH_COOL_OFF_HOURS",
        "WARN_AT_PERCENT_OF_LIMIT",
    ] {
        assert!(template.contains(&format!("  {variable}: ")), "{variable} is not set");
    }
}
