//! Who has the root of one member account: what they deny there is that account's state, and no run fails for it.

use detective_emulator::Fault;
use end_to_end::environment::{EXTERNAL_ID, MEMBER_ROLE};
use end_to_end::faults::denied;
use end_to_end::report::{line, report};
use end_to_end::scenario::ADMINISTRATOR;
use end_to_end::template::template;

use chrono::TimeDelta;
use end_to_end::environment::Environment;
use end_to_end::report::report_in;
use end_to_end::scenario::{account, member, organization, span};
use serde_json::json;

use crate::accepting::{MEMBER, central, invited, invited_with};
use crate::known_failures::{failing, known_failures_alarm, values};

#[tokio::test]
async fn a_role_that_may_be_assumed_and_may_not_accept_is_the_accounts_state_and_fails_no_run() {
    for operation in ["AcceptInvitation", "ListInvitations"] {
        let environment = central(invited(), EXTERNAL_ID).await;
        environment.aws().set_faults(vec![denied(operation)]);
        for _ in 0..2 {
            let report = report(environment.cloud.tick(ADMINISTRATOR, "CentralAcceptor").await.pop().expect("it ran"));
            // The second run may wait with an account whose invitations it could not list.
            if operation == "AcceptInvitation" || environment.calls("ListMembers") == 1 {
                let line = line(&report, "eu-west-1", MEMBER);
                assert_eq!(
                    (&line["outcome"], &line["reason"]),
                    (&"blocked".into(), &"member-role-unavailable".into()),
                    "{line}"
                );
                let message = line["message"].as_str().unwrap();
                assert!(message.contains(operation) && message.contains("detective-member"), "{message}");
            }
            assert_eq!(report["totals"]["failed"], 0, "{report:#}");
        }
        assert!(environment.cloud.dead_letters().is_empty());
    }
}

#[tokio::test]
async fn no_other_account_waits_for_one_that_denies_acceptance() {
    const OTHERS: [&str; 7] = [
        "700000000011",
        "700000000012",
        "700000000013",
        "700000000014",
        "700000000015",
        "700000000016",
        "700000000017",
    ];
    for operation in ["AcceptInvitation", "ListInvitations", "AssumeRole"] {
        let environment = central(invited_with(&OTHERS), EXTERNAL_ID).await;
        let role = [&[("AdministratorAccountId", ADMINISTRATOR)][..], &MEMBER_ROLE].concat();
        for id in OTHERS {
            environment.deploy(&template(), "MemberAccount", id, &role);
        }
        // The role is assumed from the administrator account; the calls are of the member's own session.
        let of_member = match operation {
            "AssumeRole" => {
                Fault { about: Some(format!("arn:aws:iam::{MEMBER}:role/detective-member")), ..denied(operation) }
            }
            _ => Fault { account: Some(MEMBER.to_owned()), ..denied(operation) },
        };
        environment.aws().set_faults(vec![of_member]);
        let report = report(environment.cloud.tick(ADMINISTRATOR, "CentralAcceptor").await.pop().expect("it ran"));
        for id in OTHERS {
            let line = line(&report, "eu-west-1", id);
            assert_eq!(
                (&line["outcome"], &line["action"]),
                (&"done".into(), &"accepted".into()),
                "{operation}: {line}"
            );
        }
        assert_eq!(line(&report, "eu-west-1", MEMBER)["reason"], "member-role-unavailable", "{operation}: {report:#}");
        assert_eq!(report["totals"]["failed"], 0, "{report:#}");
    }
}

/// Whatever makes its account fail in each run, the alarm on errors is not kept on by it, and the next account's failure is told.
#[tokio::test]
async fn an_account_that_fails_in_each_run_neither_keeps_an_alarm_on_nor_hides_the_failure_of_the_next_one() {
    const OTHER: &str = "700000000011";
    let environment = central(invited_with(&[OTHER]), EXTERNAL_ID).await;
    let role = |id: &str| format!("arn:aws:iam::{id}:role/detective-member");
    let fails = |id: &str| failing("AssumeRole", &role(id), "RegionDisabledException");
    environment.aws().set_faults(vec![fails(MEMBER)]);
    let (mut failed, mut days) = (Vec::new(), Vec::new());
    for hour in 0..96 {
        if hour == 60 {
            environment.aws().set_faults(vec![fails(MEMBER), fails(OTHER)]);
        }
        let run = environment.cloud.tick(ADMINISTRATOR, "CentralAcceptor").await.pop().expect("it ran");
        let known = values(&run, "KnownFailures")[0] as f64;
        match days.last_mut() {
            Some(most) if hour % 24 > 0 => *most = f64::max(*most, known),
            _ => days.push(known),
        }
        if let Err(error) = run.outcome {
            let listed = report_in(&error)["regions"][0]["accounts"][0].clone();
            failed.push((hour, listed["accountId"].as_str().unwrap().to_owned()));
        }
        environment.cloud.run_for(TimeDelta::minutes(10)).await;
        environment.aws().advance(TimeDelta::minutes(50));
    }
    assert_eq!(failed, [(0, MEMBER.to_owned()), (60, OTHER.to_owned())]);
    assert_eq!(environment.cloud.dead_letters().len(), 2, "each is a dead letter once");
    // What is known is not out of sight: that there is more of it is an alarm, and that it lasts is none.
    assert_eq!(days, [1.0, 1.0, 2.0, 2.0]);
    let days: Vec<_> = [0.0].into_iter().chain(days).map(Some).collect();
    assert_eq!(known_failures_alarm(&days), [false, true, false, true, false]);
}

/// Whoever leaves the graph and is an account of the organization is invited again, and named.
#[tokio::test]
async fn leavers_who_come_back_are_invited_again() {
    const LEAVER: &str = "333333333333";
    let graph = end_to_end::scenario::invitation_graph("us-east-1");
    let scenario = organization()
        .timing(|timing| timing.verification = span("0s"))
        .account(account(LEAVER))
        .account(account("444444444444"))
        .graph(graph.members([member(LEAVER), member("444444444444")]));
    let environment = Environment::start_with(scenario, &template(), &[("DetectiveRegions", "us-east-1")]).await;
    let leaver = aws_sdk_detective::Client::new(&environment.sdk(LEAVER, "us-east-1").await);
    let arn = environment.aws().snapshot().graphs[0].arn.clone();
    report(environment.reconcile().await);
    for round in 0..3 {
        leaver.disassociate_membership().graph_arn(&arn).send().await.expect("an invited member may leave");
        assert_eq!(environment.status("us-east-1", LEAVER), None);
        let alerts = environment.alerts().len();
        // Invitations become rarer, up to a week.
        let mut hours = 0;
        while environment.status("us-east-1", LEAVER).is_none() {
            environment.aws().advance(TimeDelta::hours(6));
            report(environment.reconcile().await);
            hours += 6;
            assert!(hours <= 8 * 24, "{round}: nobody invites it");
        }
        assert_eq!(environment.status("us-east-1", LEAVER).as_deref(), Some("INVITED"), "{round}");
        let lost = &environment.alerts()[alerts]["noLongerCovered"]["accountIds"];
        assert_eq!(*lost, json!([LEAVER]), "{round}");
        leaver.accept_invitation().graph_arn(&arn).send().await.expect("it is invited");
        environment.cloud.settle_now().await;
        report(environment.reconcile().await);
        assert_eq!(environment.status("us-east-1", LEAVER).as_deref(), Some("ENABLED"), "{round}");
    }
}
