//! Reads the organization and all members, plans every graph, and applies the plans.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use aws_config::SdkConfig;
use detective_onboarding::aws::clock;
use detective_onboarding::aws::detective;
use detective_onboarding::aws::detective_region::DetectiveRegion;
use detective_onboarding::aws::{clients, settings};
use detective_onboarding::config::{self, PolicySource};
use detective_onboarding::deadline::Deadline;
use detective_onboarding::environment::{ConfigError, Environment};
use detective_onboarding::error::Failure;
use detective_onboarding::lambda::invocation::{Cause, Invocation};
use detective_onboarding::lambda::regions::CoveredRegions;
use detective_onboarding::lambda::run::Run;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::graph::GraphArn;
use detective_onboarding::model::organization::{ObservedOrganization, Organization};
use detective_onboarding::model::policy::Policy;
use detective_onboarding::report::Report;
use detective_onboarding::report::region::{GraphState, RegionReport};
use futures_util::FutureExt;
use futures_util::future::join3;

use crate::cache::Cache;
use crate::cover::{Coverer, Observed};
use crate::publish::observer::Observer;
use crate::removal_confirmation::{Confirmations, RunContext};

const FUNCTION: &str = "organization-reconciler";

/// What the function works with.
pub struct Reconciler {
    organizations: aws_sdk_organizations::Client,
    cache: Cache,
    regions: CoveredRegions,
    policy: PolicySource,
    coverer: Coverer,
}

/// The organization, if there was enough time to read it, and the policy that it was read with.
type Read<'a> = Result<(Option<Rc<ObservedOrganization>>, Cow<'a, Policy>), Failure>;

impl Reconciler {
    /// Reads the function's configuration from the environment.
    ///
    /// # Errors
    /// A variable does not hold what it should.
    pub fn new(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        Self::with(environment, settings::sdk_config(environment)?, None)
    }

    /// The same with other settings of the SDK. An observer gets what would be published otherwise.
    pub(crate) fn with(
        environment: &Environment<'_>,
        config: SdkConfig,
        observer: Option<Observer>,
    ) -> Result<Self, ConfigError> {
        let policy = config::policy_source(environment)?;
        let organizations = clients::organizations(&config);
        let coverer = Coverer::new(environment, &config, organizations.clone(), observer)?;
        let bucket = config::publishing(environment)?.bucket.filter(|_| !coverer.dry_run);
        let regions = CoveredRegions::new(config, environment)?.remembering_failures(FUNCTION, bucket);
        Ok(Self { organizations, cache: Cache::default(), regions, policy, coverer })
    }

    /// Works on every Region, or on those that the invocation continues with.
    pub async fn handle(&self, invocation: &Invocation) -> Report {
        self.coverer.publisher.begin().await;
        // The organization is read once a run, while every Region reads its members.
        let read = |run| self.read(run, invocation.deadline).map(Rc::new).shared();
        let runs = invocation.runs();
        let reads = runs.iter().map(|run| (&*run.correlation, (read(run), Confirmations::default())));
        let reads: BTreeMap<&str, _> = reads.collect();
        let work = async |detective: &DetectiveRegion, run: &Run| {
            let (read, confirmations) = &reads[&*run.correlation];
            self.reconcile(detective, read.clone(), confirmations, run, invocation).await
        };
        let mut report = self.regions.run(FUNCTION, invocation, work).await;
        let is_without = |region: &&RegionReport| {
            region.coverage.is_none() && !region.continued && region.graph != GraphState::Missing
        };
        let without_coverage = report.regions.iter().filter(is_without).count();
        self.coverer.publisher.record_run(without_coverage, self.coverer.dry_run);
        self.coverer.publisher.flush();
        // What no Region waited for was not read.
        let organizations = reads.values().filter_map(|(read, _)| read.peek()?.as_ref().as_ref().ok()?.0.clone());
        let organization = organizations.last();
        let organization = organization.as_ref().map(|organization| &organization.accounts);
        let warning = self.publish_whole(organization, &report, invocation.deadline).await.err();
        report.warning = report.warning.or(warning);
        // Other messages of a run that continues may name other Regions.
        let continues =
            matches!(invocation.cause, Cause::Messages(_)) || report.regions.iter().any(|region| region.continued);
        drop(reads);
        for run in &runs {
            let is_of_run =
                |region: &&RegionReport| region.correlation.as_ref().is_none_or(|id| *id == run.correlation);
            let mut regions = report.regions.iter().filter(is_of_run);
            if !continues || regions.any(RegionReport::is_of_incomplete_organization) {
                self.cache.drop_complete(run).await;
            }
        }
        report
    }

