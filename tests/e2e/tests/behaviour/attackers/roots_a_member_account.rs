//! Who has the root of one member account: what they deny there is that account's state, and no run fails for it.

use detective_emulator::Fault;
use end_to_end::environment::{EXTERNAL_ID, MEMBER_ROLE};
use end_to_end::faults::denied;
use end_to_end::report::{line, report};
use end_to_end::scenario::ADMINISTRATOR;
use end_to_end::template::template;

use crate::accepting::{MEMBER, central, invited, invited_with};

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
