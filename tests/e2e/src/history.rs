//! A random history of an organization, step by step, and what no function may do at any step.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::types::{HandshakeParty, HandshakePartyType};
use chrono::{DateTime, TimeDelta, Utc};
use detective_emulator::policy::Policy;
use detective_emulator::{BusEvent, Cloud};
use local_cloud::InvocationRecord;
use serde_json::{Value, json};

use crate::environment::{EXTERNAL_ID, Environment, MEMBER_ROLE};
use crate::report::report;
use crate::scenario::{
    ADMINISTRATOR, MANAGEMENT, ScenarioBuilder, account, invitation_graph, member, organization, organization_graph,
    span,
};
use crate::step::{ORGANIZATION_GRAPHS, Step};
use crate::template::without_retries;

/// Detective does not remove organization accounts that left by itself here, as in GovCloud: the functions have to.
fn scenario(has_organization_graphs: bool) -> ScenarioBuilder {
    let regions = ORGANIZATION_GRAPHS.join(",");
    organization()
        .timing(|timing| {
            timing.account_closure = span("0s");
            timing.departure = span("3650days");
        })
        .administrator(|account| account.ou("Sandbox"))
        .generated_in("Workloads", 6, "300000000000")
        .standalone(account(WITHOUT_ROLE))
        .standalone(account(WITHOUT_VOLUME).volume("unknown"))
        .standalone(account(GUEST))
        .graph(if has_organization_graphs { organization_graph(&regions) } else { invitation_graph(&regions) })
        .graph(invitation_graph(INVITATION_GRAPH).members([member(GUEST)]))
}

/// A Region with an invitation graph in every history.
pub const INVITATION_GRAPH: &str = "eu-west-1";
/// It has no role for the administrator: nobody accepts its invitation.
pub const WITHOUT_ROLE: &str = "700000000000";
/// Its data volume is never known.
pub const WITHOUT_VOLUME: &str = "700000000001";
/// It was invited manually, and never belongs to the organization.
pub const GUEST: &str = "800000000000";
const GRACE: TimeDelta = TimeDelta::hours(24);

/// Accounts of the organization: the state of each, and whether it is in the sandbox, which the policy leaves out.
pub type Accounts = BTreeMap<String, (String, bool)>;

fn is_in_scope(accounts: &Accounts, id: &str) -> bool {
    accounts.get(id).is_some_and(|(state, sandboxed)| state == "ACTIVE" && !sandboxed)
}

/// An organization to which things happen, and what its functions did.
pub struct History {
    /// Where it is.
    pub environment: Environment,
    workloads: String,
    sandbox: String,
    created: usize,
    /// Events that have not been delivered yet.
    undelivered: Vec<BusEvent>,
    /// When an account was first closed, or left the organization.
    first_gone: BTreeMap<String, DateTime<Utc>>,
    /// Invited members that left and that a run had seen in the organization, each with the Region.
    pub seen_before_they_left: BTreeSet<(String, String)>,
    /// How many removals there were.
    pub removals: usize,
}

impl History {
    /// A history with graphs of the organization, or with none but invitation graphs.
    pub async fn start(has_organization_graphs: bool) -> Self {
        let environment = Environment::bare(scenario(has_organization_graphs)).await;
        let (workloads, sandbox) = (environment.ou_id("Workloads").await, environment.ou_id("Sandbox").await);
        let policy = json!({"exclude": [{"ou": sandbox}]}).to_string();
        let parameters = [
            ("DetectiveRegions", "us-east-1,us-west-2,eu-west-1"),
            ("CoveragePolicy", policy.as_str()),
            ("RemoveMembers", "true"),
            ("MaxRemovals", "100"),
            ("MaxRemovalsPercent", "100"),
        ];
        environment.deploy_both(&without_retries(), &[&parameters[..], &MEMBER_ROLE].concat());
        let (undelivered, first_gone, seen_before_they_left) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        Self {
            environment,
            workloads,
            sandbox,
            created: 0,
            undelivered,
            first_gone,
            seen_before_they_left,
            removals: 0,
        }
    }

    /// The emulated AWS.
    pub fn aws(&self) -> Cloud {
        self.environment.aws().clone()
    }

    /// The organization's accounts but the administrator.
    pub fn accounts(&self) -> Accounts {
        let accounts = self.aws().snapshot().organization.unwrap().accounts.into_iter();
        let others = accounts.filter(|account| account.id != ADMINISTRATOR);
        others.map(|account| (account.id, (account.state, account.path.contains(&"Sandbox".to_owned())))).collect()
    }

    /// Takes a step, and checks every call that the functions made meanwhile.
    pub async fn take(&mut self, step: Step) {
        let (before, seen) = (self.accounts(), self.aws().journal().len());
        self.apply(step).await;
        self.check(&before, seen);
    }

    /// Runs a function on its schedule, which succeeds, and checks its calls. Gives its report.
    pub async fn pass(&mut self, function: &str) -> Value {
        let (before, seen) = (self.accounts(), self.aws().journal().len());
        let record = self.run(function).await;
        self.check(&before, seen);
        report(record)
    }

