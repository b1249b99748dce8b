//! One organization in which every function has something to do, and ways to run each of them.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use detective_emulator::{Cloud, Snapshot};
use local_cloud::InvocationRecord;
use serde_json::{Value, json};

use crate::effects::Effects;
use crate::environment::{Environment, MEMBER_ROLE};
use crate::events::{account_created, example_event};
use crate::report::report_in;
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

/// What became of a run.
pub struct Run(InvocationRecord);

impl Run {
    /// The report of a run that did everything.
    ///
    /// # Errors
    /// The report of one that did not: messages that come again are no error to Lambda.
    ///
    /// # Panics
    /// It failed in another way, and has no report.
    pub fn report(self) -> Result<Value, Value> {
        match self.0.outcome {
            Ok(report) if report["batchItemFailures"].is_null() => Ok(report),
            Ok(report) => Err(report),
            Err(error) => {
                assert_eq!(error.error_type, "RunIncomplete", "{error:?}, {:?}", self.0.log);
                Err(report_in(&error))
            }
        }
    }
}

/// The organization, with the stacks that some functions need.
pub struct Fixture {
    /// Where it is.
    pub environment: Environment,
    /// What there was before any function ran.
    pub before: Snapshot,
    /// How many events there were, each with an id of its own.
    events: AtomicUsize,
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
        Self { environment, before, events: AtomicUsize::new(0) }
    }

    /// The emulated AWS.
    pub fn aws(&self) -> &Cloud {
        self.environment.aws()
    }

    /// The number of the last call so far.
    pub fn last_call(&self) -> u64 {
        self.aws().journal().last().map_or(0, |call| call.sequence)
    }

    /// Runs a function once as AWS does: account-onboarder by an event, through its rule and its queue, every other one by its
    /// schedule. Another one may be under way meanwhile.
    pub async fn run(&self, actor: Actor) -> Run {
        let cloud = &self.environment.cloud;
        if actor != Actor::Onboarder {
            let (account, function) = actor.deployment();
            let event = json!({"scheduledTime": self.aws().now().format("%Y-%m-%dT%H:%M:%SZ").to_string()});
            return Run(cloud.invoke(account, function, event).await);
        }
        let mut event = account_created("333333333333");
        let id = format!("event-{}", self.events.fetch_add(1, Ordering::Relaxed));
        event["id"] = id.as_str().into();
        cloud.put_event(ADMINISTRATOR, "us-east-1", event);
        cloud.settle_now().await;
        // Events are gathered for so long.
        self.aws().advance(TimeDelta::seconds(20));
        cloud.settle_now().await;
        let of_event = |run: &InvocationRecord| run.event.to_string().contains(&id);
        Run(cloud.invocations().into_iter().find(of_event).expect("the event arrives by the queue"))
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
