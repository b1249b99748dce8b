//! A week of everything at once: whatever messages, payload times, policies, member denials and strangers' invitations there are, no more
//! members are removed than the day's limit, and every account that stops being covered is named in an event within one schedule.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_detective::types::Account;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use detective_emulator::{Call, Fault};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use end_to_end::environment::{Environment, MEMBER_ROLE};
use end_to_end::events::account_removed;
use end_to_end::faults::denied;
use end_to_end::scenario::{
    ADMINISTRATOR, ScenarioBuilder, account, invitation_graph, member, organization, organization_graph, span,
};
use end_to_end::template::without_retries;

use crate::accepting::REJECTING;
use crate::batches::{batch, continuation};

const STRANGER: &str = "700000000009";
/// Another one, who has invited nobody yet.
const LATE_STRANGER: &str = "700000000008";
/// How many of the accounts have a role for the central acceptor, and how many a stack of their own that rejects strangers' invitations.
const CENTRAL: usize = 4;
const REJECTING_ACCOUNTS: usize = 2;
const ACCOUNTS: usize = 16;
const OUTSIDERS: usize = 2;
/// `MaxRemovals`.
const MOST: usize = 2;
/// `RemovalGraceHours`, short so that a week has many days on which something could be removed.
const GRACE: &str = "6";

fn id(number: usize) -> String {
    match number % (ACCOUNTS + OUTSIDERS) {
        number if number < ACCOUNTS => format!("3000000000{number:02}"),
        number => format!("8000000000{number:02}"),
    }
}

fn scenario() -> ScenarioBuilder {
    let everybody = || (0..ACCOUNTS + OUTSIDERS).map(|number| member(&id(number)).age("7days"));
    let strangers = invitation_graph("eu-west-1").administrator(STRANGER);
    let late = invitation_graph("eu-west-1").administrator(LATE_STRANGER);
    let outsiders = (ACCOUNTS..ACCOUNTS + OUTSIDERS).map(|number| account(&id(number)));
    let late_stranger = account(LATE_STRANGER);
    outsiders
        .fold(organization().standalone(late_stranger), ScenarioBuilder::standalone)
        .timing(|timing| {
            timing.departure = span("365days");
            timing.verification = span("0s");
        })
        .generated(ACCOUNTS as u64, &id(0))
        .graph(organization_graph("us-east-1").members((0..ACCOUNTS).map(|number| member(&id(number)).age("7days"))))
        .graph(invitation_graph("eu-west-1").members(everybody()))
        .graph(late)
        .graph(strangers.members((0..ACCOUNTS).map(|number| member(&id(number)).status("INVITED"))))
}

/// What somebody does who has one right too many, or what happens by itself.
#[derive(Debug, Clone)]
enum Deed {
    /// A departure in the queue, past its policy, that states to be so many hours old.
    Message { account: usize, hours: i64 },
    /// An invocation that states a time so many minutes from now.
    Invoke { function: usize, minutes: i64 },
    /// The same as a message of a function to itself.
    Continue { function: usize, minutes: i64 },
    /// A policy that leaves out so many accounts, from one on.
    Policy { from: usize, out: usize },
    /// A member leaves the invitation graph.
    Disassociate(usize),
    /// A call is denied, to everybody or for one member alone.
    Deny { operation: usize, member: Option<usize> },
    /// A stranger invites so many accounts, from one on.
    Invite { from: usize, count: usize },
    /// An account leaves the organization; the event may be lost.
    Depart { account: usize, lost: bool },
}

/// What functions do in member accounts.
const DENIED: [&str; 3] = ["AcceptInvitation", "ListInvitations", "AssumeRole"];

fn minutes() -> impl Strategy<Value = i64> {
    prop_oneof![Just(-1), Just(-50), Just(-4000), Just(5), Just(40_000_000)]
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => (0..18_usize, 0..200_i64).prop_map(|(account, hours)| Deed::Message { account, hours }),
        3 => (0..2_usize, minutes()).prop_map(|(function, minutes)| Deed::Invoke { function, minutes }),
        2 => (0..3_usize, minutes()).prop_map(|(function, minutes)| Deed::Continue { function, minutes }),
        2 => (0..16_usize, 0..6_usize).prop_map(|(from, out)| Deed::Policy { from, out }),
        1 => (0..16_usize).prop_map(Deed::Disassociate),
        2 => (0..DENIED.len(), prop::option::of(0..CENTRAL + REJECTING_ACCOUNTS))
            .prop_map(|(operation, member)| Deed::Deny { operation, member }),
        2 => (0..16_usize, 1..6_usize).prop_map(|(from, count)| Deed::Invite { from, count }),
        1 => (0..16_usize, any::<bool>()).prop_map(|(account, lost)| Deed::Depart { account, lost }),
    ]
}

/// The accounts whose own stacks reject strangers' invitations.
fn rejecting() -> impl Iterator<Item = String> {
    (CENTRAL..CENTRAL + REJECTING_ACCOUNTS).map(id)
}

/// Who is covered, each with the Region.
type Covered = BTreeSet<(String, String)>;

