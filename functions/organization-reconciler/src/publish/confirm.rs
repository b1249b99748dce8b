//! Whether what is remembered of a Region is what the last run left. The coverage page's data tells, which is under another key: whoever
//! writes one of the two contradicts the other.

use aws_smithy_types::DateTime;
use detective_onboarding::aws::clock;
use detective_onboarding::aws::history_store::{Remembered, StoredHistory};
use detective_onboarding::deadline::Deadline;
use detective_onboarding::model::region::Region;
use futures_util::future::join;

use super::Publisher;
use super::page::{Kept, Note, RegionPart};

impl Publisher {
    /// Another invocation begins.
    pub(crate) async fn begin(&self) {
        self.last_page.forget().await;
    }

    /// What earlier runs left in a Region.
    pub(crate) async fn history(&self, region: &Region, deadline: Deadline) -> StoredHistory {
        let (Some(histories), Some(bucket)) = (&self.histories, &self.settings.bucket) else {
            // Somebody asks before there is a bucket: the first run makes one.
            return if self.observer.is_some() { StoredHistory::first_run() } else { StoredHistory::nowhere() };
        };
        let page = self.last_page.get(&self.config, bucket, deadline);
        let (mut stored, found) = join(histories.read(region, deadline), page).await;
        compare(&mut stored, region, found.as_ref().map(|found| &found.kept), clock::now());
        stored
    }

    /// Keeps for the next run what it needs to know of what is remembered of a Region.
    pub(super) fn note(&self, region: &Region, note: Note) {
        self.new_on_page.borrow_mut().notes.insert(region.to_string(), note);
    }

    /// The same where it was written.
    pub(super) fn note_written(&self, region: &Region, stored: &StoredHistory) {
        self.note(region, Note { state: stored.tag().map(str::to_owned), told: None });
    }
}

/// Compares what is remembered of a Region with what the page, if it can be read, states to have been left. Where it contradicts the page,
/// it is doubted, and who was covered by either was covered. Where it is another document and contradicts nothing, the run that left it
/// may have ended before it had put the page, or is not over yet: only grace periods begin anew.
pub(super) fn compare(stored: &mut StoredHistory, region: &Region, page: Option<&Kept>, now: DateTime) {
    let part = page.and_then(|page| page.parts.get(region.as_str()));
    let note = page.and_then(|page| page.notes.get(region.as_str()));
    stored.told = note.and_then(|note| note.told);
    let is_left = match (note.and_then(|note| note.state.as_deref()), stored.tag()) {
        (Some(left), Some(tag)) => left == tag,
        // S3 gave it no tag.
        (_, None) => true,
        // A page of an earlier version, or none at all, states nothing.
        (None, Some(_)) => page.is_some_and(|page| !page.has_notes),
    };
    let shown = part.map(RegionPart::covered).unwrap_or_default();
    let problem = match &stored.remembered {
        // It stays as it is, and is compared when it can be read.
        Remembered::Nowhere | Remembered::Unread(_) => return,
        Remembered::FirstRun => part.map(|_| "is gone, and the coverage page shows an earlier run"),
        Remembered::Lost(_) => None,
        Remembered::Known(history) if is_left => match history.published {
            Some(_) => return,
            None => None,
        },
        Remembered::Known(history) => {
            let published = history.published.as_ref();
            let contradicts = published.is_none_or(|published| !shown.is_subset(&published.covered));
            let problem =
                "is not what the last run left: somebody else wrote it, or that run ended before it had published all";
            (contradicts && page.is_some()).then_some(problem)
        }
    };
    if let Remembered::Known(history) = &mut stored.remembered
        && !is_left
    {
        tracing::warn!(%region, "what is remembered is not what the coverage page states: grace periods begin anew");
        history.postpone_removals(now);
    }
    stored.covered.extend(shown);
    stored.doubt = problem.map(|problem| format!("state/{region}.json {problem}"));
}
