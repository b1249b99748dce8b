//! Invited accounts that Detective could not verify, and invitations whose acceptance has no effect.

use chrono::TimeDelta;
use detective_emulator::{Effect, Fault, Scenario};
use serde_json::json;

use end_to_end::cases::case_scenario;
use end_to_end::environment::{Environment, MEMBER_ROLE};
use end_to_end::report::{line, report};
use end_to_end::scenario::{ADMINISTRATOR, account, invitation_graph, member, organization};
use end_to_end::template::template;

use crate::reconciling::environment;

#[tokio::test]
async fn a_verification_that_failed_with_the_current_address_is_tried_again_every_week_and_says_so() {
    let start_time = Some("2026-01-05T09:00:00Z".parse().unwrap());
    let scenario = Scenario { start_time, ..case_scenario("failed-verifications.yaml") };
    let parameters = [("DetectiveRegions", "us-east-1")];
    let environment = Environment::start_with(scenario, &template(), &parameters).await;
    let reconciled = report(environment.reconcile().await);
    // One was corrected since; the others have the address of Organizations, one of them in other letters.
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("VERIFICATION_IN_PROGRESS"));
    for id in ["444444444444", "666666666666"] {
        let held = line(&reconciled, "us-east-1", id);
        assert_eq!(held["reason"], "verification-failed", "{held}");
        let message = held["message"].as_str().unwrap();
        assert!(message.contains("is the one that Organizations has") && message.contains("every 7 days"), "{held}");
        assert!(message.contains("next from 2026-01-11T03:00:00Z on"), "{held}");
    }
    assert_eq!(environment.calls("DeleteMembers"), 1);
    // Three more weeks, by a run every six hours: two members are removed and invited three times each.
    for _ in 0..84 {
        environment.aws().advance(TimeDelta::hours(6));
        report(environment.reconcile().await);
    }
    let removed = environment.aws().journal().into_iter().filter(|call| call.operation == "DeleteMembers");
    let removed: Vec<_> = removed.flat_map(|call| call.request["AccountIds"].as_array().cloned().unwrap()).collect();
    let times = |id: &str| removed.iter().filter(|removed| **removed == json!(id)).count();
    assert_eq!((times("444444444444"), times("333333333333")), (3, 1), "{removed:?}");
    // With the right address, the second verification succeeds.
    assert_eq!(times("666666666666"), 1, "{removed:?}");
    assert_eq!(environment.status("us-east-1", "666666666666").as_deref(), Some("INVITED"));
}

#[tokio::test]
async fn where_nobody_is_invited_again_and_nobody_removed_the_reconciler_may_remove_no_member() {
    let start_time = Some("2026-01-05T09:00:00Z".parse().unwrap());
    let scenario = Scenario { start_time, ..case_scenario("failed-verifications.yaml") };
    let parameters = [("DetectiveRegions", "us-east-1"), ("ReinviteUnverified", "false")];
    let environment = Environment::start_with(scenario, &template(), &parameters).await;
    let reconciled = report(environment.reconcile().await);
    let held = line(&reconciled, "us-east-1", "333333333333");
    assert_eq!(held["reason"], "verification-failed", "{held}");
    assert!(held["message"].as_str().unwrap().contains("REINVITE_UNVERIFIED"), "{held}");
    assert_eq!(environment.calls("DeleteMembers"), 0);
    let may_delete = |environment: &Environment| {
        let roles = environment.cloud.roles().into_iter();
        let statements = roles.flat_map(|(_, role)| role.permissions.statements().to_vec());
        statements.into_iter().any(|statement| statement.to_string().contains("detective:DeleteMembers"))
    };
    assert!(!may_delete(&environment));
    for parameter in [("ReinviteUnverified", "true"), ("RemoveMembers", "true")] {
        environment.deploy_administrator(&template(), &[("ReinviteUnverified", "false"), parameter][..]);
        assert!(may_delete(&environment), "{parameter:?}");
    }
}

#[tokio::test]
async fn a_member_that_is_listed_twice_is_not_invited_again_for_an_older_failure() {
    let scenario = organization()
        .account(account("333333333333"))
        .graph(invitation_graph("us-east-1").members([member("333333333333"), member("111111111111")]));
    let entry = |status: &str, email: &str, time: &str| {
        json!({"AccountId": "333333333333", "Status": status, "EmailAddress": email, "UpdatedTime": time,
               "InvitationType": "INVITATION"})
    };
    let old = entry("VERIFICATION_FAILED", "old@example.com", "2026-01-01T00:00:00Z");
    let new = entry("ENABLED", "account-333333333333@example.com", "2026-01-02T00:00:00Z");
    for entries in [[&old, &new], [&new, &old]] {
        let environment = environment(scenario.clone(), &[]).await;
        let pages = [
            json!({"MemberDetails": [entries[0]], "NextToken": "a"}),
            json!({"MemberDetails": [entries[1], {"AccountId": "111111111111", "Status": "ENABLED"}]}),
        ];
        let answers = pages.map(|page| Fault { times: Some(1), ..Fault::on("ListMembers", Effect::Answer(page)) });
        environment.aws().set_faults(answers.into());
        report(environment.reconcile().await);
        assert_eq!(environment.changes(), 0, "{entries:?}");
    }
}

#[tokio::test]
async fn an_acceptance_without_effect_is_held_and_repeated_by_the_next_run() {
    let scenario = organization()
        .organization(|organization| organization.delegated_administrators.clear())
        .standalone(account("444444444444"))
        .graph(invitation_graph("eu-west-1").members([member("444444444444").status("INVITED")]));
    for central in [false, true] {
        let environment = Environment::bare(scenario.clone()).await;
        if central {
            let parameters = [&[("DetectiveRegions", "eu-west-1")][..], &MEMBER_ROLE].concat();
            environment.deploy_administrator(&template(), &parameters);
            let role = [&[("AdministratorAccountId", ADMINISTRATOR)][..], &MEMBER_ROLE].concat();
            environment.deploy(&template(), "MemberAccount", "444444444444", &role);
        } else {
            environment.deploy_acceptor("444444444444", ADMINISTRATOR);
        }
        let accept = async || match central {
            true => environment.cloud.tick(ADMINISTRATOR, "CentralAcceptor").await.swap_remove(0),
            false => environment.accept("444444444444").await,
        };
        let nothing = Fault::on("AcceptInvitation", Effect::Answer(json!({})));
        environment.aws().set_faults(vec![Fault { times: Some(1), ..nothing }]);
        let first = report(accept().await);
        let held = line(&first, "eu-west-1", "444444444444");
        assert_eq!((&held["outcome"], &held["reason"]), (&json!("waiting"), &json!("not-accepted")), "{held}");
        assert!(held["message"].as_str().unwrap().contains("still INVITED"), "{held}");
        let second = report(accept().await);
        assert_eq!(line(&second, "eu-west-1", "444444444444")["action"], "accepted", "{second:#}");
    }
}
