//! The log lines of a report: an account at a time for those that are listed, but for those that needed nothing, and the
//! others together.

use tracing::Span;

use crate::error::cut;
use crate::model::region::Region;
use crate::plan::held::Held;
use crate::report::Report;
use crate::report::group::MAX_MESSAGE;
use crate::report::outcome::{AccountReport, Action, Outcome};
use crate::report::region::{GraphState, RegionReport};
use crate::report::totals::Totals;

impl Report {
    /// Logs what happened. The lines of a continued run have that run's correlation id.
    pub fn log(&self, request_id: &str) {
        if self.dry_run {
            tracing::warn!("dry run: nothing is changed, and accounts are planned, until DryRun (DRY_RUN) is false");
        }
        if let Some(failure) = &self.error {
            tracing::error!(aws.operation = failure.operation(), failure.code = %failure.code(), "run failed: {}", failure.message());
        }
        for region in &self.regions {
            let span = region.correlation.as_ref().map_or_else(Span::current, |correlation| {
                tracing::info_span!("run", correlation.id = correlation, request.id = request_id)
            });
            span.in_scope(|| region.log());
        }
        let Totals { done, planned, excluded, waiting, blocked, failed, known_failures, failed_regions } = self.totals;
        tracing::info!(
            done,
            planned,
            excluded,
            waiting,
            blocked,
            failed,
            known_failures,
            failed_regions,
            "run finished"
        );
    }
}

impl RegionReport {
    fn log(&self) {
        if let Some(failure) = &self.error {
            tracing::error!(region = %self.region, aws.operation = failure.operation(), failure.code = %failure.code(),
                "Region failed: {}", failure.message());
        }
        match self.graph {
            GraphState::Existing => {}
            GraphState::Created => tracing::warn!(region = %self.region, "a behavior graph was created"),
            GraphState::WouldBeCreated => tracing::info!(region = %self.region, "a behavior graph would be created"),
            GraphState::Missing => tracing::warn!(region = %self.region, "the Region has no behavior graph"),
        }
        for drift in &self.drift {
            tracing::warn!(region = %self.region, kind = ?drift.kind, correction = ?drift.correction, "drift: {}", drift.message);
        }
        for warning in &self.warnings {
            tracing::warn!(region = %self.region, "{warning}");
        }
        if self.continued {
            tracing::info!(region = %self.region, "time is up: another invocation continues");
        }
        for account in &self.accounts {
            account.log(&self.region);
        }
        self.groups.log(&self.region);
        self.lists.log(&self.region);
        if let Some(coverage) = &self.coverage {
            coverage.log(&self.region);
        }
    }
}

impl AccountReport {
    fn log(&self, region: &Region) {
        let id = self.account_id;
        let administrator = self.administrator_id.map(tracing::field::display);
        match &self.outcome {
            Outcome::Done { action: Action::None, status } => {
                tracing::debug!(account.id = %id, %region, member.status = %status, "nothing to do");
            }
            Outcome::Done { action, status } => {
                tracing::info!(account.id = %id, administrator.id = administrator, %region, member.status = %status,
                    ?action, "account changed");
            }
            Outcome::Removed => {
                tracing::info!(account.id = %id, %region, "account removed");
            }
            Outcome::Planned { action } => {
                tracing::info!(account.id = %id, administrator.id = administrator, %region, ?action, "account would be changed");
            }
            Outcome::Held(Held { reason, message }) => {
                tracing::warn!(account.id = %id, administrator.id = administrator, %region, %reason,
                    "account {}: {}", reason.outcome(), cut(message, MAX_MESSAGE));
            }
            Outcome::Failed { failure, .. } => {
                tracing::error!(account.id = %id, administrator.id = administrator, %region,
                    aws.operation = failure.operation(), failure.code = %failure.code(), known.since = self.known_since,
                    "account failed: {}", failure.message());
            }
        }
    }
}
