//! Regions in which organization-reconciler is silent: nobody else would notice one among many.

use std::cell::RefCell;
use std::collections::BTreeMap;

use aws_smithy_types::DateTime;
use detective_onboarding::aws::alerts::Alerts;
use detective_onboarding::aws::clock;
use detective_onboarding::aws::notice::Notice;
use detective_onboarding::deadline::Deadline;
use detective_onboarding::error::Failure;
use detective_onboarding::lambda::invocation::{Cause, Invocation};
use detective_onboarding::model::region::Region;
use detective_onboarding::model::time::format_time;
use detective_onboarding::plan::cool_off::CoolOff;
use detective_onboarding::report::metric::FunctionMetrics;

const DAY: i64 = 86_400;

/// After how long without a run a Region is silent, in seconds. Runs are a day apart at most, and may take hours.
const SILENT_AFTER: i64 = DAY + 6 * 3600;

/// The last run in each Region.
pub(crate) type LastRuns = RefCell<BTreeMap<Region, LastRun>>;

/// What is known of the last run in a Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LastRun {
    /// When it has finished, in seconds since 1970.
    Finished(i64),
    /// There was none.
    Never,
    /// What it left cannot be read now.
    Unreadable,
}

/// Counts silent Regions, and tells people which they are.
pub(crate) struct Silence {
    metrics: FunctionMetrics,
    alerts: Alerts,
    /// How far runs of this function are apart, in seconds.
    interval: i64,
    dry_run: bool,
}

impl Silence {
    pub(crate) fn new(metrics: FunctionMetrics, alerts: Alerts, interval: i64, dry_run: bool) -> Self {
        Self { metrics, alerts, interval, dry_run }
    }

    /// Writes how many Regions are silent. Once a day, people are told which. A dry run of the reconciler leaves nothing by which it is
    /// known.
    ///
    /// # Errors
    /// People could not be told.
    pub(crate) async fn watch(&self, invocation: &Invocation, last_runs: LastRuns) -> Result<(), Failure> {
        // A continuation is of some Regions alone.
        if matches!(invocation.cause, Cause::Messages(_)) {
            return Ok(());
        }
        let last_runs = last_runs.into_inner();
        // Where no Region could be looked at, it is not known that none is silent.
        if last_runs.is_empty() {
            return Ok(());
        }
        let now = clock::now();
        let is_silent = |last: LastRun| match last {
            LastRun::Finished(at) => now.secs() - at > SILENT_AFTER,
            // Whoever keeps it from being read must not hide that nothing is done there.
            LastRun::Never | LastRun::Unreadable => true,
        };
        let silent: Vec<(Region, LastRun)> =
            last_runs.into_iter().filter(|(_, last)| !self.dry_run && is_silent(*last)).collect();
        self.metrics.count("SilentRegions", silent.len());
        let daily = CoolOff { period: DAY, interval: self.interval };
        let is_due = |last: LastRun| match last {
            LastRun::Finished(at) => daily.is_due(at + SILENT_AFTER - DAY, now),
            LastRun::Never => daily.is_due(0, now),
            // It may be readable in an hour, and is an alarm if it is not for six.
            LastRun::Unreadable => false,
        };
        match silent.iter().any(|(_, last)| is_due(*last)) {
            true => self.tell(&silent, invocation.deadline).await,
            false => Ok(()),
        }
    }

    async fn tell(&self, silent: &[(Region, LastRun)], deadline: Deadline) -> Result<(), Failure> {
        let since = |last: LastRun| match last {
            LastRun::Finished(at) => format!("since {}", format_time(DateTime::from_secs(at))),
            LastRun::Never => "as far as is known".to_owned(),
            LastRun::Unreadable => "what it remembers there cannot be read".to_owned(),
        };
        let regions: Vec<String> = silent.iter().map(|(region, last)| format!("{region} ({})", since(*last))).collect();
        let message = format!(
            "organization-reconciler has finished no run in {}. What changes there is not noticed. See whether its schedule is \
             enabled, and query \"What failed?\" in its log.",
            regions.join(", ")
        );
        tracing::warn!("{message}");
        let title = "Detective coverage alert: no runs in some Region".to_owned();
        self.alerts.notify(&Notice { title, text: message, next_steps: Vec::new() }, deadline).await
    }
}
