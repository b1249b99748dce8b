//! From events to memberships in every Region: read the accounts and their memberships, plan, apply; then decide which events
//! are done.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::rc::Rc;

use detective_onboarding::apply::Apply;
use detective_onboarding::aws::detective::{self, InvitationOptions};
use detective_onboarding::aws::detective_region::DetectiveRegion;
use detective_onboarding::aws::sqs::Queue;
use detective_onboarding::aws::{clients, clock, settings};
use detective_onboarding::config::{self, PolicySource};
use detective_onboarding::deadline::Deadline;
use detective_onboarding::environment::{ConfigError, Environment};
use detective_onboarding::error::{Failure, OutOfTime};
use detective_onboarding::lambda::invocation::Invocation;
use detective_onboarding::lambda::regions::CoveredRegions;
use detective_onboarding::lambda::run::Run;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::graph::GraphArn;
use detective_onboarding::model::member::Member;
use detective_onboarding::model::policy::Policy;
use detective_onboarding::plan::onboard::enroll;
use detective_onboarding::report::Report;
use detective_onboarding::report::outcome::{AccountReport, Outcome};
use detective_onboarding::report::region::RegionReport;
use futures_util::FutureExt;
use futures_util::future::join;

use crate::accounts::{ScopedAccount, ScopedAccounts, scoped_accounts};
use crate::answer::Answer;
use crate::arrivals::Arrivals;
use crate::unreadable::request_reconcile;

const FUNCTION: &str = "account-onboarder";

/// What the function works with.
pub(crate) struct Onboarder {
    organizations: aws_sdk_organizations::Client,
    regions: CoveredRegions,
    policy: PolicySource,
    invitation: InvitationOptions,
    dry_run: bool,
    /// The queue of organization-reconciler.
    reconciler: Option<Queue>,
    answer: Answer,
}

/// The members of those ids that a graph has.
type Members = Result<BTreeMap<AccountId, Member>, Failure>;

/// Reads a Region's graph, and the accounts' memberships in it. One that GetMembers leaves out is found when the account is created.
async fn memberships(detective: &DetectiveRegion, ids: &BTreeSet<AccountId>) -> (Result<GraphArn, Failure>, Members) {
    let graph = detective.graph().await;
    let members = match &graph {
        Ok(graph) => detective::get_members(&detective.client, graph, ids).await.map_err(Failure::from),
        Err(error) => Err(error.clone()),
    };
    (graph, members)
}

impl Onboarder {
    pub(crate) fn new(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let policy = config::policy_source(environment)?;
        let invitation = config::invitation(environment)?;
        let dry_run = config::dry_run(environment)?;
        let config = settings::sdk_config(environment)?;
        let organizations = clients::organizations(&config);
        let reconciler = config::reconcile_queue_url(environment).map(|url| Queue::new(&config, url));
        let arrivals = config::arrivals_queue_url(environment).map(|url| Queue::new(&config, url));
        let answer = Answer::new(arrivals, environment);
        let bucket = config::state_bucket(environment)?.filter(|_| !dry_run);
        let regions = CoveredRegions::new(config, environment)?.remembering_failures(FUNCTION, bucket);
        Ok(Self { organizations, regions, policy, invitation, dry_run, reconciler, answer })
    }

    pub(crate) async fn handle(&self, invocation: &Invocation) -> Report {
        let mut arrivals = Arrivals::read(invocation);
        let trigger = arrivals.only_trigger();
        let policy = match arrivals.accounts.is_empty() {
            true => Ok(Policy::default()),
            false => self.policy(invocation.deadline).await,
        };
        if policy.as_ref().is_ok_and(|policy| !policy.reads_tags()) {
            arrivals.ignore_tags();
        }
        let requested =
            request_reconcile(&self.regions, self.reconciler.as_ref(), invocation, &arrivals.unreadable).await;
        let report = match arrivals.accounts.is_empty() {
            true => Report::new(FUNCTION, None, Vec::new()),
            false => self.enroll(invocation, arrivals.accounts.keys().copied().collect(), policy).await,
        };
        let report = self.answer.report(report, &self.regions, invocation, &arrivals, requested).await;
        Report { trigger, ..report }
    }

    /// Makes accounts members in every Region. They are read once, while every Region reads its graph and its members.
    async fn enroll(
        &self,
        invocation: &Invocation,
        ids: BTreeSet<AccountId>,
        policy: Result<Policy, Failure>,
    ) -> Report {
        let accounts = scoped_accounts(&self.organizations, policy, &ids, invocation.deadline).map(Rc::new).shared();
        let work = async |detective: &DetectiveRegion, _: &Run| {
            let (accounts, (graph, members)) = join(accounts.clone(), memberships(detective, &ids)).await;
            if let Err(failure @ Failure::NoBehaviorGraph(_)) = &graph
                && detective.is_optional
            {
                return Err(failure.clone());
            }
            let outcomes = match (&graph, &members) {
                (Ok(graph), Ok(members)) => {
                    self.enroll_in(detective, graph, &accounts, members, invocation.deadline).await
                }
                (Err(failure), _) | (_, Err(failure)) => {
                    // An account that could not be read fails for that.
                    let failed = |(id, account): (&AccountId, &ScopedAccount)| {
                        let failure = account.as_ref().err().unwrap_or(failure).clone();
                        (*id, Outcome::failed(None, failure))
                    };
                    accounts.iter().map(failed).collect()
                }
            };
            Ok(RegionReport::new(detective.region.clone(), graph.ok(), AccountReport::of(outcomes)))
        };
        self.regions.run_everywhere(FUNCTION, invocation, work).await
    }

    /// Makes accounts members of one graph. An account that could not be read fails alone.
    async fn enroll_in(
        &self,
        detective: &DetectiveRegion,
        graph: &GraphArn,
        accounts: &ScopedAccounts,
        members: &BTreeMap<AccountId, Member>,
        deadline: Deadline,
    ) -> BTreeMap<AccountId, Outcome> {
        let (mut read, mut outcomes) = (BTreeMap::new(), BTreeMap::new());
        for (id, account) in accounts {
            match account.clone() {
                Ok(account) => drop(read.insert(*id, account)),
                Err(failure) => drop(outcomes.insert(*id, Outcome::failed(None, failure))),
            }
        }
        let plan = enroll(graph.administrator(), &read, members);
        let apply = Apply {
            client: &detective.client,
            graph,
            invitation: &self.invitation,
            concurrent_starts: NonZeroUsize::MIN,
            now: clock::now(),
            deadline,
            dry_run: self.dry_run,
        };
        outcomes.extend(apply.run(plan).await);
        outcomes
    }

    async fn policy(&self, deadline: Deadline) -> Result<Policy, Failure> {
        let read = deadline.call(self.policy.read(self.regions.config())).await;
        Ok(read.unwrap_or_else(|| Err(OutOfTime::Reading.into()))?.into_owned())
    }
}