struct Week {
    environment: Environment,
    /// When a function removed whom, by Region.
    removals: BTreeMap<String, Vec<(DateTime<Utc>, String)>>,
    seen: usize,
    named: usize,
}

impl Week {
    async fn start() -> Self {
        let environment = Environment::bare(scenario()).await;
        let week = Self { environment, removals: BTreeMap::new(), seen: 0, named: 0 };
        week.deploy(0, 0);
        let role = [&[("AdministratorAccountId", ADMINISTRATOR)][..], &MEMBER_ROLE].concat();
        for number in 0..CENTRAL {
            week.environment.deploy(&without_retries(), "MemberAccount", &id(number), &role);
        }
        for account in rejecting() {
            week.environment.deploy(&without_retries(), "MemberAccount", &account, &REJECTING);
        }
        week
    }

    fn deploy(&self, from: usize, out: usize) {
        let exclude: Vec<Value> = (from..from + out).map(|number| json!({"account": id(number % ACCOUNTS)})).collect();
        let (policy, most) = (json!({ "exclude": exclude }).to_string(), MOST.to_string());
        let parameters = [
            ("CoveragePolicy", policy.as_str()),
            ("RemoveMembers", "true"),
            ("RemovalGraceHours", GRACE),
            ("MaxRemovals", &most),
            ("MaxRemovalsPercent", "100"),
        ];
        self.environment.deploy_both(&without_retries(), &[&parameters[..], &MEMBER_ROLE].concat());
    }

    async fn take(&self, deed: Deed) {
        let (environment, now) = (&self.environment, self.environment.aws().now());
        match deed {
            Deed::Message { account, hours } => {
                let mut event = account_removed(&id(account));
                event["time"] = json!((now - TimeDelta::hours(hours)).to_rfc3339());
                let queue = environment.departures_queue();
                environment.aws().send_message(&queue, "AIDAEXAMPLE", &event.to_string()).unwrap();
            }
            Deed::Invoke { function, minutes } => {
                let function = ["OrganizationReconciler", "AccountOffboarder"][function];
                let time = (now + TimeDelta::minutes(minutes)).to_rfc3339();
                drop(environment.cloud.invoke(ADMINISTRATOR, function, json!({ "scheduledTime": time })).await);
            }
            Deed::Continue { function, minutes } => {
                let function = ["OrganizationReconciler", "MemberMonitor", "CentralAcceptor"][function];
                let time = (now + TimeDelta::minutes(minutes)).to_rfc3339_opts(SecondsFormat::Secs, true);
                let payload = batch(&[&continuation("eu-west-1", &time, "a-week", 1)]);
                drop(environment.cloud.invoke(ADMINISTRATOR, function, payload).await);
            }
            Deed::Policy { from, out } => self.deploy(from, out),
            Deed::Disassociate(account) => {
                let client = aws_sdk_detective::Client::new(&environment.sdk(&id(account), "eu-west-1").await);
                let graphs = environment.aws().snapshot().graphs;
                let graph =
                    graphs.iter().find(|graph| graph.region == "eu-west-1" && graph.administrator == ADMINISTRATOR);
                drop(client.disassociate_membership().graph_arn(&graph.unwrap().arn).send().await);
            }
            Deed::Deny { operation, member } => {
                let fault = denied(DENIED[operation]);
                environment.aws().set_faults(vec![match (DENIED[operation], member.map(id)) {
                    (_, None) => fault,
                    // A role is assumed from the administrator account; the other calls are of the member's own session.
                    ("AssumeRole", Some(member)) => {
                        Fault { about: Some(format!("arn:aws:iam::{member}:role/detective-member")), ..fault }
                    }
                    (_, Some(member)) => Fault { account: Some(member), ..fault },
                }]);
            }
            Deed::Invite { from, count } => {
                let client = aws_sdk_detective::Client::new(&environment.sdk(LATE_STRANGER, "eu-west-1").await);
                let graphs = environment.aws().snapshot().graphs;
                let graph = graphs.iter().find(|graph| graph.administrator == LATE_STRANGER).unwrap();
                let email = |id: &str| format!("aws+{id}@example.com");
                let accounts = (from..from + count).map(|number| id(number % ACCOUNTS)).map(|id| {
                    let account = Account::builder().email_address(email(&id)).account_id(id);
                    account.build().expect("it is whole")
                });
                let invite = client.create_members().graph_arn(&graph.arn).set_accounts(Some(accounts.collect()));
                invite.send().await.expect("anybody may invite");
            }
            Deed::Depart { account, lost } => {
                let organizations = environment.organizations().await;
                let left = organizations.remove_account_from_organization().account_id(id(account)).send().await;
                if lost || left.is_err() {
                    environment.aws().take_events();
                }
            }
        }
    }

    /// The schedules of six hours.
    async fn schedules(&mut self) {
        self.environment.cloud.settle_now().await;
        for account in rejecting() {
            drop(self.environment.accept(&account).await);
        }
        for function in ["CentralAcceptor", "MemberMonitor", "AccountOffboarder", "OrganizationReconciler"] {
            drop(self.environment.cloud.tick(ADMINISTRATOR, function).await);
            self.check_removals();
        }
        self.environment.aws().set_faults(Vec::new());
    }

