//! What is told where coverage cannot be published: a graph that is gone, and accounts that are lost.

use detective_onboarding::aws::clock;
use detective_onboarding::aws::history_store::StoredHistory;
use detective_onboarding::deadline::Deadline;
use detective_onboarding::error::{Failure, OutOfTime};
use detective_onboarding::model::history::{History, Published};

use super::digest;
use super::findings::{Findings, GraphRun};
use super::{BUCKET_SHARE, Publisher};

impl Publisher {
    /// Puts an event on the bus that the graph is gone which the last run worked on, once a day.
    ///
    /// # Errors
    /// It could not be put, or not be remembered.
    pub(crate) async fn publish_gone(
        &self,
        graph_run: &GraphRun<'_>,
        before: &History,
        stored: &mut StoredHistory,
        deadline: Deadline,
    ) -> Result<(), Failure> {
        let mut published = before.published.clone().unwrap_or_default();
        let now = clock::now();
        if digest::was_alerted_lately(published.alerted, now) {
            return Ok(());
        }
        self.alert(graph_run, digest::gone(graph_run.graph, published.covered.len()), deadline).await?;
        published.alerted = Some(now.secs());
        self.remember_alert(graph_run, before, published, stored, deadline).await
    }

    /// Sends an alert that accounts are no longer covered, where nothing else is published: whoever makes the policy select nobody hides
    /// none of them. Each is told once.
    pub(super) async fn publish_lost(
        &self,
        graph_run: &GraphRun<'_>,
        findings: &Findings<'_>,
        stored: &mut StoredHistory,
        deadline: Deadline,
    ) -> Result<(), Failure> {
        if findings.no_longer_covered.is_empty() {
            return Ok(());
        }
        self.alert(graph_run, digest::lost(findings), deadline).await?;
        let before = match stored.remembered.history() {
            Some(before) => before.clone(),
            // What was left is not to be relied upon: it begins anew, with those who are covered.
            None => History::begun(graph_run.graph.clone(), findings.now.secs()),
        };
        let published = Published { covered: findings.covered.clone(), ..before.published.clone().unwrap_or_default() };
        self.remember_alert(graph_run, &before, published, stored, deadline).await
    }

    /// Remembers what an alert was about, and leaves the rest as the last run did.
    async fn remember_alert(
        &self,
        graph_run: &GraphRun<'_>,
        before: &History,
        published: Published,
        stored: &mut StoredHistory,
        deadline: Deadline,
    ) -> Result<(), Failure> {
        let Some(histories) = &self.histories else { return Ok(()) };
        let (time, run) = (clock::now().secs(), graph_run.time.secs());
        let history = History { time, run, published: Some(published), ..before.clone() };
        let write = deadline.publish(BUCKET_SHARE, histories.write(graph_run.region, stored, history)).await;
        if write.ok_or(OutOfTime::Bucket)?? {
            self.note_written(graph_run.region, stored);
        }
        Ok(())
    }
}
