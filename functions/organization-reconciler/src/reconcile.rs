//! Reads the organization and all members, plans every graph, and applies the plans.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::rc::Rc;

use detective_onboarding::apply::{self, Apply};
use detective_onboarding::aws::detective::{self, InvitationOptions};
use detective_onboarding::aws::detective_region::DetectiveRegion;
use detective_onboarding::aws::{clients, settings};
use detective_onboarding::config::{self, PolicySource};
use detective_onboarding::deadline::Deadline;
use detective_onboarding::environment::{ConfigError, Environment};
use detective_onboarding::error::{CallError, Failure, OutOfTime};
use detective_onboarding::lambda::invocation::{Cause, Invocation};
use detective_onboarding::lambda::regions::CoveredRegions;
use detective_onboarding::lambda::run::Run;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::graph::GraphArn;
use detective_onboarding::model::member::Member;
use detective_onboarding::model::organization::Organization;
use detective_onboarding::model::policy::Policy;
use detective_onboarding::plan::cool_off::CoolOff;
use detective_onboarding::plan::reconcile::{MEMBER_LIMIT, reconcile};
use detective_onboarding::plan::removal;
use detective_onboarding::report::Report;
use detective_onboarding::report::coverage::{coverage, stuck};
use detective_onboarding::report::outcome::{AccountReport, Outcome};
use detective_onboarding::report::region::{GraphState, RegionReport};
use futures_util::FutureExt;
use futures_util::future::join;

use crate::cache::Cache;
use crate::graph_settings::Graphs;
use crate::publish::Publisher;
use crate::publish::findings::{Findings, GraphRun};
use crate::removal_confirmation::{Confirmations, Removal, RunContext};

const FUNCTION: &str = "organization-reconciler";

/// What the function works with.
pub(crate) struct Reconciler {
    organizations: aws_sdk_organizations::Client,
    cache: Cache,
    regions: CoveredRegions,
    policy: PolicySource,
    removal: Removal,
    warn_at_percent: usize,
    invitation: InvitationOptions,
    concurrent_starts: NonZeroUsize,
    cool_off: CoolOff,
    stuck_after: i64,
    graphs: Graphs,
    publisher: Publisher,
    dry_run: bool,
}

/// What applying a graph's plan did.
struct Applied {
    outcomes: BTreeMap<AccountId, Outcome>,
    /// Accounts that the policy leaves out, and that are no members.
    out_of_scope: usize,
    /// Why members are not removed that should be none.
    unremoved: Option<Failure>,
}

/// The organization, if there was enough time to read it, and the policy that it was read with.
type Read<'a> = Result<(Option<Rc<Organization>>, Cow<'a, Policy>), Failure>;

impl Reconciler {
    pub(crate) fn new(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let policy = config::policy_source(environment)?;
        let warn_at_percent = config::warn_at_percent(environment)?;
        let invitation = config::invitation(environment)?;
        let concurrent_starts = config::concurrent_starts(environment)?;
        let cool_off = config::cool_off(environment)?;
        let dry_run = config::dry_run(environment)?;
        let graphs = Graphs { settings: config::graph_settings(environment)?, dry_run };
        let stuck_after = config::stuck_after(environment)?;
        let config = settings::sdk_config(environment)?;
        let publisher = Publisher::new(config::publishing(environment)?)?;
        let organizations = clients::organizations(&config);
        let removal = Removal::new(environment, &config, organizations.clone())?;
        let regions = CoveredRegions::new(config, environment)?;
        Ok(Self {
            organizations,
            cache: Cache::default(),
            regions,
            policy,
            removal,
            warn_at_percent,
            invitation,
            concurrent_starts,
            cool_off,
            graphs,
            stuck_after,
            publisher,
            dry_run,
        })
    }

