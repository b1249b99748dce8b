//! Members that should not be members: removed where that is allowed and Organizations confirms it, never many at once.

use detective_emulator::{Effect, Fault};
use serde_json::{Value, json};

use crate::reconciling::{REMOVAL, environment, with_members};
use end_to_end::environment::Environment;
use end_to_end::report::{is_held, line, report, report_in};
use end_to_end::scenario::{ADMINISTRATOR, Member, ScenarioBuilder, member, span};

#[tokio::test]
async fn members_that_left_or_are_suspended_are_removed_where_allowed() {
    let members = ["333333333333", "666666666666", "999999999999"].map(member);
    let environment = environment(with_members(members), &REMOVAL).await;
    environment.remove_from_organization("333333333333").await;
    let report = report(environment.reconcile().await);
    assert_eq!(line(&report, "us-east-1", "333333333333")["outcome"], "removed");
    assert_eq!(line(&report, "us-east-1", "666666666666")["outcome"], "removed");
    assert_eq!(environment.status("us-east-1", "333333333333"), None);
    assert_eq!(environment.status("us-east-1", "666666666666"), None);
    // An account that was invited from outside the organization is not the reconciler's to remove.
    assert_eq!(environment.status("us-east-1", "999999999999").as_deref(), Some("ENABLED"));
}

/// Lets ListAccounts answer the administrator and these accounts, whatever is true.
fn listing(environment: &Environment, accounts: impl Iterator<Item = Value>) {
    let administrator = json!({"Id": ADMINISTRATOR, "Email": "security@example.com", "State": "ACTIVE"});
    let accounts: Vec<Value> = accounts.chain([administrator]).collect();
    let answer = Effect::Answer(json!({ "Accounts": accounts }));
    environment.aws().set_faults(vec![Fault::on("ListAccounts", answer)]);
}

fn account(number: usize) -> Value {
    let (id, email) = (format!("3000000000{number:02}"), format!("account-{number}@example.com"));
    json!({"Id": id, "Email": email, "State": "ACTIVE"})
}

/// An organization of sixty more accounts that are members.
fn sixty_members() -> ScenarioBuilder {
    with_members(generated_members(60)).generated(60, "300000000000")
}

fn generated_members(count: u64) -> impl Iterator<Item = Member> {
    (0..count).map(|number| member(&format!("3000000000{number:02}")))
}

#[tokio::test]
async fn an_account_list_that_is_empty_or_partial_removes_nobody_and_fails_loudly_also_where_nobody_is_removed() {
    for (listed, parameters) in [(0, &REMOVAL[..]), (30, &REMOVAL), (57, &REMOVAL), (0, &[]), (30, &[]), (57, &[])] {
        let environment = environment(sixty_members(), parameters).await;
        if listed == 0 {
            let nothing = Effect::Answer(json!({"Accounts": []}));
            environment.aws().set_faults(vec![Fault::on("ListAccounts", nothing)]);
        } else {
            listing(&environment, (0..listed).map(account));
        }
        let error = environment.reconcile().await.outcome.expect_err("the list is not the organization");
        let message = &error.error_message;
        assert!(message.contains("IncompleteOrganization: Organizations listed"), "{listed}: {message}");
        assert_eq!(environment.calls("DeleteMembers"), 0, "{listed}");
        // One account that it does know is enough.
        let attempts = environment.cloud.invocations().len();
        assert!(
            environment.calls("DescribeAccount") <= 2 * attempts,
            "{listed}: {}",
            environment.calls("DescribeAccount")
        );
        if listed > 0 {
            let report = report_in(&error);
            assert_eq!(line(&report, "us-east-1", "300000000059")["reason"], "removal-unconfirmed");
            assert!(report["regions"][0]["coverage"].is_null(), "the coverage of a part has no meaning");
        }
    }
}

#[tokio::test]
async fn many_members_that_left_need_few_calls_where_none_of_them_is_removed() {
    let scenario = sixty_members().timing(|timing| timing.departure = span("365days"));
    let environment = environment(scenario, &[]).await;
    for number in 0..30 {
        let id = format!("3000000000{number:02}");
        environment.remove_from_organization(&id).await;
    }
    let report = report(environment.reconcile().await);
    for number in 0..30 {
        let id = format!("3000000000{number:02}");
        assert_eq!(line(&report, "us-east-1", &id)["reason"], "removal-not-allowed");
    }
    assert_eq!(environment.calls("DescribeAccount"), 4);
}

