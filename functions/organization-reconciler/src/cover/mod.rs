//! Brings one graph to what it should be: plans, applies, and publishes.

mod apply;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use crate::graph_settings::Graphs;
use crate::publish::Publisher;
use crate::publish::findings::{Findings, GraphRun, Unread};
use crate::publish::observer::Observer;
use crate::publish::remember::{contradiction, covered, warning};
use crate::removal_confirmation::{Removal, RunContext};
use aws_config::SdkConfig;
use detective_onboarding::aws::clock;
use detective_onboarding::aws::detective::InvitationOptions;
use detective_onboarding::aws::detective_region::DetectiveRegion;
use detective_onboarding::aws::history_store::StoredHistory;
use detective_onboarding::aws::removal_record::Begun;
use detective_onboarding::config;
use detective_onboarding::deadline::Deadline;
use detective_onboarding::environment::{ConfigError, Environment};
use detective_onboarding::error::{Failure, OutOfTime};
use detective_onboarding::lambda::run::Run;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::graph::GraphArn;
use detective_onboarding::model::history::History;
use detective_onboarding::model::member::Member;
use detective_onboarding::model::region::Region;
use detective_onboarding::plan::cool_off::CoolOff;
use detective_onboarding::report::coverage::{coverage, stuck, waiting};
use detective_onboarding::report::outcome::{AccountReport, Outcome};
use detective_onboarding::report::region::RegionReport;
use futures_util::future::join;

/// How graphs are brought to what they should be.
pub(crate) struct Coverer {
    pub(crate) graphs: Graphs,
    pub(crate) publisher: Publisher,
    pub(crate) dry_run: bool,
    removal: Removal,
    invitation: InvitationOptions,
    concurrent_starts: NonZeroUsize,
    cool_off: CoolOff,
    reinvites: bool,
    stuck_after: i64,
    warn_at_percent: usize,
}

/// What was observed in a Region before anything is done.
pub(crate) struct Observed {
    /// The graph; `None` in a dry run if there would be a new one.
    pub(crate) graph: Option<GraphArn>,
    pub(crate) members: BTreeMap<AccountId, Member>,
    /// What earlier runs left.
    pub(crate) stored: StoredHistory,
    /// Why the administrator is soon none, or is none.
    pub(crate) unusable: Option<Failure>,
}

/// What applying a graph's plan did.
struct Applied {
    outcomes: BTreeMap<AccountId, Outcome>,
    /// Accounts that the policy leaves out, and that are no members.
    out_of_scope: usize,
    /// Why members are not removed that should not be members.
    unremoved: Option<Failure>,
    /// Why it is not known who was removed in the last day, as a sentence.
    lost: Option<String>,
    /// Whether the record of removals is begun; or why it is not.
    begun: Result<Begun, Failure>,
}

impl Coverer {
    pub(crate) fn new(
        environment: &Environment<'_>,
        config: &SdkConfig,
        organizations: aws_sdk_organizations::Client,
        observer: Option<Observer>,
    ) -> Result<Self, ConfigError> {
        let dry_run = config::dry_run(environment)?;
        let publishing = config::publishing(environment)?;
        Ok(Self {
            graphs: Graphs { settings: config::graph_settings(environment)?, dry_run },
            publisher: Publisher::new(publishing.clone(), config.clone(), observer)?,
            dry_run,
            removal: Removal::new(environment, config, organizations, publishing.bucket)?,
            invitation: config::invitation(environment)?,
            concurrent_starts: config::concurrent_starts(environment)?,
            cool_off: config::cool_off(environment)?,
            reinvites: config::reinvites(environment)?,
            stuck_after: config::stuck_after(environment)?,
            warn_at_percent: config::warn_at_percent(environment)?,
        })
    }

