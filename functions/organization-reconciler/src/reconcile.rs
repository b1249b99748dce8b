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
use detective_onboarding::environment::{ConfigError, Environment};
use detective_onboarding::error::CallError;
use detective_onboarding::lambda::invocation::Invocation;
use detective_onboarding::lambda::regions::Regional;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::graph::GraphArn;
use detective_onboarding::model::member::Member;
use detective_onboarding::model::organization::Organization;
use detective_onboarding::model::policy::Policy;
use detective_onboarding::plan::cool_off::CoolOff;
use detective_onboarding::plan::reconcile::{PLACES, reconcile};
use detective_onboarding::plan::removal;
use detective_onboarding::report::Report;
use detective_onboarding::report::coverage::{coverage, stuck};
use detective_onboarding::report::outcome::{AccountReport, Outcome};
use detective_onboarding::report::region::RegionReport;
use futures_util::FutureExt;
use futures_util::future::join;

use crate::cache::Cache;
use crate::graph_settings::Graphs;
use crate::publish::Publisher;
use crate::publish::findings::{Findings, Place};
use crate::removal_confirmation::{Asked, Known, Removal};

const FUNCTION: &str = "organization-reconciler";

/// What the function works with.
pub(crate) struct Reconciler {
    organizations: aws_sdk_organizations::Client,
    cache: Cache,
    regional: Regional,
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

/// What came of a graph's plan.
struct CarriedOut {
    outcomes: BTreeMap<AccountId, Outcome>,
    /// Accounts that the policy leaves out, and that are no members.
    out_of_scope: usize,
    /// Why members are not removed that should be none.
    unremoved: Option<CallError>,
}

/// The organization, if there was time enough to read it, and the policy that it was read with.
type Read<'a> = Result<(Option<Rc<Organization>>, Cow<'a, Policy>), CallError>;

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
        let regional = Regional::new(config, environment)?;
        Ok(Self {
            organizations,
            cache: Cache::default(),
            regional,
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
        // The organization is read once, while every Region reads its members.
        let read = self.read(invocation).map(Rc::new).shared();
        let asked = Asked::default();
        let work =
            async |detective: &DetectiveRegion| self.reconcile(detective, read.clone(), &asked, invocation).await;
        let report = self.regional.run(FUNCTION, invocation, work).await;
        self.publisher.flush();
        // Other messages of a run that goes on may name other Regions.
        let goes_on = invocation.is_of_queue() || report.regions.iter().any(|region| region.continued);
        let is_wrong = report.regions.iter().any(RegionReport::is_of_incomplete_organization);
        if is_wrong || !goes_on {
            self.cache.forget().await;
        }
        report
    }

    async fn read(&self, invocation: &Invocation) -> Read<'_> {
        let policy = self.policy.read(self.regional.config()).await?;
        Ok((self.cache.read(&self.organizations, &policy, invocation).await?, policy))
    }

    async fn reconcile(
        &self,
        detective: &DetectiveRegion,
        read: impl Future<Output = Rc<Read<'_>>>,
        asked: &Asked,
        invocation: &Invocation,
    ) -> Result<RegionReport, CallError> {
        let region = detective.region.clone();
        let look = async {
            let Some(graph) = self.graphs.find(detective).await? else { return Ok(None) };
            let members = detective::list_members(&detective.client, &graph).await?;
            Ok(Some((graph, members)))
        };
        let (read, looked) = join(read, invocation.deadline.call(look)).await;
        let (organization, policy) = read.as_ref().as_ref().map_err(Clone::clone)?;
        let (Some(organization), Some(looked)) = (organization.as_deref(), looked.transpose()?) else {
            return Ok(RegionReport::out_of_time(region));
        };
        let administrator = match &looked {
            Some((graph, _)) => graph.administrator(),
            None => invocation.account()?,
        };
        if !organization.contains_key(&administrator) {
            // Whatever this list is, it is not the organization.
            let message = format!(
                "Organizations listed {} accounts without {administrator}, the administrator",
                organization.len()
            );
            return Err(CallError::incomplete_organization("ListAccounts", &message));
        }
        let known = Known { organization, policy, administrator, asked };
        match looked {
            Some((graph, members)) => Ok(self.cover(detective, Some(graph), &members, &known, invocation).await),
            None if self.dry_run => {
                let mut report = self.cover(detective, None, &BTreeMap::new(), &known, invocation).await;
                report.graph_would_be_created = true;
                Ok(report)
            }
            // Only now: what the policy and the organization are is known.
            None => {
                let graph = self.graphs.create(detective).await?;
                let mut report = match detective::list_members(&detective.client, &graph).await {
                    Ok(members) => self.cover(detective, Some(graph), &members, &known, invocation).await,
                    Err(error) => RegionReport::new(region, Some(graph), Vec::new()).with_error(error),
                };
                report.graph_created = true;
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
        known: &Known<'_>,
        invocation: &Invocation,
    ) -> RegionReport {
        let (region, now) = (detective.region.clone(), invocation.now);
        let Known { organization, policy, administrator, .. } = *known;
        let check = async {
            let Some(graph) = &graph else { return Ok(Vec::new()) };
            let check = self.graphs.check(detective, graph, members, policy.is_restricted());
            let late = || {
                let message = "Detective did not tell its settings in time: they are checked in the next run";
                Err(CallError::new("DescribeOrganizationConfiguration", "OutOfTime", message))
            };
            invocation.deadline.call(check).await.unwrap_or_else(late)
        };
        let plan = self.carry_out(detective, graph.as_ref(), members, known, invocation);
        let (drift, carried_out) = join(check, plan).await;
        let Some(CarriedOut { outcomes, out_of_scope, unremoved }) = carried_out else {
            let mut report = RegionReport::out_of_time(region);
            report.drift = drift.unwrap_or_default();
            return report;
        };
        let coverage = coverage(administrator, organization, members, &outcomes, out_of_scope);
        if coverage.members * 100 >= PLACES * self.warn_at_percent {
            tracing::warn!(%region, members = coverage.members, member_limit = PLACES,
                "the behavior graph is nearly full: narrow the policy, or say by priority who gets the last places");
        }
        let findings = Findings { organization, administrator, members, outcomes: &outcomes, coverage: &coverage, now };
        let stuck = stuck(members, &outcomes, now, self.stuck_after);
        // Coverage of a part of the organization is the coverage of nothing.
        let is_partial = unremoved.as_ref().is_some_and(CallError::is_incomplete_organization);
        let published = match is_partial {
            true => Ok(()),
            false => self.publish(detective, graph.as_ref(), &findings, &stuck, invocation).await,
        };
        let coverage = (!is_partial).then_some(coverage);
        let accounts = AccountReport::of(outcomes);
        let mut report = RegionReport::of_organization(region, graph, coverage, accounts);
        report.stuck = stuck;
        let (drift, unchecked) = drift.map_or_else(|error| (Vec::new(), Some(error)), |drift| (drift, None));
        report.drift = drift;
        [unremoved, unchecked, published.err()].into_iter().flatten().for_each(|error| report.fail(error));
        report
    }

    /// Plans a graph and applies the plan; `None` if there was no time to find out who is to be removed.
    async fn carry_out(
        &self,
        detective: &DetectiveRegion,
        graph: Option<&GraphArn>,
        members: &BTreeMap<AccountId, Member>,
        known: &Known<'_>,
        invocation: &Invocation,
    ) -> Option<CarriedOut> {
        let Known { organization, administrator, .. } = *known;
        let now = invocation.now;
        let unwanted = removal::unwanted(administrator, organization, members, now);
        let decision = self.removal.decide(unwanted, known, members.len(), now, self.dry_run);
        let (removals, unremoved) = invocation.deadline.call(decision).await?;
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
                    deadline: invocation.deadline,
                    dry_run: self.dry_run,
                };
                apply.run(result.plan).await
            }
        };
        Some(CarriedOut { outcomes, out_of_scope: result.out_of_scope, unremoved })
    }

    /// Publishes what was found. A Region whose work goes on in another invocation is published by that one, and a dry
    /// run changes nothing, reports in buckets among it.
    async fn publish(
        &self,
        detective: &DetectiveRegion,
        graph: Option<&GraphArn>,
        findings: &Findings<'_>,
        stuck: &[AccountId],
        invocation: &Invocation,
    ) -> Result<(), CallError> {
        if findings.outcomes.values().any(Outcome::is_out_of_time) {
            return Ok(());
        }
        self.publisher.record(&detective.region, findings);
        let Some(graph) = graph.filter(|_| !self.dry_run) else { return Ok(()) };
        let place = Place { region: &detective.region, graph, correlation: &invocation.correlation };
        self.publisher.publish(self.regional.config(), &place, findings, stuck).await
    }
}
