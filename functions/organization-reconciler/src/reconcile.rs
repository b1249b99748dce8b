//! Reads the organization and all members, plans every graph, and applies the plans.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::rc::Rc;

use aws_sdk_detective::types::MemberStatus;
use detective_onboarding::account::{AccountId, AccountState};
use detective_onboarding::apply::Apply;
use detective_onboarding::aws::{self, DetectiveRegion};
use detective_onboarding::config::{self, ConfigError, Environment};
use detective_onboarding::cool_off::CoolOff;
use detective_onboarding::detective::{self, InvitationOptions};
use detective_onboarding::error::CallError;
use detective_onboarding::graph::GraphArn;
use detective_onboarding::invocation::Invocation;
use detective_onboarding::outcome::{AccountReport, Outcome};
use detective_onboarding::policy::{Policy, Scope};
use detective_onboarding::reconcile::{self, Organization, PLACES, Removals};
use detective_onboarding::region_report::{Coverage, RegionReport};
use detective_onboarding::regional::Regional;
use detective_onboarding::report::Report;
use detective_onboarding::scoping::PolicySource;
use detective_onboarding::settings;
use futures_util::FutureExt;
use futures_util::future::join;

use crate::memory::Memory;
use crate::publish::{Place, Publisher};
use crate::removal::Removal;
use crate::rows::Findings;
use crate::upkeep::{Found, Upkeep};

const FUNCTION: &str = "organization-reconciler";

/// What the function works with.
pub(crate) struct Reconciler {
    organizations: aws_sdk_organizations::Client,
    memory: Memory,
    regional: Regional,
    policy: PolicySource,
    removals: Removals,
    removal: Removal,
    warn_at_percent: usize,
    invitation: InvitationOptions,
    concurrent_starts: NonZeroUsize,
    cool_off: CoolOff,
    upkeep: Upkeep,
    publisher: Publisher,
    dry_run: bool,
}

/// The organization, if there was time enough to read it, and the policy that it was read with.
type Read<'a> = Result<(Option<Rc<Organization>>, Cow<'a, Policy>), CallError>;

impl Reconciler {
    pub(crate) fn new(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let policy = PolicySource::new(environment)?;
        let removals = config::removals(environment)?;
        let warn_at_percent = environment.parsed("WARN_AT_PERCENT_OF_LIMIT", 90, "a whole number from 1 to 100")?;
        let invitation = config::invitation(environment)?;
        let concurrent_starts = config::concurrent_starts(environment)?;
        let cool_off = CoolOff::new(environment)?;
        let dry_run = config::dry_run(environment)?;
        let upkeep = Upkeep::new(environment, dry_run)?;
        let stuck_after = config::stuck_after(environment)?;
        let config = settings::sdk_config(environment)?;
        let publisher = Publisher::new(environment, stuck_after)?;
        let organizations = aws::organizations(&config);
        let removal = Removal::new(environment, &config, organizations.clone())?;
        let regional = Regional::new(config, environment)?;
        Ok(Self {
            organizations,
            memory: Memory::default(),
            regional,
            policy,
            removals,
            removal,
            warn_at_percent,
            invitation,
            concurrent_starts,
            cool_off,
            upkeep,
            publisher,
            dry_run,
        })
    }

    pub(crate) async fn handle(&self, invocation: &Invocation) -> Report {
        // The organization is read once, while every Region reads its members.
        let read = self.read(invocation).map(Rc::new).shared();
        let work = async |detective: &DetectiveRegion| self.reconcile(detective, read.clone(), invocation).await;
        let report = self.regional.run(FUNCTION, invocation, work).await;
        self.publisher.flush();
        // Other messages of a run that goes on may name other Regions.
        let goes_on = invocation.is_of_queue() || report.regions.iter().any(|region| region.continued);
        let is_wrong = report.regions.iter().any(RegionReport::is_of_incomplete_organization);
        if is_wrong || !goes_on {
            self.memory.forget().await;
        }
        report
    }

