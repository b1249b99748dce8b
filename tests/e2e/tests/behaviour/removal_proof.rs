//! Whether an account is a member: a successful DeleteMembers or a list of the members proves that it is none. That GetMembers leaves
//! it out does not.

use chrono::TimeDelta;
use detective_emulator::{Effect, Fault};
use serde_json::json;

use end_to_end::environment::Environment;
use end_to_end::events::account_created;
use end_to_end::faults::denied;
use end_to_end::report::{line, region, report, report_in};
use end_to_end::scenario::{member, organization, organization_graph, span};
use end_to_end::template::template;

const LEAVER: &str = "333333333333";
const DISABLED: &str = "333333333334";

async fn environment(grace: &str) -> Environment {
    let scenario = organization()
        .timing(|timing| {
            timing.departure = span("365days");
            timing.hourly_check = span("0s");
        })
        .generated(4, LEAVER)
        .graph(organization_graph("us-east-1").members([member(LEAVER), member(DISABLED).disabled("VOLUME_UNKNOWN")]));
    let parameters = [
        ("DetectiveRegions", "us-east-1"),
        ("RemoveMembers", "true"),
        ("MaxRemovalsPercent", "100"),
        ("RemovalGraceHours", grace),
    ];
    Environment::start_with(scenario, &template(), &parameters).await
}

/// GetMembers can return the details of nobody.
fn without_details() -> Fault {
    let unprocessed = [LEAVER, DISABLED].map(|id| json!({"AccountId": id, "Reason": "Internal error"}));
    Fault::on("GetMembers", Effect::Answer(json!({"MemberDetails": [], "UnprocessedAccounts": unprocessed})))
}

#[tokio::test]
async fn a_member_whose_removal_is_denied_is_not_removed_because_its_details_cannot_be_returned() {
    let environment = environment("24").await;
    environment.remove_from_organization(LEAVER).await;
    environment.cloud.settle_now().await;
    environment.aws().advance(TimeDelta::hours(25));
    environment.aws().set_faults(vec![denied("DeleteMembers"), without_details()]);
    let error = environment.offboard().await.outcome.expect_err("nobody is removed");
    let failed = report_in(&error);
    assert_eq!(line(&failed, "us-east-1", LEAVER)["outcome"], "failed", "{failed:#}");
    // The departure is remembered.
    environment.aws().set_faults(Vec::new());
    environment.aws().advance(TimeDelta::hours(1));
    let removed = report(environment.offboard().await);
    assert_eq!(line(&removed, "us-east-1", LEAVER)["outcome"], "removed", "{removed:#}");
    assert_eq!(environment.status("us-east-1", LEAVER), None);
}

#[tokio::test]
async fn the_reconciler_reports_no_removal_that_was_denied() {
    let environment = environment("0").await;
    environment.remove_from_organization(LEAVER).await;
    environment.aws().set_faults(vec![denied("DeleteMembers"), without_details()]);
    let error = environment.reconcile().await.outcome.expect_err("nobody is removed");
    let failed = report_in(&error);
    assert_eq!(line(&failed, "us-east-1", LEAVER)["outcome"], "failed", "{failed:#}");
}

#[tokio::test]
async fn a_removal_that_is_unclear_is_one_if_the_list_of_members_is_without_the_account() {
    let environment = environment("0").await;
    environment.remove_from_organization(LEAVER).await;
    let unclear = Effect::ErrorAfterEffect(end_to_end::faults::aws_error("InternalServerException"));
    environment.aws().set_faults(vec![Fault { times: Some(1), ..Fault::on("DeleteMembers", unclear) }]);
    let removed = report(environment.reconcile().await);
    assert_eq!(line(&removed, "us-east-1", LEAVER)["outcome"], "removed", "{removed:#}");
}

#[tokio::test]
async fn a_member_that_was_started_is_still_one_if_its_details_cannot_be_returned() {
    let environment = environment("24").await;
    environment.aws().set_faults(vec![without_details()]);
    let monitored = report(environment.monitor().await);
    let totals = &monitored["totals"];
    assert_eq!((&totals["failed"], region(&monitored, "us-east-1")["error"].is_null()), (&json!(0), true));
    let reasons = monitored.to_string();
    assert!(!reasons.contains("no-longer-member"), "{monitored:#}");
}

#[tokio::test]
async fn an_event_for_a_member_whose_details_cannot_be_returned_starts_it() {
    let environment = environment("24").await;
    environment.aws().set_faults(vec![without_details()]);
    let run = environment.onboard(account_created(DISABLED)).await;
    let onboarded = report(run);
    assert_ne!(line(&onboarded, "us-east-1", DISABLED)["outcome"], "failed", "{onboarded:#}");
    assert_eq!(environment.calls("StartMonitoringMember"), 1, "{onboarded:#}");
}
