//! account-onboarder: a new account becomes a member.

use chrono::TimeDelta;
use detective_emulator::AccountStateField;
use local_cloud::InvocationRecord;
use serde_json::json;

use end_to_end::environment::Environment;
use end_to_end::events::account_created;
use end_to_end::faults::denied;
use end_to_end::report::{line, report};
use end_to_end::scenario::{
    ADMINISTRATOR, account, invitation_graph, member, organization, organization_graph, two_regions, two_regions_with,
};
use end_to_end::template::template;

use crate::arrivals_queue::{failed_accounts, put, runs};

#[tokio::test]
async fn a_created_account_becomes_a_member_in_every_region() {
    let environment = Environment::start(two_regions()).await;
    let id = environment.create_account("new").await;
    assert_eq!(environment.status("us-east-1", &id).as_deref(), Some("ENABLED"));
    assert_eq!(environment.status("eu-west-1", &id).as_deref(), Some("INVITED"));
    let logged = |run: &InvocationRecord| run.log.iter().any(|line| line["FailedAccounts"].is_number());
    assert!(!environment.cloud.invocations().iter().any(logged), "a metric is paid for where something fails");
}

#[tokio::test]
async fn where_the_regions_cannot_be_listed_that_alarms_and_the_account_is_a_member_soon_after_they_can() {
    let environment = Environment::start_with(two_regions(), &template(), &[("DetectiveRegions", "all")]).await;
    environment.aws().set_faults(vec![denied("ListRegions")]);
    put(&environment, account_created("333333333333"));
    environment.cloud.run_for(TimeDelta::seconds(30)).await;
    assert_eq!(failed_accounts(&runs(&environment)[0]), 1);
    environment.aws().set_faults(Vec::new());
    environment.cloud.settle().await;
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
}

#[tokio::test]
async fn several_events_about_one_account_invite_it_once() {
    let environment = Environment::start(two_regions()).await;
    environment.create_account("new").await;
    // Creating an account puts CreateAccountResult and AccountJoinedOrganization on the bus.
    let runs = environment.cloud.invocations();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].event["Records"].as_array().map(Vec::len), Some(2));
    assert_eq!(environment.calls("CreateMembers"), 2, "one for each Region");
}

#[tokio::test]
async fn an_event_that_arrives_twice_changes_nothing_the_second_time() {
    let environment = Environment::start(two_regions()).await;
    let first = report(environment.onboard(account_created("333333333333")).await);
    assert_eq!(line(&first, "us-east-1", "333333333333")["action"], "created");
    let changes = environment.changes();
    let second = report(environment.onboard(account_created("333333333333")).await);
    assert_eq!(line(&second, "us-east-1", "333333333333")["action"], "none");
    assert_eq!(line(&second, "eu-west-1", "333333333333")["reason"], "in-verification");
    assert_eq!(environment.changes(), changes);
}

#[tokio::test]
async fn no_invitation_email_is_sent_unless_asked_for() {
    let environment = Environment::start(two_regions()).await;
    report(environment.onboard(account_created("333333333333")).await);
    let journal = environment.aws().journal();
    let requests: Vec<_> = journal.iter().filter(|call| call.operation == "CreateMembers").collect();
    assert_eq!(requests.len(), 2);
    for call in requests {
        assert_eq!(call.request["DisableEmailNotification"], true);
        assert!(call.request.get("Message").is_none_or(serde_json::Value::is_null));
    }
}

#[tokio::test]
async fn emails_and_the_message_are_sent_where_configured() {
    let parameters = [("SendInvitationEmails", "true"), ("InvitationMessage", "Security monitoring")];
    let environment = Environment::start_with(two_regions(), &template(), &parameters).await;
    report(environment.onboard(account_created("333333333333")).await);
    let journal = environment.aws().journal();
    let call = journal.iter().find(|call| call.operation == "CreateMembers").unwrap();
    assert_eq!(call.request["DisableEmailNotification"], false);
    assert_eq!(call.request["Message"], "Security monitoring");
}