    pub(crate) async fn handle(&self, invocation: &Invocation) -> Report {
        // The organization is read once a run, while every Region reads its members.
        let read = |run| self.read(run, invocation.deadline).map(Rc::new).shared();
        let reads = invocation.runs().into_iter().map(|run| (&*run.correlation, (read(run), Confirmations::default())));
        let reads: BTreeMap<&str, _> = reads.collect();
        let work = async |detective: &DetectiveRegion, run: &Run| {
            let (read, confirmations) = &reads[&*run.correlation];
            self.reconcile(detective, read.clone(), confirmations, run, invocation).await
        };
        let report = self.regions.run(FUNCTION, invocation, work).await;
        self.publisher.flush();
        // Other messages of a run that continues may name other Regions.
        let continues =
            matches!(invocation.cause, Cause::Continuations(_)) || report.regions.iter().any(|region| region.continued);
        let is_wrong = report.regions.iter().any(RegionReport::is_of_incomplete_organization);
        if is_wrong || !continues {
            self.cache.drop_complete().await;
        }
        report
    }

    async fn read(&self, run: &Run, deadline: Deadline) -> Read<'_> {
        let policy = self.policy.read(self.regions.config()).await?;
        Ok((self.cache.read(&self.organizations, &policy, run, deadline).await?, policy))
    }

    async fn reconcile(
        &self,
        detective: &DetectiveRegion,
        read: impl Future<Output = Rc<Read<'_>>>,
        confirmations: &Confirmations,
        run: &Run,
        invocation: &Invocation,
    ) -> Result<RegionReport, Failure> {
        let region = detective.region.clone();
        let observe = async {
            let Some(graph) = self.graphs.find(detective).await? else { return Ok(None) };
            let members = detective::list_members(&detective.client, &graph).await?;
            Ok::<_, Failure>(Some((graph, members)))
        };
        let deadline = invocation.deadline;
        let (read, observed) = join(read, deadline.call(observe)).await;
        let (organization, policy) = read.as_ref().as_ref().map_err(Clone::clone)?;
        let (Some(organization), Some(observed)) = (organization.as_deref(), observed.transpose()?) else {
            return Ok(RegionReport::out_of_time(region));
        };
        let administrator = match &observed {
            Some((graph, _)) => graph.administrator(),
            None => invocation.account()?,
        };
        if !organization.contains_key(&administrator) {
            // Whatever this list is, it is not the organization.
            let message = format!(
                "Organizations listed {} accounts without {administrator}, the administrator",
                organization.len()
            );
            return Err(Failure::IncompleteOrganization(message));
        }
        let context = RunContext { organization, policy, administrator, confirmations };
        match observed {
            Some((graph, members)) => Ok(self.cover(detective, Some(graph), &members, &context, run, deadline).await),
            None if self.dry_run => {
                let mut report = self.cover(detective, None, &BTreeMap::new(), &context, run, deadline).await;
                report.graph = GraphState::WouldBeCreated;
                Ok(report)
            }
            // Only now: what the policy and the organization are is known.
            None => {
                let graph = self.graphs.create(detective).await?;
                let mut report = match detective::list_members(&detective.client, &graph).await {
                    Ok(members) => self.cover(detective, Some(graph), &members, &context, run, deadline).await,
                    Err(error) => RegionReport::new(region, Some(graph), Vec::new()).with_failure(error),
                };
                report.graph = GraphState::Created;
                Ok(report)
            }
        }
    }

    /// Brings a graph to what it should be. Without a graph, in a dry run, it says what would be done in a new one.
    async fn cover(
        &self,
        detective: &DetectiveRegion,
        graph: Option<GraphArn>,
        members: &BTreeMap<AccountId, Member>,
        context: &RunContext<'_>,
        run: &Run,
        deadline: Deadline,
    ) -> RegionReport {
        let (region, now) = (detective.region.clone(), run.time);
        let RunContext { organization, policy, administrator, .. } = *context;
        let check = async {
            let Some(graph) = &graph else { return Ok(Vec::new()) };
            let check = self.graphs.check(detective, graph, members, policy.is_restricted());
            match deadline.call(check).await {
                Some(drift) => drift.map_err(Failure::from),
                None => Err(OutOfTime::Settings.into()),
            }
        };
        let plan = self.apply(detective, graph.as_ref(), members, context, run, deadline);
        let (drift, applied) = join(check, plan).await;
        let Some(Applied { outcomes, out_of_scope, unremoved }) = applied else {
            let mut report = RegionReport::out_of_time(region);
            report.drift = drift.unwrap_or_default();
            return report;
        };
        let coverage = coverage(administrator, organization, members, &outcomes, out_of_scope);
        if coverage.members * 100 >= MEMBER_LIMIT * self.warn_at_percent {
            tracing::warn!(%region, members = coverage.members, member_limit = MEMBER_LIMIT,
                "the behavior graph is nearly full: narrow the policy, or set by priority who gets what is left");
        }
        let findings = Findings { organization, administrator, members, outcomes: &outcomes, coverage: &coverage, now };
        let stuck = stuck(members, &outcomes, now, self.stuck_after);
        // Coverage of a part of the organization is the coverage of nothing.
        let is_partial = matches!(unremoved, Some(Failure::IncompleteOrganization(_)));
        let published = match is_partial {
            true => Ok(()),
            false => self.publish(detective, graph.as_ref(), &findings, &stuck, run).await,
        };
        let coverage = (!is_partial).then_some(coverage);
        let accounts = AccountReport::of(outcomes);
        let mut report = RegionReport::of_organization(region, graph, coverage, accounts);
        report.stuck = stuck;
        let (drift, unchecked) = drift.map_or_else(|error| (Vec::new(), Some(error)), |drift| (drift, None));
        report.drift = drift;
        let unpublished = published.err().map(Failure::from);
        [unremoved, unchecked, unpublished].into_iter().flatten().for_each(|failure| report.fail(failure));
        report
    }

    /// Plans a graph and applies the plan; `None` if there was no time to find out who is to be removed.
    async fn apply(
        &self,
        detective: &DetectiveRegion,
        graph: Option<&GraphArn>,
        members: &BTreeMap<AccountId, Member>,
        context: &RunContext<'_>,
        run: &Run,
        deadline: Deadline,
    ) -> Option<Applied> {
        let RunContext { organization, administrator, .. } = *context;
        let now = run.time;
        let unwanted = removal::unwanted(administrator, organization, members, now);
        let decision = self.removal.decide(unwanted, context, members.len(), now, self.dry_run);
        let (removals, unremoved) = deadline.call(decision).await?;
        let mut result = reconcile(administrator, organization, members, removals);
        self.cool_off.delay(&mut result.plan, now);
        let outcomes = match graph {
            None => apply::planned(result.plan),
            Some(graph) => {
                let apply = Apply {
                    client: &detective.client,
                    graph,
                    invitation: &self.invitation,
                    concurrent_starts: self.concurrent_starts,
                    now,
                    deadline,
                    dry_run: self.dry_run,
                };
                apply.run(result.plan).await
            }
        };
        Some(Applied { outcomes, out_of_scope: result.out_of_scope, unremoved })
    }

    /// Publishes what was found. A Region whose work goes on in another invocation is published by that one, and a dry
    /// run changes nothing, reports in buckets among it.
    async fn publish(
        &self,
        detective: &DetectiveRegion,
        graph: Option<&GraphArn>,
        findings: &Findings<'_>,
        stuck: &[AccountId],
        run: &Run,
    ) -> Result<(), CallError> {
        if findings.outcomes.values().any(Outcome::is_out_of_time) {
            return Ok(());
        }
        self.publisher.record(&detective.region, findings);
        let Some(graph) = graph.filter(|_| !self.dry_run) else { return Ok(()) };
        let graph_run = GraphRun { region: &detective.region, graph, correlation: &run.correlation };
        self.publisher.publish(self.regions.config(), &graph_run, findings, stuck).await
    }
}