#[tokio::test]
async fn more_removals_than_allowed_stop_all_of_them() {
    let scenario = || with_members(generated_members(30)).generated_in("Sandbox", 30, "300000000000");
    let probe = environment(scenario(), &[]).await;
    let policy = json!({"exclude": [{"ou": probe.ou_id("Sandbox").await}]}).to_string();
    let parameters = [
        ("CoveragePolicy", policy.as_str()),
        ("RemoveMembers", "true"),
        ("MaxRemovals", "10"),
        ("MaxRemovalsPercent", "100"),
    ];
    let environment = environment(scenario(), &parameters).await;
    let error = environment.reconcile().await.outcome.expect_err("too many removals");
    assert!(error.error_message.contains("RemovalsStopped"), "{}", error.error_message);
    assert_eq!(environment.calls("DeleteMembers"), 0);
    // The rest of the work is done all the same.
    assert_eq!(environment.status("us-east-1", "444444444444").as_deref(), Some("ENABLED"));
}

#[tokio::test]
async fn a_member_whose_account_is_neither_in_use_nor_known_to_be_gone_stays_one() {
    for (state, stays) in [
        (Some("PENDING_ACTIVATION"), true),
        (Some("A_STATE_THAT_IS_NEW"), true),
        (None, true),
        (Some("PENDING_CLOSURE"), false),
    ] {
        let environment = environment(sixty_members(), &REMOVAL).await;
        let of_state = |number| {
            let mut account = account(number);
            if number == 7 {
                account["State"] = json!(state);
            }
            account
        };
        listing(&environment, (0..60).map(of_state));
        let report = report(environment.reconcile().await);
        let found = line(&report, "us-east-1", "300000000007");
        assert_eq!(is_held(found), stays, "{state:?}: {found}");
        assert_eq!(environment.status("us-east-1", "300000000007").is_some(), stays, "{state:?}");
        if stays {
            let message = found["message"].as_str().unwrap();
            assert!(message.contains(state.unwrap_or("missing")) && message.contains("it stays a member"), "{message}");
        }
    }
}

/// A policy that includes the OU of 333333333333 and 444444444444, and leaves out whoever has a tag.
async fn workloads_without_tag() -> String {
    let probe = environment(with_members([]), &[]).await;
    let workloads = probe.ou_id("Workloads").await;
    json!({"include": [{"ou": workloads}], "exclude": [{"tag": {"key": "detective", "value": "off"}}]}).to_string()
}

#[tokio::test]
async fn members_out_of_scope_are_removed_when_their_own_ous_and_tags_confirm_it() {
    let members = ["333333333333", "444444444444", "555555555555"].map(member);
    let policy = workloads_without_tag().await;
    let parameters = [&REMOVAL[..], &[("CoveragePolicy", policy.as_str())]].concat();
    let environment = environment(with_members(members), &parameters).await;
    let report = report(environment.reconcile().await);
    for (id, stays) in [("333333333333", true), ("444444444444", false), ("555555555555", false)] {
        assert_eq!(environment.status("us-east-1", id).is_some(), stays, "{id}: {report:#}");
    }
    // Two accounts; one of them is in an OU of an OU.
    assert_eq!(environment.calls("ListParents"), 3 + 2);
}

#[tokio::test]
async fn an_ou_whose_list_leaves_an_account_out_removes_nobody_and_fails_loudly_also_where_nobody_is_removed() {
    let policy = workloads_without_tag().await;
    for parameters in [&REMOVAL[..], &[]] {
        let parameters = [parameters, &[("CoveragePolicy", policy.as_str())]].concat();
        let members = ["333333333333", "555555555555"].map(member);
        let environment = environment(with_members(members), &parameters).await;
        let answer = Effect::Answer(json!({"Accounts": []}));
        environment.aws().set_faults(vec![Fault::on("ListAccountsForParent", answer)]);
        let error = environment.reconcile().await.outcome.expect_err("the list is not all of the OU");
        let message = &error.error_message;
        assert!(message.contains("IncompleteOrganization: the accounts of OUs"), "{message}");
        assert!(message.contains("333333333333"), "{message}");
        assert_eq!(environment.calls("DeleteMembers"), 0);
    }
}