    async fn read(&self, invocation: &Invocation) -> Read<'_> {
        let policy = self.policy.read(self.regional.config()).await?;
        Ok((self.memory.read(&self.organizations, &policy, invocation).await?, policy))
    }

    async fn reconcile(
        &self,
        detective: &DetectiveRegion,
        read: impl Future<Output = Rc<Read<'_>>>,
        invocation: &Invocation,
    ) -> Result<RegionReport, CallError> {
        let region = detective.region.clone();
        let look = async {
            let found = self.upkeep.graph(detective).await?;
            let members = match &found {
                Found::Graph(graph) | Found::New(graph) => detective::list_members(&detective.client, graph).await?,
                Found::WouldBeNew => BTreeMap::new(),
            };
            Ok((found, members))
        };
        let (read, looked) = join(read, invocation.deadline.call(look)).await;
        let (organization, policy) = read.as_ref().as_ref().map_err(Clone::clone)?;
        let looked = looked.transpose()?;
        let (Some(organization), Some((found, members))) = (organization.as_deref(), looked) else {
            return Ok(RegionReport::out_of_time(region));
        };
        let (graph, created) = match found {
            Found::Graph(graph) => (graph, false),
            Found::New(graph) => (graph, true),
            Found::WouldBeNew => return Ok(RegionReport::without_graph(region)),
        };
        let administrator = graph.administrator();
        if !organization.contains_key(&administrator) {
            // Whatever this list is, it is not the organization.
            let message = format!(
                "Organizations listed {} accounts without {administrator}, the administrator",
                organization.len()
            );
            return Err(CallError::new("ListAccounts", "IncompleteOrganization", &message));
        }
        let drift = self.upkeep.check(detective, &graph, &members, policy.is_restricted()).await;
        let mut result = reconcile::reconcile(administrator, organization, &members, self.removals);
        self.cool_off.delay(&mut result.plan, invocation.now);
        let unconfirmed = self.removal.confirm(&mut result, organization, invocation.now, self.dry_run).await;
        let apply = Apply {
            client: &detective.client,
            graph: &graph,
            invitation: &self.invitation,
            concurrent_starts: self.concurrent_starts,
            now: invocation.now,
            deadline: invocation.deadline,
            dry_run: self.dry_run,
        };
        let outcomes = apply.run(result.plan).await;
        if result.members * 100 >= PLACES * self.warn_at_percent {
            tracing::warn!(%region, members = result.members, member_limit = PLACES,
                "the behavior graph is nearly full: narrow the policy, or say by priority who gets the last places");
        }
        let coverage = coverage(administrator, organization, &outcomes, result.out_of_scope, result.members);
        let now = invocation.now;
        let findings =
            Findings { organization, administrator, members: &members, outcomes: &outcomes, coverage: &coverage, now };
        let stuck = self.publisher.stuck(&findings);
        let told = self.tell(detective, &graph, &findings, invocation).await;
        let stopped = (result.removals_stopped > 0).then(|| CallError::removals_stopped(result.removals_stopped));
        let accounts = AccountReport::of(outcomes);
        let mut report = RegionReport::of_organization(region, graph, coverage, accounts);
        report.graph_created = created;
        report.stuck = stuck;
        let (drift, unchecked) = drift.map_or_else(|error| (Vec::new(), Some(error)), |drift| (drift, None));
        report.drift = drift;
        [unconfirmed, stopped, unchecked, told.err()].into_iter().flatten().for_each(|error| report.fail(error));
        Ok(report)
    }

    /// Publishes what was found. A Region whose work goes on in another invocation is published by that one, and a dry
    /// run changes nothing, reports in buckets among it.
    async fn tell(
        &self,
        detective: &DetectiveRegion,
        graph: &GraphArn,
        findings: &Findings<'_>,
        invocation: &Invocation,
    ) -> Result<(), CallError> {
        if findings.outcomes.values().any(Outcome::is_out_of_time) {
            return Ok(());
        }
        self.publisher.measure(&detective.region, findings);
        if self.dry_run {
            return Ok(());
        }
        let place = Place { region: &detective.region, graph, correlation: &invocation.correlation };
        self.publisher.tell(self.regional.config(), &place, findings).await
    }
}

fn coverage(
    administrator: AccountId,
    organization: &Organization,
    outcomes: &BTreeMap<AccountId, Outcome>,
    out_of_scope: usize,
    members: usize,
) -> Coverage {
    let wanted = organization.iter().filter(|(id, (account, scope))| {
        **id != administrator && account.state == AccountState::Active && matches!(scope, Scope::In { .. })
    });
    let (mut in_scope, mut enabled) = (0, 0);
    for (id, _) in wanted {
        in_scope += 1;
        let outcome = outcomes.get(id);
        enabled += usize::from(matches!(outcome, Some(Outcome::Done { status: MemberStatus::Enabled, .. })));
    }
    let percent = (enabled * 10_000).checked_div(in_scope).unwrap_or(10_000) as f64 / 100.0;
    Coverage { in_scope, enabled, percent, out_of_scope, members, member_limit: PLACES }
}
