//! The rate limiter of one operation in one Region: what is known of the rate that the service takes.

use std::time::Duration;

use tokio::time::Instant;

/// Calls that may be in flight at once at the start. With every answer it is one more, up to the widest window.
const FIRST_WINDOW: u32 = 8;
const WIDEST_WINDOW: u32 = 64;

/// Calls that make up for waits that took longer than they should: timers are late.
const BURST: f64 = 4.0;

/// The most calls a second that are tried, and the fewest; and the fewest after being throttled for the first time, which
/// shows little of the rate where few calls were answered before.
const FASTEST: f64 = 2_000.0;
const SLOWEST: f64 = 0.5;
const SLOWEST_FIRST: f64 = 4.0;

/// The calls at once and the calls a second that a gentle limiter begins with. AWS's published rates of such APIs are five and more.
const GENTLE_BURST: f64 = 5.0;
const GENTLE_RATE: f64 = 4.8;

/// In how many seconds a guessed rate is doubled.
const DOUBLING: f64 = 0.3;

/// What is known of one operation in one Region.
#[derive(Debug)]
pub(super) struct Limiter {
    /// When a call last used it.
    pub(super) used: Instant,
    in_flight: u32,
    window: u32,
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
    /// Calls that may be made at once at most.
    burst: f64,
    /// Calls that may be made now, and when that was counted.
    tokens: f64,
    counted: Instant,
}

/// Where a rate is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// Another limiter has it.
    Guessed,
    /// The calls that got through before the service throttled for the first time.
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
    /// A limiter with the rate of another one as a first guess, if one is known. Calls of the same service that were answered
    /// just before count, because its operations may share their rate.
    pub(super) fn new(now: Instant, guess: Option<f64>, answered: u32) -> Self {
        let pace = guess.map(|rate| Pace { source: Source::Guessed, rate, burst: BURST, tokens: BURST, counted: now });
        Self { used: now, in_flight: 0, window: FIRST_WINDOW, since: now, answered, pace }
    }

    /// A limiter that keeps to a low rate from the first call on, and tries more from time to time.
    pub(super) fn gentle(now: Instant) -> Self {
        let (rate, burst) = (GENTLE_RATE, GENTLE_BURST);
        let pace = Pace { source: Source::Estimated, rate, burst, tokens: burst, counted: now };
        Self { pace: Some(pace), ..Self::new(now, None, 0) }
    }

    /// How many calls were answered in the last second, if that is as long as they are counted.
    pub(super) fn answered_lately(&self, now: Instant) -> u32 {
        if now.duration_since(self.since) < Duration::from_secs(1) { self.answered } else { 0 }
    }

    /// The rate that the service takes, as far as it is known; none before it throttled.
    pub(super) fn rate(&self, now: Instant) -> Option<f64> {
        self.pace.as_ref().filter(|pace| pace.source != Source::Guessed)?;
        Some(self.target_rate(now))
    }

    /// Grants a call its permit, or returns how long it is to wait.
    pub(super) fn acquire(&mut self, now: Instant) -> Decision {
        self.used = now;
        let target_rate = self.target_rate(now);
        let decision = match &mut self.pace {
            None if self.in_flight < self.window => Decision::Granted,
            None => Decision::WaitForAnother,
            // Calls one after another, as those for pages, wait for each other's answers.
            Some(pace) if pace.source == Source::Guessed && self.in_flight == 0 => Decision::Granted,
            Some(pace) => pace.take(now, target_rate),
        };
        self.in_flight += u32::from(decision == Decision::Granted);
        decision
    }

    /// A call has ended, with an answer or without one.
    pub(super) fn release(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// A call was answered, and not throttled.
    pub(super) fn answered(&mut self) {
        self.answered += 1;
        self.window = WIDEST_WINDOW.min(self.window + 1);
    }

    /// A call was throttled.
    pub(super) fn throttled(&mut self, now: Instant) {
        let (seconds, got_through) = (now.duration_since(self.since).as_secs_f64(), f64::from(self.answered));
        let (source, rate) = match self.pace.as_ref().map(|pace| pace.source) {
            // Services let through a second's calls at once, and that rate afterwards.
            None | Some(Source::Guessed) => (Source::Estimated, (got_through / (seconds + 1.0)).max(SLOWEST_FIRST)),
            // Calls that were in flight when the rate was set show nothing of it.
            Some(Source::Estimated) if seconds < 0.5 => return,
            Some(Source::Measured) if seconds < 1.0 => return,
            Some(_) => (Source::Measured, (got_through / seconds * 0.95).max(SLOWEST)),
        };
        self.pace = Some(Pace { source, rate, burst: BURST, tokens: 0.0, counted: now });
        (self.since, self.answered) = (now, 0);
    }

    /// The rate that is tried now: a little more from time to time, as long as the service takes it.
    fn target_rate(&self, now: Instant) -> f64 {
        let Some(pace) = &self.pace else { return FASTEST };
        let seconds = now.duration_since(self.since).as_secs_f64();
        let by_time = 0.01 * seconds + 0.005 * seconds * seconds;
        let answered = f64::from(self.answered);
        let factor = match pace.source {
            Source::Guessed => 2_f64.powf(seconds / DOUBLING),
            Source::Estimated => 1.0 + by_time,
            Source::Measured => 1.0 + by_time.min(0.003 * seconds + 0.000_05 * answered * answered),
        };
        (pace.rate * factor).min(FASTEST)
    }
}

impl Pace {
    fn take(&mut self, now: Instant, rate: f64) -> Decision {
        let seconds = now.duration_since(self.counted).as_secs_f64();
        self.tokens = self.burst.min(self.tokens + seconds * rate);
        self.counted = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Decision::Granted;
        }
        Decision::Wait(Duration::from_secs_f64((1.0 - self.tokens) / rate))
    }
}