    /// In no day more than the limit: by the calls that removed somebody.
    fn check_removals(&mut self) {
        let (journal, now) = (self.environment.aws().journal(), self.environment.aws().now());
        for call in journal.iter().skip(self.seen) {
            if call.operation == "DeleteMembers" && call.status == 200 {
                let ids =
                    call.request["AccountIds"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned());
                self.removals.entry(call.region.clone()).or_default().extend(ids.map(|id| (now, id)));
            }
        }
        self.seen = journal.len();
        for (region, removals) in &self.removals {
            for (time, _) in removals {
                let day = removals.iter().filter(|(other, _)| other <= time && *other > *time - TimeDelta::hours(24));
                let day: Vec<&str> = day.map(|(_, id)| id.as_str()).collect();
                assert!(day.len() <= MOST, "{region}, in the day before {time}: {day:?}");
            }
        }
    }

    fn covered(&self) -> Covered {
        let graphs = self.environment.aws().snapshot().graphs;
        let ours = graphs.into_iter().filter(|graph| graph.administrator == ADMINISTRATOR);
        let covered = ours.flat_map(|graph| {
            let members = graph.members.into_iter().filter(|member| member.status == "ENABLED");
            members.map(move |member| (graph.region.clone(), member.account_id))
        });
        covered.collect()
    }

    /// Who is named in the events after the first `count`.
    fn named_after(&self, count: usize) -> Covered {
        let mut named = Covered::new();
        for alert in self.environment.alerts().into_iter().skip(count) {
            let region = alert["region"].as_str().unwrap().to_owned();
            for kind in ["noLongerCovered", "removed"] {
                let ids = alert[kind]["accountIds"].as_array().cloned().unwrap_or_default();
                named.extend(ids.iter().map(|id| (region.clone(), id.as_str().unwrap().to_owned())));
            }
        }
        named
    }

    async fn six_hours(&mut self, deeds: Vec<Deed>) {
        let (before, alerts) = (self.covered(), self.environment.alerts().len());
        for deed in deeds {
            self.take(deed).await;
            self.check_removals();
        }
        self.schedules().await;
        let (after, named) = (self.covered(), self.named_after(alerts));
        let lost: Covered = before.difference(&after).cloned().collect();
        let untold: Vec<_> = lost.difference(&named).collect();
        assert!(untold.is_empty(), "{}: nobody is told of {untold:?}", self.environment.aws().now());
        self.named += lost.len();
        self.environment.aws().advance(TimeDelta::hours(6));
    }
}

#[test]
fn in_no_week_are_more_removed_than_the_days_limit_and_everybody_who_is_lost_is_named() {
    let config = Config { cases: 3, failure_persistence: None, max_shrink_iters: 12, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let [weeks, deeds, removals, named, accepted, rejected] = [const { AtomicUsize::new(0) }; 6];
    let strategy = prop::collection::vec(prop::collection::vec(deed(), 0..5), 28);
    let result = runner.run(&strategy, |schedule| {
        runtime.block_on(async {
            let mut week = Week::start().await;
            week.schedules().await;
            for of_schedule in schedule {
                deeds.fetch_add(of_schedule.len(), Ordering::Relaxed);
                week.six_hours(of_schedule).await;
            }
            // Outsiders were invited on purpose: no message removes them.
            let covered = week.covered();
            for number in ACCOUNTS..ACCOUNTS + OUTSIDERS {
                assert!(covered.contains(&("eu-west-1".to_owned(), id(number))), "{}", id(number));
            }
            let graphs = week.environment.aws().snapshot().graphs;
            let of_strangers = graphs.iter().filter(|graph| graph.administrator != ADMINISTRATOR);
            for member in of_strangers.flat_map(|graph| &graph.members) {
                let status = member.status.as_str();
                assert!(["INVITED", "VERIFICATION_FAILED"].contains(&status), "a stranger got an account: {member:?}");
            }
            let answers = |operation: &str| {
                let is_answer = |call: &&Call| call.operation == operation && call.status == 200;
                week.environment.aws().journal().iter().filter(is_answer).count()
            };
            accepted.fetch_add(answers("AcceptInvitation"), Ordering::Relaxed);
            rejected.fetch_add(answers("RejectInvitation"), Ordering::Relaxed);
            weeks.fetch_add(1, Ordering::Relaxed);
            removals.fetch_add(week.removals.values().map(Vec::len).sum(), Ordering::Relaxed);
            named.fetch_add(week.named, Ordering::Relaxed);
        });
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    let [weeks, deeds, removals, named, accepted, rejected] =
        [weeks, deeds, removals, named, accepted, rejected].map(AtomicUsize::into_inner);
    println!(
        "weeks: {weeks}, with {deeds} deeds, {removals} removals, {named} accounts no longer covered, each of them named, \
         {accepted} invitations accepted and {rejected} rejected"
    );
    assert!(accepted >= weeks && rejected >= weeks, "{accepted} accepted and {rejected} rejected prove little");
    assert!(removals >= 3 * weeks && named >= 3 * weeks, "{removals} removals and {named} losses prove little");
}