    /// Publishes what is about all Regions: the coverage page, and the digest if no Region's work continues.
    ///
    /// # Errors
    /// What could not be published, as a sentence.
    async fn publish_whole(
        &self,
        organization: Option<&Organization>,
        report: &Report,
        deadline: Deadline,
    ) -> Result<(), String> {
        let publisher = &self.coverer.publisher;
        let page = publisher.publish_page(organization, deadline).await;
        let shown = page.map_err(|failure| format!("the coverage page could not be written: {failure}"))?;
        if report.regions.iter().any(|region| region.continued) {
            return Ok(());
        }
        let digest = publisher.publish_digest(&shown, deadline).await;
        digest.map_err(|failure| format!("the daily digest could not be sent: {failure}"))
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
            let account = invocation.account().ok();
            let Some(graph) = self.coverer.graphs.find(detective, &self.organizations, account).await? else {
                return Ok(None);
            };
            let members = detective::list_members(&detective.client, &graph).await?;
            Ok::<_, Failure>(Some((graph, members)))
        };
        let deadline = invocation.deadline;
        let stored = self.coverer.publisher.history(&region, deadline);
        let (read, observed, stored) = join3(read, deadline.call(observe), stored).await;
        // An account that administers Detective no more may not read the organization: that there is no graph tells more.
        if let Some(Err(failure @ (Failure::NoBehaviorGraph(_) | Failure::NotDesignated(..)))) = &observed {
            return match stored.before(clock::now()) {
                Some(before) => Ok(self.coverer.report_gone(&region, before, stored, run, deadline).await),
                None => Err(failure.clone()),
            };
        }
        let (organization, policy) = read.as_ref().as_ref().map_err(Clone::clone)?;
        run.check_time()?;
        let (Some(ObservedOrganization { accounts: organization, gaps }), Some(observed)) =
            (organization.as_deref(), observed.transpose()?)
        else {
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
        let unusable = unusable(administrator, organization);
        let failures = self.regions.failures();
        let context = RunContext { organization, gaps, policy, administrator, confirmations, failures };
        let cover = async |graph: Option<GraphArn>, members, stored| {
            let observed = Observed { graph, members, stored, unusable: unusable.clone() };
            self.coverer.cover(detective, observed, &context, run, deadline).await
        };
        match observed {
            Some((graph, members)) => Ok(cover(Some(graph), members, stored).await),
            None if self.coverer.dry_run => {
                let mut report = cover(None, BTreeMap::new(), stored).await;
                report.graph = GraphState::WouldBeCreated;
                Ok(report)
            }
            // Only now: what the policy and the organization are is known.
            None => {
                context.include_is_complete()?;
                let graph = self.coverer.graphs.create(detective).await?;
                let mut report = match detective::list_members(&detective.client, &graph).await {
                    Ok(members) => cover(Some(graph), members, stored).await,
                    Err(error) => RegionReport::new(region, Some(graph), Vec::new()).with_failure(error),
                };
                report.graph = GraphState::Created;
                Ok(report)
            }
        }
    }
}

/// Why an administrator is soon none, or is none: its account is closed, being closed or suspended.
fn unusable(administrator: AccountId, organization: &Organization) -> Option<Failure> {
    let (account, _) = organization.get(&administrator).filter(|(account, _)| account.state.is_gone())?;
    Some(Failure::UnusableAdministrator(format!(
        "account {administrator}, which administers Detective, is {}: its behavior graphs are deleted when it is closed for good; \
         reopen it before that, or let another account administer Detective",
        account.state
    )))
}
