//! The organization's management account administers Detective itself: one stack does what two do otherwise.

use std::collections::BTreeSet;

use local_cloud::Stack;
use local_cloud::stack::Deployment;

use end_to_end::environment::{Environment, MEMBER_ROLE};
use end_to_end::report::report;
use end_to_end::scenario::{MANAGEMENT, ScenarioBuilder, account, organization, organization_graph};
use end_to_end::template::template;

/// An organization whose management account administers Detective.
fn scenario() -> ScenarioBuilder {
    let graph = organization_graph("us-east-1").administrator(MANAGEMENT);
    let organization = organization().organization(|organization| organization.delegated_administrators.clear());
    organization.account(account("333333333333").ou("Workloads")).graph(graph)
}

fn stack(name: &str, region: &str, parameters: &[(&str, &str)]) -> Stack {
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let (name, account, region) = (name.to_owned(), MANAGEMENT.to_owned(), region.to_owned());
    Stack { name, account, region, template: template(), parameters }
}

const ADMINISTRATOR: [(&str, &str); 6] = [
    ("OrganizationId", "o-exampleorg01"),
    ("ManagementAccountId", MANAGEMENT),
    ("DetectiveRegions", "us-east-1"),
    ("AdministratorCheck", "correct"),
    ("RemoveMembers", "true"),
    ("RemovalGraceHours", "0"),
];
/// What forwards events from us-east-1 to a stack of the same account in another Region.
const FORWARDING: [(&str, &str); 3] =
    [("Place", "ManagementAccount"), ("AdministratorAccountId", MANAGEMENT), ("AdministratorRegion", "eu-west-1")];

async fn with(stacks: impl IntoIterator<Item = Stack>) -> Environment {
    let environment = Environment::bare(scenario()).await;
    for stack in stacks {
        environment.cloud.deploy(stack).unwrap();
    }
    environment
}

/// An account is created and becomes a member, by one invocation; another is removed from the organization and from the graph.
async fn covers(environment: &Environment) {
    let status = |id: &str| {
        let graphs = environment.aws().snapshot().graphs;
        let member = graphs[0].members.iter().find(|member| member.account_id == id);
        member.map(|member| member.status.clone())
    };
    environment.cloud.tick(MANAGEMENT, "OrganizationReconciler").await.swap_remove(0).outcome.unwrap();
    assert_eq!(status("333333333333").as_deref(), Some("ENABLED"));
    let id = environment.create_account("created").await;
    assert_eq!(status(&id).as_deref(), Some("ENABLED"));
    let onboarder = |run: &local_cloud::InvocationRecord| run.function == "AccountOnboarder";
    let runs: Vec<_> = environment.cloud.invocations().into_iter().filter(onboarder).collect();
    assert_eq!(runs.len(), 1, "an event that is forwarded to its own bus is there twice, or without end: {runs:#?}");
    environment.remove_from_organization("333333333333").await;
    environment.cloud.settle_now().await;
    environment.cloud.tick(MANAGEMENT, "AccountOffboarder").await.swap_remove(0).outcome.unwrap();
    assert_eq!(status("333333333333"), None);
    assert_eq!(environment.cloud.dead_letters(), []);
}

#[tokio::test]
async fn one_stack_in_the_management_account_covers_accounts_and_checks_the_administrator() {
    let environment = with([stack("detective-onboarding", "us-east-1", &ADMINISTRATOR)]).await;
    covers(&environment).await;
    let checked = report(environment.cloud.tick(MANAGEMENT, "AdministratorKeeper").await.swap_remove(0));
    assert!(checked["regions"][0]["drift"].is_null(), "{checked:#}");
    assert_eq!(environment.calls("EnableOrganizationAdminAccount"), 0);
}

#[tokio::test]
async fn the_management_account_is_designated_where_nobody_is() {
    let regions = [&ADMINISTRATOR[..], &[("DetectiveRegions", "us-east-1,sa-east-1")]].concat();
    let environment = with([stack("detective-onboarding", "us-east-1", &regions)]).await;
    report(environment.cloud.tick(MANAGEMENT, "AdministratorKeeper").await.swap_remove(0));
    let graphs = environment.aws().snapshot().graphs;
    assert!(graphs.iter().any(|graph| graph.region == "sa-east-1" && graph.administrator == MANAGEMENT), "{graphs:#?}");
}

#[tokio::test]
async fn a_stack_in_another_region_gets_its_events_from_a_second_one_in_us_east_1() {
    let administrator = stack("detective-onboarding", "eu-west-1", &ADMINISTRATOR);
    let forwarding = stack("detective-onboarding-management", "us-east-1", &FORWARDING);
    covers(&with([administrator, forwarding]).await).await;
}

#[test]
fn no_rule_sends_events_to_the_bus_that_it_is_on() {
    let own = [&FORWARDING[..2], &[("AdministratorRegion", "us-east-1")]].concat();
    for (parameters, rules) in [(&ADMINISTRATOR[..], 7), (&own, 0)] {
        let Deployment { rules: made, .. } = stack("detective-onboarding", "us-east-1", parameters).plan().unwrap();
        let buses = made.iter().flat_map(|rule| &rule.targets).filter(|target| target.arn.contains("event-bus"));
        assert_eq!((made.len(), buses.count()), (rules, 0), "{made:#?}");
    }
}

#[test]
fn the_two_stacks_of_one_account_make_nothing_of_the_same_name() {
    let role = [&ADMINISTRATOR[..], &MEMBER_ROLE, &[("MemberRoleOrganizationalUnitIds", "r-ab12")]].concat();
    let checked = [&FORWARDING[..], &MEMBER_ROLE, &[("AdministratorCheck", "report")]].concat();
    let mut names = BTreeSet::new();
    for stack in [
        stack("detective-onboarding", "eu-west-1", &role),
        stack("detective-onboarding-management", "us-east-1", &checked),
    ] {
        let made = stack.plan().unwrap();
        let sets = made.stack_sets.iter().map(|set| set.name.clone());
        for name in made.roles.keys().chain(made.queues.keys()).chain(made.buckets.keys()).cloned().chain(sets) {
            assert!(names.insert(name.clone()), "{name} is made twice");
        }
    }
}
