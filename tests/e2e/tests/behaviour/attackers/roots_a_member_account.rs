//! Who has the root of one member account: what they deny there is that account's state, and no run fails for it.

use end_to_end::environment::EXTERNAL_ID;
use end_to_end::faults::denied;
use end_to_end::report::{line, report};
use end_to_end::scenario::ADMINISTRATOR;

use crate::accepting::{MEMBER, central, invited};

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
