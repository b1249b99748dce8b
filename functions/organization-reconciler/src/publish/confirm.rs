//! Whether what is remembered of a Region is what the last run left. The coverage page's data tells, which is under another key: whoever
//! writes one of the two contradicts the other.

use detective_onboarding::aws::history_store::{Remembered, StoredHistory};
use detective_onboarding::deadline::Deadline;
use detective_onboarding::model::region::Region;
use futures_util::future::join;

use super::Publisher;
use super::page::{Kept, Note};

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
        if let Some(found) = found {
            compare(&mut stored, region, &found.kept);
        }
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

/// Doubts what is remembered of a Region if it is not what the page states to have been left. Who was covered by either was covered.
pub(super) fn compare(stored: &mut StoredHistory, region: &Region, kept: &Kept) {
    let (part, note) = (kept.parts.get(region.as_str()), kept.notes.get(region.as_str()));
    let left = note.and_then(|note| note.state.as_deref());
    stored.told = note.and_then(|note| note.told);
    let problem = match &stored.remembered {
        // It stays as it is, and is compared when it can be read.
        Remembered::Nowhere | Remembered::Unread(_) => return,
        Remembered::FirstRun => part.map(|_| "is gone, and the coverage page shows an earlier run"),
        Remembered::Known(history) => match (left, stored.tag()) {
            (Some(left), Some(tag)) if left != tag => Some(
                "is not what the last run left: somebody else wrote it, or that run ended before it had published all",
            ),
            _ if history.published.is_some() => return,
            _ => None,
        },
        Remembered::Lost(_) => None,
    };
    stored.covered.extend(part.iter().flat_map(|part| part.covered()));
    stored.doubt = problem.map(|problem| format!("state/{region}.json {problem}"));
}
