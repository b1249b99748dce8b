//! One organization in which every function has something to do, and ways to run each of them.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use detective_emulator::{Cloud, Snapshot};
use local_cloud::InvocationRecord;
use serde_json::json;

use crate::effects::Effects;
use crate::environment::{Environment, MEMBER_ROLE};
use crate::events::{account_created, example_event};
use crate::scenario::{
    ADMINISTRATOR, MANAGEMENT, ScenarioBuilder, account, invitation_graph, member, organization, organization_graph,
    span,
};

const REGIONS: &str = "us-east-1,eu-west-1";
const INVITED: [&str; 2] = ["444444444444", "666666666666"];
/// Nobody is stuck yet after so much time.
const SINCE_DEPARTURE: TimeDelta = TimeDelta::days(2);
/// A suspended account, whose departure is reported.
pub const GONE: &str = "555555555555";

fn scenario() -> ScenarioBuilder {
    organization()
        .timing(|timing| {
            timing.enabling = span("0s");
            timing.verification = span("0s");
            // A member that no function started must not be enabled in the end.
            timing.hourly_check = span("0s");
        })
        .account(account("333333333333"))
        .account(account("444444444444"))
        .account(account(GONE).state("SUSPENDED"))
        .account(account("666666666666"))
        .graph(
            organization_graph("us-east-1")
                .members([member("444444444444").status("ACCEPTED_BUT_DISABLED"), member(GONE)]),
        )
        .graph(invitation_graph("eu-west-1").members([
            member("444444444444").status("INVITED"),
            member(GONE),
            member("666666666666").status("INVITED"),
        ]))
}

/// A function, where it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// account-onboarder, for 333333333333.
    Onboarder,
    /// member-monitor.
    Monitor,
    /// organization-reconciler.
    Reconciler,
    /// account-offboarder.
    Offboarder,
    /// invitation-acceptor in a member account.
    Acceptor,
    /// invitation-acceptor in the administrator account.
    CentralAcceptor,
    /// administrator-keeper.
    Keeper,
}

impl Actor {
    /// Every function.
    pub const ALL: [Self; 7] = [
        Self::Onboarder,
        Self::Monitor,
        Self::Reconciler,
        Self::Offboarder,
        Self::Acceptor,
        Self::CentralAcceptor,
        Self::Keeper,
    ];

    fn deployment(self) -> (&'static str, &'static str) {
        match self {
            Self::Onboarder => (ADMINISTRATOR, "AccountOnboarder"),
            Self::Monitor => (ADMINISTRATOR, "MemberMonitor"),
            Self::Reconciler => (ADMINISTRATOR, "OrganizationReconciler"),
            Self::Offboarder => (ADMINISTRATOR, "AccountOffboarder"),
            Self::Acceptor => (INVITED[0], "InvitationAcceptor"),
            Self::CentralAcceptor => (ADMINISTRATOR, "CentralAcceptor"),
            Self::Keeper => (MANAGEMENT, "AdministratorKeeper"),
        }
    }
}

/// The organization, with the stacks that some functions need.
pub struct Fixture {
    /// Where it is.
    pub environment: Environment,
    /// What there was before any function ran.
    pub before: Snapshot,
}

