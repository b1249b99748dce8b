//! The rate limiter of one operation in one Region: what is known of the rate that the service takes.

use std::time::Duration;

use tokio::time::Instant;

/// Calls that may be made at once at the start: AWS's published rates of such APIs are five and more.
const FIRST_CALLS: u32 = 5;

/// With so many answers, one more call may be in flight at once, up to the widest window: when the service throttles in the
/// end, it has few calls to throttle.
const ANSWERS_FOR_ONE_MORE: u32 = 3;
const WIDEST_WINDOW: u32 = 64;

/// Calls that make up for waits that took longer than they should: timers are late.
const BURST: f64 = 4.0;

/// The most calls a second that are tried, and the fewest; and the fewest after being throttled for the first time, which
/// shows little of the rate where few calls were answered before.
const FASTEST: f64 = 2_000.0;
const SLOWEST: f64 = 0.5;
const SLOWEST_FIRST: f64 = 4.0;

/// The longest time between two calls that shows anything of the rate: no call waits longer for its turn. In what is longer, there
/// was nothing to do.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What is known of one operation in one Region.
#[derive(Debug)]
pub(super) struct Limiter {
    /// When a call last used it.
    pub(super) used: Instant,
    in_flight: u32,
    /// Since when calls are counted: the start, or the last time that the rate was set.
    since: Instant,
    /// Calls that got through since then.
    answered: u32,
    pace: Option<Pace>,
}

/// A rate that the calls keep to.
#[derive(Debug)]
struct Pace {
    source: Source,
    /// Calls a second, when it was set.
    rate: f64,
    /// Calls that may be made now, and when that was counted.
    tokens: f64,
    counted: Instant,
}

/// Where a rate is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The calls that got through before the service throttled for the first time, or another operation's rate.
    Estimated,
    /// The calls that got through from one throttling to the next.
    Measured,
}

/// Whether a call may be made.
#[derive(Debug, PartialEq)]
pub(super) enum Decision {
    /// It may be made, and counts as in flight.
    Granted,
    /// It is to ask again after this time.
    Wait(Duration),
    /// It is to ask again when another call has ended.
    WaitForAnother,
}

impl Limiter {
    /// A limiter that begins with the rate of another operation of the service, if one is known, or with so many calls of the service
    /// that were answered just before: its operations may share their rate.
    pub(super) fn new(now: Instant, rate: Option<f64>, answered: u32) -> Self {
        let pace = rate.map(|rate| Pace { source: Source::Estimated, rate, tokens: BURST, counted: now });
        Self { used: now, in_flight: 0, since: now, answered, pace }
    }

    /// How many calls were answered in the last second, if that is as long as they are counted.
    pub(super) fn answered_lately(&self, now: Instant) -> u32 {
        if now.duration_since(self.since) < Duration::from_secs(1) { self.answered } else { 0 }
    }

    /// The rate that the service takes, as far as it is known; none before it throttled.
    pub(super) fn rate(&self) -> Option<f64> {
        self.pace.as_ref().map(|pace| pace.rate)
    }

    /// Grants a call its permit, or returns how long it is to wait.
    pub(super) fn acquire(&mut self, now: Instant) -> Decision {
        self.since += now.duration_since(self.used.max(self.since)).saturating_sub(LONGEST_PAUSE);
        self.used = now;
        let (window, seconds) = (self.window(), now.duration_since(self.since).as_secs_f64());
        let decision = match &mut self.pace {
            None if self.in_flight < window => Decision::Granted,
            None => Decision::WaitForAnother,
            Some(pace) => pace.take(now, pace.target_rate(seconds, self.answered)),
        };
        self.in_flight += u32::from(decision == Decision::Granted);
        decision
    }

    /// How many calls may be in flight before the rate is known.
    fn window(&self) -> u32 {
        let first = FIRST_CALLS.saturating_sub(self.answered);
        (self.answered / ANSWERS_FOR_ONE_MORE).max(first).clamp(1, WIDEST_WINDOW)
    }

    /// A call has ended, with an answer or without one.
    pub(super) fn release(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// A call was answered, and not throttled.
    pub(super) fn answered(&mut self) {
        self.answered += 1;
    }

    /// A call was throttled.
    pub(super) fn throttled(&mut self, now: Instant) {
        let (seconds, got_through) = (now.duration_since(self.since).as_secs_f64(), f64::from(self.answered));
        let (source, rate) = match self.pace.as_ref().map(|pace| pace.source) {
            // Services let through a second's calls at once, and that rate afterwards.
            None => (Source::Estimated, (got_through / (seconds + 1.0)).max(SLOWEST_FIRST)),
            // Calls that were in flight when the rate was set show nothing of it.
            Some(Source::Estimated) if seconds < 0.5 => return,
            Some(Source::Measured) if seconds < 1.0 => return,
            Some(_) => (Source::Measured, (got_through / seconds * 0.95).max(SLOWEST)),
        };
        self.pace = Some(Pace { source, rate, tokens: 0.0, counted: now });
        (self.since, self.answered) = (now, 0);
    }
}

impl Pace {
    /// The rate that is tried after so many seconds and answers: a little more from time to time, as long as the service takes it.
    fn target_rate(&self, seconds: f64, answered: u32) -> f64 {
        let by_time = 0.01 * seconds + 0.004 * seconds.powi(3);
        let more = match self.source {
            Source::Estimated => by_time,
            Source::Measured => by_time.min(0.003 * seconds + 0.000_05 * f64::from(answered).powi(2)),
        };
        (self.rate * (1.0 + more)).min(FASTEST)
    }

    fn take(&mut self, now: Instant, rate: f64) -> Decision {
        let seconds = now.duration_since(self.counted).as_secs_f64();
        self.tokens = BURST.min(self.tokens + seconds * rate);
        self.counted = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Decision::Granted;
        }
        Decision::Wait(Duration::from_secs_f64((1.0 - self.tokens) / rate))
    }
}