    /// Brings a graph to what it should be. Without a graph, in a dry run, it reports what would be done in a new one.
    pub(crate) async fn cover(
        &self,
        detective: &DetectiveRegion,
        mut observed: Observed,
        context: &RunContext<'_>,
        run: &Run,
        deadline: Deadline,
    ) -> RegionReport {
        let (region, now) = (detective.region.clone(), clock::now());
        let RunContext { organization, administrator, .. } = *context;
        let before = observed.stored.remembered.history();
        let contradiction = before.and_then(|before| contradiction(before, &observed.members));
        observed.stored.distrust_if(contradiction);
        let check = async {
            let Some(graph) = &observed.graph else { return Ok(Vec::new()) };
            let check = self.graphs.check(detective, graph, &observed.members, context.leaves_out());
            match deadline.call(check).await {
                Some(drift) => drift.map_err(Failure::from),
                None => Err(OutOfTime::Settings.into()),
            }
        };
        let (drift, applied) = join(check, self.apply(detective, &observed, context, run, deadline)).await;
        let Some(Applied { outcomes, out_of_scope, unremoved, lost, begun }) = applied else {
            let mut report = RegionReport::out_of_time(region);
            report.drift = drift.unwrap_or_default();
            return report;
        };
        let Observed { graph, members, mut stored, unusable } = observed;
        let history = stored.remembered.history();
        let mut coverage = coverage(administrator, organization, &members, &outcomes, out_of_scope);
        coverage.incomplete = context.include_is_complete().is_err();
        coverage.warn_if_nearly_full(&region, self.warn_at_percent);
        let waiting = waiting(&members, &outcomes, history, now);
        let stuck = stuck(&waiting, self.stuck_after);
        let covered = covered(&members, &outcomes);
        let no_longer_covered = stored.no_longer_covered(&covered);
        let unread = Unread::of(&stored).filter(|_| lost.is_none());
        let warning = warning(unusable.as_ref(), &stored.remembered, graph.as_ref(), now);
        let warning = warning.into_iter().chain(lost).reduce(|one, other| format!("{one}; {other}"));
        let is_partial = matches!(unremoved, Some(Failure::IncompleteOrganization(_) | Failure::NobodyInScope(_)));
        let findings = Findings {
            organization,
            administrator,
            members: &members,
            outcomes: &outcomes,
            coverage: &coverage,
            covered: &covered,
            warning: warning.as_deref(),
            unread,
            waiting: &waiting,
            stuck: &stuck,
            no_longer_covered: &no_longer_covered,
            failures: context.failures,
            removals_begun: matches!(begun, Ok(Begun::Yes | Begun::Now)),
            is_partial,
            now,
        };
        self.publisher.observe(&region, &findings);
        let published = self.publish(detective, graph.as_ref(), &findings, &mut stored, run, deadline).await;
        let coverage = (!is_partial).then_some(coverage);
        let mut report = RegionReport::of_organization(region, graph, coverage, AccountReport::of(outcomes));
        report.lists.stuck = stuck;
        report.lists.no_longer_covered = no_longer_covered;
        let (drift, unchecked) = drift.map_or_else(|error| (Vec::new(), Some(error)), |drift| (drift, None));
        report.drift = drift;
        report.warnings = context.gaps.warnings().into_iter().chain(warning).collect();
        [unusable, unremoved, begun.err(), unchecked, published.err()]
            .into_iter()
            .flatten()
            .for_each(|failure| report.fail(failure));
        report
    }

    /// Reports that the graph which the last run worked on is gone.
    pub(crate) async fn report_gone(
        &self,
        region: &Region,
        before: History,
        mut stored: StoredHistory,
        run: &Run,
        deadline: Deadline,
    ) -> RegionReport {
        let graph_run = GraphRun { region, graph: &before.graph, correlation: &run.correlation, time: run.time() };
        let mut alerted = Ok(());
        if !self.dry_run {
            alerted = self.publisher.publish_gone(&graph_run, &before, &mut stored, deadline).await;
        }
        let mut report = RegionReport::failed(region.clone(), Failure::BehaviorGraphGone(region.clone(), before.graph));
        report.warnings.extend(alerted.err().map(|failure| format!("the alert could not be sent: {failure}")));
        report
    }

    /// Publishes what was observed. A Region whose work continues in another invocation is published by that one, and a dry
    /// run changes nothing, reports in buckets among it.
    async fn publish(
        &self,
        detective: &DetectiveRegion,
        graph: Option<&GraphArn>,
        findings: &Findings<'_>,
        stored: &mut StoredHistory,
        run: &Run,
        deadline: Deadline,
    ) -> Result<(), Failure> {
        if findings.outcomes.values().any(Outcome::is_out_of_time) {
            return Ok(());
        }
        if !findings.is_partial {
            self.publisher.record(&detective.region, findings);
        }
        let Some(graph) = graph.filter(|_| !self.dry_run) else { return Ok(()) };
        let graph_run = GraphRun { region: &detective.region, graph, correlation: &run.correlation, time: run.time() };
        self.publisher.publish(&graph_run, findings, stored, deadline).await
    }
}
