//! An account that declines is invited again, at a growing pace.

use chrono::TimeDelta;

use end_to_end::environment::Environment;
use end_to_end::report::{line, report};
use end_to_end::scenario::{MANAGEMENT, account, invitation_graph, member, organization, span};
use end_to_end::template::template;

#[tokio::test]
async fn an_account_that_declines_each_invitation_is_invited_after_one_two_and_four_days() {
    let scenario = organization()
        .timing(|timing| timing.verification = span("0s"))
        .organization(|organization| {
            organization.delegated_administrators[0].service = "guardduty.amazonaws.com".to_owned();
        })
        .account(account("444444444444"))
        .graph(invitation_graph("us-east-1").members([member(MANAGEMENT)]));
    let parameters = [("DetectiveRegions", "us-east-1"), ("StuckAfterHours", "72")];
    let environment = Environment::start_with(scenario, &template(), &parameters).await;
    let graph = environment.aws().snapshot().graphs[0].arn.clone();
    let client = aws_sdk_detective::Client::new(&environment.sdk("444444444444", "us-east-1").await);
    let mut invited = Vec::new();
    for run in 0..36 {
        let before = environment.calls("CreateMembers");
        let report = report(environment.reconcile().await);
        let account = line(&report, "us-east-1", "444444444444");
        if environment.calls("CreateMembers") > before {
            invited.push(run * 6);
            assert_eq!(account["action"], "created", "{account}");
            environment.cloud.settle_now().await;
            client.reject_invitation().graph_arn(&graph).send().await.unwrap();
        } else {
            assert_eq!(account["reason"], "invitation-declined", "{account}");
        }
        // It has been uncovered since the first run, however young its last invitation is.
        let is_stuck = report["regions"][0]["stuck"][0] == "444444444444";
        assert_eq!(is_stuck, run * 6 >= 72, "{report:#}");
        environment.aws().advance(TimeDelta::hours(6));
    }
    assert_eq!(invited, [0, 24, 72, 168], "hours after the first run");
}
