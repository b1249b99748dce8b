//! Every function does everything that it can do, so that every permission of its role is needed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::TimeDelta;
use detective_emulator::{AfterEffect, Effect, ErrorEffect, Fault, HELD};
use local_cloud::What;
use local_cloud::stack::Role;
use tokio::sync::OnceCell;

use crate::edit::{edit, edit_all};
use crate::environment::Environment;
use crate::events::{account_created, example_event};
use crate::faults::aws_error;
use crate::full_environment::{FUNCTIONS, FullOrganization, run};
use crate::scenario::ADMINISTRATOR;
use crate::template::template;

/// What roles did: role, action and resource.
pub type Uses = BTreeSet<(String, String, String)>;

/// A rule that starts account-onboarder without the queue, as a user may add one: Lambda keeps what fails.
pub const WITHOUT_QUEUE: &str = "        Other:\n          Type: EventBridgeRule\n          Properties: {Pattern: {detail-type: [Without a queue]}}\n";

const SHORT: Duration = Duration::from_secs(10);

/// What the roles of an environment did. Nothing was denied, and no delivery failed.
fn uses(environment: &Environment) -> Uses {
    let denials = environment.aws().denials();
    assert!(denials.is_empty(), "{denials:#?}");
    for entry in environment.cloud.timeline() {
        let lost = matches!(entry.what, What::DeliveryFailed { .. } | What::Lost { .. });
        assert!(!lost, "{entry:?}");
    }
    environment.aws().uses()
}

/// What is seen of roles when every function does everything.
pub struct Exercise {
    /// The roles, by ARN.
    pub roles: BTreeMap<String, Role>,
    /// What they did.
    pub uses: Uses,
}

/// Runs everything in several environments, once in a process.
pub async fn exercise_everything() -> &'static Exercise {
    static EXERCISE: OnceCell<Exercise> = OnceCell::const_new();
    EXERCISE.get_or_init(exercise).await
}

async fn exercise() -> Exercise {
    let organization = FullOrganization::new().await;
    let environment = without_failures(&organization).await;
    let mut used = uses(&environment);
    used.extend(with_too_little_time(&organization).await);
    used.extend(without_designation(&organization).await);
    used.extend(with_failing_accounts(&organization).await);
    used.extend(into_dead_letters(&organization).await);
    used.extend(without_permission_to_invoke(&organization).await);
    Exercise { roles: environment.cloud.roles(), uses: used }
}

/// Every call succeeds, except one of CreateMembers, and one of CreateMembers and of DeleteMembers that answer an error after they had
/// their effect; an account leaves.
async fn without_failures(organization: &FullOrganization) -> Environment {
    let environment = organization.deploy().await;
    // account-onboarder finds out whether the graph is full.
    let refused = Effect::Error(ErrorEffect { status: Some(402), ..aws_error("ServiceQuotaExceededException") });
    environment.aws().set_faults(vec![Fault { times: Some(1), ..Fault::on("CreateMembers", refused) }]);
    for (account, function) in &FUNCTIONS[1..4] {
        run(&environment, account, function).await;
    }
    environment.remove_from_organization("444444444444").await;
    environment.cloud.settle_now().await;
    environment.onboard(example_event("account-joined-without-account")).await;
    // The reconciler finds out who is a member by now, and account-offboarder what became of a removal.
    let unclear = |operation: &str| {
        let unclear = Effect::ErrorAfterEffect(aws_error("InternalServerException"));
        Fault { times: Some(1), ..Fault::on(operation, unclear) }
    };
    environment.aws().set_faults(vec![unclear("CreateMembers")]);
    for (account, function) in FUNCTIONS {
        run(&environment, account, function).await;
    }
    environment.aws().set_faults(Vec::new());
    environment.aws().advance(TimeDelta::hours(25));
    // What the run before announced.
    run(&environment, ADMINISTRATOR, "OrganizationReconciler").await;
    // member-monitor tells where the reconciler is silent.
    environment.aws().advance(TimeDelta::minutes(30 * 60 + 30));
    run(&environment, ADMINISTRATOR, "MemberMonitor").await;
    // account-offboarder begins a record of removals where there is none.
    environment.aws().delete_object("coverage-reports", "removals/us-east-1.json");
    environment.aws().set_faults(vec![unclear("DeleteMembers")]);
    run(&environment, ADMINISTRATOR, "AccountOffboarder").await;
    environment.cloud.settle_now().await;
    environment
}

