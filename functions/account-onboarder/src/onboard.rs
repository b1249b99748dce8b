//! From an event to a membership in every Region: read the account and its memberships, plan, apply.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::rc::Rc;

use detective_onboarding::apply::Apply;
use detective_onboarding::aws::detective::{self, InvitationOptions};
use detective_onboarding::aws::detective_region::DetectiveRegion;
use detective_onboarding::aws::sqs::Queue;
use detective_onboarding::aws::{clients, clock, organizations, settings};
use detective_onboarding::config::{self, PolicySource};
use detective_onboarding::deadline::Deadline;
use detective_onboarding::environment::{ConfigError, Environment};
use detective_onboarding::error::{Failure, OutOfTime};
use detective_onboarding::events::arrival::{self, Request};
use detective_onboarding::lambda::invocation::Invocation;
use detective_onboarding::lambda::regions::CoveredRegions;
use detective_onboarding::lambda::run::Run;
use detective_onboarding::model::account::{AccountId, OrganizationAccount};
use detective_onboarding::model::graph::GraphArn;
use detective_onboarding::model::member::Member;
use detective_onboarding::model::policy::Scope;
use detective_onboarding::plan::onboard::enroll;
use detective_onboarding::plan::step::Plan;
use detective_onboarding::report::Report;
use detective_onboarding::report::outcome::{AccountReport, Outcome};
use detective_onboarding::report::region::RegionReport;
use futures_util::FutureExt;
use futures_util::future::join;

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
}

/// An account of the organization and whether it is in scope; `None` if Organizations does not know it.
type ScopedAccount = Result<Option<(OrganizationAccount, Scope)>, Failure>;

/// The members of that id that a graph has: one or none.
type Members = Result<BTreeMap<AccountId, Member>, Failure>;

/// Reads a Region's graph, and the account's membership in it. One that GetMembers leaves out is found when the account is created.
async fn membership(detective: &DetectiveRegion, id: AccountId) -> (Result<GraphArn, Failure>, Members) {
    let graph = detective.graph().await;
    let members = match &graph {
        Ok(graph) => {
            detective::get_members(&detective.client, graph, &BTreeSet::from([id])).await.map_err(Failure::from)
        }
        Err(error) => Err(error.clone()),
    };
    (graph, members)
}

/// What the account needs in a graph.
fn plan<'a>(
    id: AccountId,
    account: &ScopedAccount,
    graph: &'a Result<GraphArn, Failure>,
    members: Members,
) -> Result<(&'a GraphArn, Plan), Failure> {
    let account = account.clone()?;
    let graph = graph.as_ref().map_err(Clone::clone)?;
    Ok((graph, enroll(graph.administrator(), &BTreeMap::from([(id, account)]), &members?)))
}

impl Onboarder {
    pub(crate) fn new(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let policy = config::policy_source(environment)?;
        let invitation = config::invitation(environment)?;
        let dry_run = config::dry_run(environment)?;
        let config = settings::sdk_config(environment)?;
        let organizations = clients::organizations(&config);
        let reconciler = config::reconcile_queue_url(environment).map(|url| Queue::new(&config, url));
        let regions = CoveredRegions::new(config, environment)?;
        Ok(Self { organizations, regions, policy, invitation, dry_run, reconciler })
    }

    pub(crate) async fn handle(&self, invocation: &Invocation) -> Report {
        let (trigger, request) = arrival::read(invocation.event());
        let id = match request {
            Request::Enroll(id) => id,
            Request::Reconcile(reason) => {
                return Report { trigger: Some(trigger), ..self.request_reconcile(invocation, &reason).await };
            }
            Request::Nothing(reason) => return Report::ignored(FUNCTION, trigger, reason),
        };
        // The account is read once, while every Region reads its graph and its member.
        let account = self.account(id).map(Rc::new).shared();
        let work = async |detective: &DetectiveRegion, _: &Run| {
            let (account, (graph, members)) = join(account.clone(), membership(detective, id)).await;
            if let Err(failure @ Failure::NoBehaviorGraph(_)) = &graph
                && detective.is_optional
            {
                return Err(failure.clone());
            }
            let outcomes = match plan(id, &account, &graph, members) {
                Ok((graph, plan)) => self.apply(detective, graph, invocation.deadline).run(plan).await,
                Err(failure) => BTreeMap::from([(id, Outcome::failed(None, failure))]),
            };
            Ok(RegionReport::new(detective.region.clone(), graph.ok(), AccountReport::of(outcomes)))
        };
        let report = self.regions.run(FUNCTION, invocation, work).await;
        Report { trigger: Some(trigger), ..report }
    }

    /// Asks organization-reconciler to find the account that an event does not name.
    async fn request_reconcile(&self, invocation: &Invocation, reason: &str) -> Report {
        let done = Report::new(FUNCTION, None, Vec::new());
        let (report, consequence) = match &self.reconciler {
            None => (done, "finds the account when it runs on schedule"),
            Some(queue) => match self.request(queue, invocation).await {
                Ok(()) => (done, "was asked to find the account now"),
                Err(failure) => {
                    (Report::failed(FUNCTION, failure, Vec::new()), "could not be asked to find the account")
                }
            },
        };
        let warning = format!("the event cannot be read ({reason}): organization-reconciler {consequence}");
        Report { warning: Some(warning), ..report }
    }

    /// Asks for a reconcile as of when it begins: the time that the event states is not a schedule's.
    async fn request(&self, queue: &Queue, invocation: &Invocation) -> Result<(), Failure> {
        let run = invocation.run.without_time();
        let request = invocation.deadline.call(self.regions.request(queue, &run)).await;
        request.unwrap_or_else(|| Err(OutOfTime::Reading.into()))
    }

    async fn account(&self, id: AccountId) -> ScopedAccount {
        let policy = self.policy.read(self.regions.config()).await?;
        let Some(account) = organizations::describe_account(&self.organizations, id).await? else { return Ok(None) };
        let traits = organizations::traits(&self.organizations, &policy, &account).await?;
        Ok(Some((account, policy.scope(id, &traits))))
    }

    fn apply<'a>(&'a self, detective: &'a DetectiveRegion, graph: &'a GraphArn, deadline: Deadline) -> Apply<'a> {
        Apply {
            client: &detective.client,
            graph,
            invitation: &self.invitation,
            concurrent_starts: NonZeroUsize::MIN,
            now: clock::now(),
            deadline,
            dry_run: self.dry_run,
        }
    }
}
