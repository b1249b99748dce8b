//! How much time an invocation has.

use std::time::{Duration, Instant, SystemTime};

use lambda_runtime::Context;

/// When an invocation is to stop: from a fifth of its time on before Lambda ends it, but at most a minute, no more work is
/// started; calls that are still under way at half of that are not waited for any longer, and what was done is published until a
/// quarter of it.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    starts_end: Instant,
    calls_end: Instant,
    publishing_ends: Instant,
    all_ends: Instant,
}

impl Deadline {
    pub(crate) fn of(context: &Context) -> Self {
        const MOST: Duration = Duration::from_secs(60);
        let left = context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
        let (end, reserve) = (Instant::now() + left, MOST.min(left / 5));
        Self {
            starts_end: end - reserve,
            calls_end: end - reserve / 2,
            publishing_ends: end - reserve / 4,
            all_ends: end - reserve / 8,
        }
    }

    /// One that does not come while a test runs.
    #[cfg(test)]
    pub(crate) fn never() -> Self {
        let end = Instant::now() + Duration::from_secs(3600);
        Self { starts_end: end, calls_end: end, publishing_ends: end, all_ends: end }
    }

    /// One that comes when half of the time is over: for what is read before the work, which is to have time as well.
    #[must_use]
    pub fn half(self) -> Self {
        let now = Instant::now();
        let half = |end: Instant| now + end.saturating_duration_since(now) / 2;
        Self { starts_end: half(self.starts_end), calls_end: half(self.calls_end), ..self }
    }

    /// Starts a call, or several, and waits for it, but not for long: `None` if it is too late to start it, or if it was
    /// given up. One that was given up may have had its effect: the next run reads what became of it.
    pub async fn call<T>(self, call: impl Future<Output = T>) -> Option<T> {
        if self.has_come() {
            return None;
        }
        tokio::time::timeout_at(self.calls_end.into(), call).await.ok()
    }

    /// The same for a call that has its share of the time, and no more: the work does not depend on it.
    pub async fn share<T>(self, share: Duration, call: impl Future<Output = T>) -> Option<T> {
        self.call(tokio::time::timeout(share, call)).await?.ok()
    }

    /// Publishes what was done, within its share of the time. It has time of its own: work that took until its end is published as
    /// well.
    pub async fn publish<T>(self, share: Duration, call: impl Future<Output = T>) -> Option<T> {
        let end = self.publishing_ends.min(Instant::now() + share);
        tokio::time::timeout_at(end.into(), call).await.ok()
    }

    /// The same for what is published before something else, to which it leaves half of the time that there is.
    pub async fn publish_first<T>(self, share: Duration, call: impl Future<Output = T>) -> Option<T> {
        let left = self.publishing_ends.saturating_duration_since(Instant::now());
        self.publish(share.min(left / 2), call).await
    }

    /// Waits for a read of what calls did, even if it is too late to start others; `None` if it was given up.
    pub async fn readback<T>(self, read: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout_at(self.calls_end.into(), read).await.ok()
    }

    /// Whether no more work is to be started.
    pub fn has_come(self) -> bool {
        Instant::now() >= self.starts_end
    }

    /// Waits for a Region's whole work; `None` if there is no time left even to report what is left.
    pub async fn work<T>(self, work: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout_at(self.all_ends.into(), work).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_in_half_of_the_time_leaves_the_other_half_for_the_work() {
        let deadline = Deadline::never();
        let middle = || {
            let now = Instant::now();
            now + (deadline.starts_end - now) / 2
        };
        let (before, half, after) = (middle(), deadline.half(), middle());
        assert!(before <= half.starts_end && half.starts_end <= after && half.calls_end == half.starts_end);
        assert_eq!((half.publishing_ends, half.all_ends), (deadline.publishing_ends, deadline.all_ends));
    }
}