/// Calls hang until the functions run out of time: what is left is enqueued, and continues in other invocations.
async fn with_too_little_time(organization: &FullOrganization) -> Uses {
    // They have no effect either: another invocation makes them again.
    let effects = || [Effect::DelayMs(HELD), Effect::Reset(AfterEffect { after_effect: false })];
    let hang = |operation| effects().map(|effect| Fault { times: Some(5), ..Fault::on(operation, effect) });
    let hanging = ["StartMonitoringMember", "AcceptInvitation"].map(hang).concat();
    let mut used = Uses::new();
    for functions in [&["OrganizationReconciler", "CentralAcceptor"][..], &["MemberMonitor"]] {
        let environment = organization.deploy_within(&template(), Some(SHORT)).await;
        environment.aws().set_faults(hanging.clone());
        for function in functions {
            run(&environment, ADMINISTRATOR, function).await;
        }
        environment.aws().set_faults(Vec::new());
        environment.cloud.settle().await;
        used.extend(uses(&environment));
    }
    used
}

/// What each function does for single accounts fails: it remembers that it has told so, and the digest names all.
async fn with_failing_accounts(organization: &FullOrganization) -> Uses {
    let environment = organization.deploy().await;
    environment.remove_from_organization("444444444444").await;
    environment.cloud.settle_now().await;
    environment.aws().advance(TimeDelta::hours(25));
    let refused = |operation| Fault::on(operation, Effect::Error(aws_error("ValidationException")));
    let failing = ["StartMonitoringMember", "CreateMembers", "AcceptInvitation", "DeleteMembers"].map(refused);
    environment.aws().set_faults(failing.to_vec());
    for (account, function) in FUNCTIONS {
        run(&environment, account, function).await;
    }
    let remembered: Vec<String> = environment.aws().objects("coverage-reports").into_keys().collect();
    let remembered: Vec<&String> = remembered.iter().filter(|key| key.starts_with("failures/")).collect();
    assert_eq!(remembered.len(), 5, "{remembered:?}");
    uses(&environment)
}

/// Regions without a graph are not to have one by invitation: organization-reconciler finds out who the administrator is.
async fn without_designation(organization: &FullOrganization) -> Uses {
    let named = "INVITATION_GRAPH_REGIONS: !Ref InvitationGraphRegions";
    let template = edit(&template(), named, "INVITATION_GRAPH_REGIONS: \"\"");
    let environment = organization.deploy_with(&template).await;
    run(&environment, ADMINISTRATOR, "OrganizationReconciler").await;
    uses(&environment)
}

/// Every invocation fails, and ends in the dead-letter queues.
async fn into_dead_letters(organization: &FullOrganization) -> Uses {
    let template = edit(&template(), "        OnArrivals:\n", &format!("{WITHOUT_QUEUE}        OnArrivals:\n"));
    let environment = organization.deploy_with(&template).await;
    let refused = ErrorEffect { status: Some(400), ..aws_error("ValidationException") };
    environment.aws().set_faults(vec![Fault::on("ListRegions", Effect::Error(refused))]);
    let mut event = account_created("333333333333");
    event["detail-type"] = "Without a queue".into();
    environment.cloud.put_event(ADMINISTRATOR, "us-east-1", event);
    for (account, function) in FUNCTIONS {
        run(&environment, account, function).await;
    }
    environment.cloud.settle().await;
    let sources: BTreeSet<String> = environment.cloud.dead_letters().into_iter().map(|letter| letter.from).collect();
    assert_eq!(sources.len(), FUNCTIONS.len(), "{sources:?}");
    uses(&environment)
}

/// Schedules may not invoke their functions: EventBridge Scheduler sends to the dead-letter queues itself.
async fn without_permission_to_invoke(organization: &FullOrganization) -> Uses {
    let template = edit_all(&template(), "\"lambda:InvokeFunction\"", "\"lambda:GetFunction\"");
    let environment = organization.deploy_with(&template).await;
    for (account, function) in FUNCTIONS {
        assert!(environment.cloud.tick(account, function).await.is_empty(), "{function}");
    }
    assert_eq!(environment.cloud.dead_letters().len(), FUNCTIONS.len() - 1, "account-onboarder has no schedule");
    environment.aws().uses()
}