    /// Checks the calls after the first `seen` against what the accounts were before and are now. An account changes at
    /// most once in a step, so what is the same at both times was the same throughout.
    fn check(&mut self, before: &Accounts, seen: usize) {
        let (cloud, accounts) = (self.aws(), self.accounts());
        self.undelivered.extend(cloud.take_events());
        let is_gone = |id: &&String| accounts.get(*id).is_none_or(|(state, _)| state != "ACTIVE");
        for id in before.keys().filter(is_gone) {
            self.first_gone.entry(id.clone()).or_insert(cloud.now());
        }
        for call in cloud.journal().into_iter().skip(seen) {
            let named = call.request["Accounts"].as_array().into_iter().flatten().map(|account| &account["AccountId"]);
            let named = named.chain(call.request["AccountIds"].as_array().into_iter().flatten());
            for id in named.filter_map(Value::as_str) {
                let was_and_is = [before, &accounts].map(|accounts| is_in_scope(accounts, id));
                match call.operation.as_str() {
                    "CreateMembers" => assert!(was_and_is.contains(&true), "{id} is out of scope: {call:?}"),
                    "DeleteMembers" => {
                        assert!(was_and_is.contains(&false), "{id} is in scope: {call:?}");
                        let sandboxed = accounts.get(id).is_some_and(|(_, sandboxed)| *sandboxed);
                        let is_over = self.first_gone.get(id).is_some_and(|gone| call.time >= *gone + GRACE);
                        assert!(sandboxed || is_over, "the grace period of {id} lasts: {call:?}");
                        self.removals += 1;
                    }
                    _ => {}
                }
            }
        }
    }

    async fn apply(&mut self, step: Step) {
        let client = self.environment.organizations().await;
        let accounts: Vec<String> = self.accounts().into_keys().filter(|id| id != MANAGEMENT).collect();
        let cloud = self.aws();
        // Some calls are refused, such as closing an account twice: the history continues without them.
        match step {
            Step::Create => {
                self.created += 1;
                let email = format!("created-{}@example.com", self.created);
                client.create_account().account_name("created").email(email).send().await.unwrap();
                cloud.advance(TimeDelta::minutes(2));
            }
            Step::Join(number) => {
                let mut outside = cloud.snapshot().standalone;
                outside.retain(|account| account.state == "ACTIVE" && account.id != GUEST);
                if !outside.is_empty() {
                    let id = &outside[number % outside.len()].id;
                    self.join(id).await;
                    self.seen_before_they_left.retain(|(_, seen)| seen != id);
                }
            }
            Step::Move { account, out } if !accounts.is_empty() => {
                let id = &accounts[account % accounts.len()];
                let parents = client.list_parents().child_id(id).send().await.unwrap();
                let (from, to) =
                    (parents.parents()[0].id().unwrap(), if out { &self.sandbox } else { &self.workloads });
                let moving = client.move_account().account_id(id).source_parent_id(from).destination_parent_id(to);
                let _ = moving.send().await;
            }
            Step::Close(account) if !accounts.is_empty() => {
                drop(client.close_account().account_id(&accounts[account % accounts.len()]).send().await);
            }
            Step::Depart { account, by_itself } if !accounts.is_empty() => {
                let id = &accounts[account % accounts.len()];
                let was_seen = |region: &&str| self.environment.is_remembered_in_organization(region, id);
                let regions = ORGANIZATION_GRAPHS.into_iter().chain([INVITATION_GRAPH]).filter(was_seen);
                self.seen_before_they_left.extend(regions.map(|region| (region.to_owned(), id.clone())));
                if by_itself {
                    let config = self.environment.sdk(id, "us-east-1").await;
                    aws_sdk_organizations::Client::new(&config).leave_organization().send().await.unwrap();
                } else {
                    self.environment.remove_from_organization(id).await;
                }
            }
            Step::Deliver { copies, reversed } => self.deliver(copies, reversed).await,
            Step::Fault(fault) => cloud.set_faults(vec![*fault]),
            Step::Run(function) => drop(self.run(function).await),
            Step::Pass(hours) => cloud.advance(TimeDelta::hours(hours)),
            Step::Move { .. } | Step::Close(_) | Step::Depart { .. } => {}
        }
    }

    async fn join(&self, id: &str) {
        let target = HandshakeParty::builder().id(id).r#type(HandshakePartyType::Account).build().unwrap();
        let client = self.environment.organizations().await;
        let invited = client.invite_account_to_organization().target(target).send().await.unwrap();
        let account = aws_sdk_organizations::Client::new(&self.environment.sdk(id, "us-east-1").await);
        account.accept_handshake().handshake_id(invited.handshake().unwrap().id().unwrap()).send().await.unwrap();
    }

    async fn deliver(&mut self, copies: [usize; 3], reversed: bool) {
        let mut events: Vec<(usize, BusEvent)> =
            copies.into_iter().cycle().zip(std::mem::take(&mut self.undelivered)).collect();
        if reversed {
            events.reverse();
        }
        // A second copy arrives after the first of all others.
        for copy in 0..2 {
            for (_, event) in events.iter().filter(|(copies, _)| *copies > copy) {
                self.aws().put_event(event.clone());
            }
        }
        self.give_roles();
        self.environment.cloud.settle().await;
    }

    /// Runs a function on its schedule. Gives its first attempt.
    async fn run(&self, function: &str) -> InvocationRecord {
        self.give_roles();
        self.environment.cloud.tick(ADMINISTRATOR, function).await.swap_remove(0)
    }

    /// StackSets create the role in new accounts.
    fn give_roles(&self) {
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ADMINISTRATOR}:root")}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}}]});
        let trust = Policy::from_document(&trust).expect("its condition operator is understood");
        for id in self.accounts().into_keys().filter(|id| id != WITHOUT_ROLE) {
            self.aws().put_role(&id, "detective-member", trust.clone());
        }
    }
}
