//! Reads all members in every Region, and starts those that Detective accepted and does not monitor.

use std::num::NonZeroUsize;

use detective_onboarding::apply::Apply;
use detective_onboarding::aws::alerts::Alerts;
use detective_onboarding::aws::detective::InvitationOptions;
use detective_onboarding::aws::detective_region::DetectiveRegion;
use detective_onboarding::aws::history_store::HistoryStore;
use detective_onboarding::aws::{clock, settings};
use detective_onboarding::config;
use detective_onboarding::deadline::Deadline;
use detective_onboarding::environment::{ConfigError, Environment};
use detective_onboarding::error::Failure;
use detective_onboarding::events::cloudtrail::SOURCE;
use detective_onboarding::lambda::invocation::Invocation;
use detective_onboarding::lambda::regions::CoveredRegions;
use detective_onboarding::lambda::run::Run;
use detective_onboarding::plan::cool_off::CoolOff;
use detective_onboarding::plan::monitor::restart;
use detective_onboarding::report::Report;
use detective_onboarding::report::coverage::{stuck, waiting};
use detective_onboarding::report::metric::FunctionMetrics;
use detective_onboarding::report::outcome::AccountReport;
use detective_onboarding::report::region::RegionReport;
use futures_util::future::join;

use crate::silence::{LastRun, LastRuns, Silence};

const FUNCTION: &str = "member-monitor";

/// What the function works with.
pub(crate) struct Monitor {
    regions: CoveredRegions,
    concurrent_starts: NonZeroUsize,
    invitation: InvitationOptions,
    cool_off: CoolOff,
    stuck_after: i64,
    /// What organization-reconciler remembers: since when members are not covered.
    histories: Option<HistoryStore>,
    silence: Silence,
    dry_run: bool,
}

impl Monitor {
    pub(crate) fn new(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let concurrent_starts = config::concurrent_starts(environment)?;
        let cool_off = config::cool_off(environment)?;
        let stuck_after = config::stuck_after(environment)?;
        let dry_run = config::dry_run(environment)?;
        let config = settings::sdk_config(environment)?;
        let bucket = config::state_bucket(environment)?;
        let histories = bucket.clone().map(|bucket| HistoryStore::new(config.clone(), bucket));
        let alerts = Alerts::new(config.clone(), SOURCE, config::alert_targets(environment));
        let silence = Silence::new(FunctionMetrics::new(environment), alerts, cool_off.interval, dry_run);
        let regions = CoveredRegions::new(config, environment)?;
        let regions = regions.remembering_failures(FUNCTION, bucket.filter(|_| !dry_run));
        Ok(Self {
            regions,
            concurrent_starts,
            invitation: InvitationOptions::default(),
            cool_off,
            stuck_after,
            histories,
            silence,
            dry_run,
        })
    }

    pub(crate) async fn handle(&self, invocation: &Invocation) -> Report {
        let last_runs = LastRuns::default();
        let work = async |detective: &DetectiveRegion, run: &Run| {
            self.monitor(detective, run, &last_runs, invocation.deadline).await
        };
        let mut report = self.regions.run(FUNCTION, invocation, work).await;
        if let Err(failure) = self.silence.watch(invocation, last_runs).await {
            report.warning = Some(format!("nobody could be told that organization-reconciler is silent: {failure}"));
        }
        report
    }

    async fn monitor(
        &self,
        detective: &DetectiveRegion,
        run: &Run,
        last_runs: &LastRuns,
        deadline: Deadline,
    ) -> Result<RegionReport, Failure> {
        let history = async {
            match &self.histories {
                Some(histories) => histories.known(&detective.region, deadline).await,
                None => Ok(None),
            }
        };
        let (members, history) = join(detective.members(deadline), history).await;
        let has_no_graph = detective.is_optional && matches!(members, Err(Failure::NoBehaviorGraph(_)));
        if self.histories.is_some() && !has_no_graph {
            let last = match &history {
                Ok(Some(history)) => LastRun::Finished(history.time),
                Ok(None) => LastRun::Never,
                Err(_) => LastRun::Unreadable,
            };
            last_runs.borrow_mut().insert(detective.region.clone(), last);
        }
        let Some((graph, members)) = members? else {
            return Ok(RegionReport::out_of_time(detective.region.clone()));
        };
        run.check_time()?;
        let now = clock::now();
        // By the schedule's time, which is as far from the run before as the schedule has it: each period has one try.
        let plan = restart(members.values(), run.time(), self.cool_off);
        let apply = Apply {
            client: &detective.client,
            graph: &graph,
            invitation: &self.invitation,
            concurrent_starts: self.concurrent_starts,
            now,
            deadline,
            dry_run: self.dry_run,
        };
        let outcomes = apply.run(plan).await;
        let (history, unread) = history.map_or_else(|problem| (None, Some(problem)), |history| (history, None));
        let stuck = stuck(&waiting(&members, &outcomes, history.as_ref(), now), self.stuck_after);
        let accounts = AccountReport::of(outcomes);
        let mut report = RegionReport::new(detective.region.clone(), Some(graph), accounts).shortened();
        report.lists.stuck = stuck;
        let warning =
            |problem| format!("what organization-reconciler remembers of the Region cannot be read: {problem}");
        report.warnings.extend(unread.map(warning));
        Ok(report)
    }
}