impl Fixture {
    /// Members that are gone stay for `grace` hours. The departure of one was recorded two days ago, if there is an offboarder.
    pub async fn start(template: &str, actors: &[Actor], grace: &str) -> Self {
        let environment = Environment::bare(scenario()).await;
        let is_wanted = |actor| actors.contains(&actor);
        if actors.iter().any(|actor| actor.deployment().0 == ADMINISTRATOR) {
            let parameters = [
                ("DetectiveRegions", REGIONS),
                ("RemoveMembers", "true"),
                ("RemovalGraceHours", grace),
                ("MaxRemovalsPercent", "100"),
            ];
            environment.deploy_administrator(template, &[&parameters[..], &MEMBER_ROLE].concat());
        }
        if is_wanted(Actor::Keeper) {
            let parameters = [
                ("AdministratorAccountId", ADMINISTRATOR),
                ("AdministratorCheck", "correct"),
                ("DetectiveRegions", "us-east-1,eu-central-1,ap-northeast-1"),
            ];
            environment.deploy(template, "ManagementAccount", MANAGEMENT, &parameters);
        }
        if is_wanted(Actor::Acceptor) {
            let parameters = [("TrustedAdministratorIds", ADMINISTRATOR), ("DetectiveRegions", "eu-west-1")];
            environment.deploy(template, "MemberAccount", INVITED[0], &parameters);
        }
        for account in INVITED.into_iter().filter(|_| is_wanted(Actor::CentralAcceptor)) {
            let parameters = [&[("AdministratorAccountId", ADMINISTRATOR)][..], &MEMBER_ROLE].concat();
            environment.deploy_as("detective-member-role", template, "MemberAccount", account, &parameters);
        }
        if is_wanted(Actor::Offboarder) {
            let mut closed = example_event("close-account-succeeded");
            closed["detail"]["serviceEventDetails"]["closeAccountStatus"]["accountId"] = GONE.into();
            environment.cloud.put_event(ADMINISTRATOR, "us-east-1", closed);
            environment.cloud.settle().await;
            environment.aws().advance(SINCE_DEPARTURE);
        }
        let before = environment.aws().snapshot();
        Self { environment, before }
    }

    /// The emulated AWS.
    pub fn aws(&self) -> &Cloud {
        self.environment.aws()
    }

    /// The number of the last call so far.
    pub fn last_call(&self) -> u64 {
        self.aws().journal().last().map_or(0, |call| call.sequence)
    }

    /// Runs a function once, as its event or its schedule would.
    pub async fn run(&self, actor: Actor) -> InvocationRecord {
        let (account, function) = actor.deployment();
        let event = match actor {
            Actor::Onboarder => account_created("333333333333"),
            _ => json!({"scheduledTime": self.aws().now().format("%Y-%m-%dT%H:%M:%SZ").to_string()}),
        };
        self.environment.cloud.invoke(account, function, event).await
    }

    /// Makes messages visible again that a run received and did not delete.
    pub fn pass_visibility_timeouts(&self) {
        self.aws().advance(TimeDelta::hours(2));
    }

    /// What must not differ in the end: graphs, members and their statuses, and accounts whose departures are reported.
    pub fn end(&self) -> BTreeSet<(String, String, String)> {
        let mut end = BTreeSet::new();
        for graph in self.aws().snapshot().graphs {
            let kind = if graph.organization { "organization graph" } else { "invitation graph" };
            end.insert((graph.region.clone(), graph.administrator, kind.to_owned()));
            end.extend(
                graph.members.into_iter().map(|member| (graph.region.clone(), member.account_id, member.status)),
            );
        }
        for body in self.departures() {
            for account in [GONE, "333333333333"].into_iter().filter(|id| body.contains(id)) {
                end.insert(("departures".to_owned(), account.to_owned(), String::new()));
            }
        }
        end
    }

    /// The messages in the queue of departures, if any function has used it.
    fn departures(&self) -> Vec<String> {
        let journal = self.aws().journal();
        let url = journal.iter().rev().filter_map(|call| call.request["QueueUrl"].as_str());
        let Some(name) = url.filter_map(|url| url.rsplit('/').next()).find(|name| name.contains("Departures")) else {
            return Vec::new();
        };
        let arn = format!("arn:aws:sqs:us-east-1:{ADMINISTRATOR}:{name}");
        self.aws().messages(&arn).into_iter().map(|message| message.body).collect()
    }

    /// The effects of all calls so far.
    pub fn effects(&self) -> Effects {
        Effects::of(&self.before, &self.aws().journal())
    }
}