#[tokio::test]
async fn a_member_that_is_accepted_but_disabled_is_started() {
    let disabled = member("333333333333").disabled("VOLUME_UNKNOWN");
    let scenario = organization()
        .account(account("333333333333"))
        .graph(organization_graph("us-east-1"))
        .graph(invitation_graph("eu-west-1").members([disabled]));
    let environment = Environment::start(scenario).await;
    let report = report(environment.onboard(account_created("333333333333")).await);
    assert_eq!(
        line(&report, "eu-west-1", "333333333333"),
        &json!({"accountId": "333333333333", "outcome": "done", "action": "started", "status": "ENABLED"})
    );
}

#[tokio::test]
async fn the_administrator_is_held() {
    let environment = Environment::start(two_regions()).await;
    let report = report(environment.onboard(account_created(ADMINISTRATOR)).await);
    assert_eq!(line(&report, "us-east-1", ADMINISTRATOR)["reason"], "administrator-account");
    assert_eq!(environment.changes(), 0);
}

#[tokio::test]
async fn an_account_that_is_not_in_the_organization_is_held() {
    let environment = Environment::start(two_regions()).await;
    let report = report(environment.onboard(account_created("999999999999")).await);
    assert_eq!(line(&report, "us-east-1", "999999999999")["reason"], "not-in-organization");
    assert_eq!(environment.changes(), 0);
}

#[tokio::test]
async fn an_account_that_is_suspended_is_held() {
    let environment = Environment::start(two_regions_with(account("333333333333").state("SUSPENDED"))).await;
    let report = report(environment.onboard(account_created("333333333333")).await);
    let line = line(&report, "us-east-1", "333333333333");
    assert_eq!(line["reason"], "not-active");
    assert!(line["message"].as_str().unwrap().contains("SUSPENDED"));
    assert_eq!(environment.changes(), 0);
}

#[tokio::test]
async fn an_account_whose_verification_failed_is_held_with_the_reason() {
    let environment = Environment::start(two_regions_with(account("333333333333").fails_verification())).await;
    report(environment.onboard(account_created("333333333333")).await);
    environment.cloud.settle().await;
    assert_eq!(environment.status("eu-west-1", "333333333333").as_deref(), Some("VERIFICATION_FAILED"));
    let report = report(environment.onboard(account_created("333333333333")).await);
    assert_eq!(line(&report, "eu-west-1", "333333333333")["reason"], "verification-failed");
}

#[tokio::test]
async fn the_account_is_onboarded_whichever_of_state_and_status_organizations_sends() {
    for field in [AccountStateField::State, AccountStateField::Status] {
        let scenario = two_regions().organization(|organization| organization.account_state_field = field);
        let environment = Environment::start(scenario).await;
        let report = report(environment.onboard(account_created("333333333333")).await);
        assert_eq!(line(&report, "us-east-1", "333333333333")["action"], "created", "{field:?} only");
    }
}

#[tokio::test]
async fn logs_and_reports_have_the_account_id_and_no_email_address() {
    let environment = Environment::start(two_regions()).await;
    environment.create_account("new").await;
    environment.onboard(account_created("333333333333")).await;
    let runs = environment.cloud.invocations();
    let text = serde_json::to_string(&runs).unwrap();
    assert!(text.contains("account.id") && text.contains("333333333333"), "{text}");
    assert!(!text.contains("@example.com"), "{text}");
    for line in runs.iter().flat_map(|run| &run.log) {
        assert!(line.is_object(), "a log line is not JSON: {line}");
    }
}

#[tokio::test]
async fn every_line_of_the_log_has_the_events_id_and_every_change_its_request_id() {
    let environment = Environment::start(two_regions()).await;
    let event = account_created("333333333333");
    let record = environment.onboard(event.clone()).await;
    let own = record.log.iter().filter(|line| line["message"].is_string());
    for line in own.clone() {
        assert_eq!(line["span"]["correlation.id"], event["id"], "{line}");
    }
    let mutating: Vec<_> = own.filter(|line| line["message"] == "mutating call").collect();
    assert_eq!(mutating.len(), 2, "{:#?}", record.log);
    assert!(
        mutating.iter().all(|line| line["aws.request_id"].is_string() && line["http.status"] == 200),
        "{mutating:#?}"
    );
}
