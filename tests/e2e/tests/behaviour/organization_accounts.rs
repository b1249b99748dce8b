//! Organization accounts in an organization graph, whether CreateMembers enables them at once or Detective verifies them
//! first.

use serde_json::json;

use end_to_end::environment::Environment;
use end_to_end::events::account_created;
use end_to_end::report::{line, report};
use end_to_end::scenario::{partly_covered, span};
use end_to_end::template::template;

const REGION: &str = "us-east-1";

/// 333333333333 fits in the graph, and 444444444444's volume is unknown. Verification takes so long.
async fn environment(verification: &str) -> Environment {
    let scenario = partly_covered().timing(|timing| timing.organization_verification = span(verification));
    Environment::start_with(scenario, &template(), &[("DetectiveRegions", REGION)]).await
}

fn assert_end(environment: &Environment) {
    assert_eq!(environment.status(REGION, "333333333333").as_deref(), Some("ENABLED"));
    assert_eq!(environment.status(REGION, "444444444444").as_deref(), Some("ACCEPTED_BUT_DISABLED"));
}

#[tokio::test]
async fn the_onboarder_reports_a_new_member_as_done_with_the_status_that_it_has() {
    for (verification, status) in [("0s", "ENABLED"), ("2m", "VERIFICATION_IN_PROGRESS")] {
        let environment = environment(verification).await;
        let new = report(environment.onboard(account_created("333333333333")).await);
        let line = line(&new, REGION, "333333333333");
        assert_eq!(
            (&line["outcome"], &line["action"], &line["status"]),
            (&json!("done"), &json!("created"), &json!(status))
        );
        let unknown = report(environment.onboard(account_created("444444444444")).await);
        assert_eq!(unknown["totals"]["failed"], 0, "{unknown:#}");
        environment.cloud.settle().await;
        assert_end(&environment);
    }
}

#[tokio::test]
async fn the_reconciler_waits_for_a_verification_and_then_reports_its_result() {
    for verification in ["0s", "2m"] {
        let environment = environment(verification).await;
        report(environment.reconcile().await);
        let second = report(environment.reconcile().await);
        let reason = if verification == "0s" { "volume-unknown" } else { "in-verification" };
        assert_eq!(line(&second, REGION, "444444444444")["reason"], reason, "{second:#}");
        environment.cloud.settle().await;
        assert_end(&environment);
        let last = report(environment.reconcile().await);
        assert_eq!(line(&last, REGION, "444444444444")["reason"], "volume-unknown");
        assert_eq!((environment.calls("CreateMembers"), environment.calls("DeleteMembers")), (1, 0));
    }
}
