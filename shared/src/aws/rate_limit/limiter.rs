//! What is known of the rate at which one operation in one Region is taken.

use std::time::Duration;

use tokio::time::Instant;

/// Calls that may be under way at once at the start. With every answer it is one more, up to the most.
const FIRST_WINDOW: u32 = 8;
const WIDEST_WINDOW: u32 = 64;

/// Calls that make up for waits that took longer than they should: timers are late.
const BURST: f64 = 4.0;

/// The most calls a second that are tried, and the least; and the least after being throttled for the first time, which
/// says little of the rate where few calls were answered before.
const FASTEST: f64 = 2_000.0;
const SLOWEST: f64 = 0.5;
const SLOWEST_FIRST: f64 = 4.0;

/// In how many seconds a guessed rate is doubled.
const DOUBLING: f64 = 0.3;

/// What is known of one operation in one Region.
#[derive(Debug)]
pub(super) struct Lane {
    /// When a call last used it.
    pub(super) used: Instant,
    under_way: u32,
    window: u32,
    /// Since when calls are counted: the start, or the last time that the rate was set.
    since: Instant,
    /// Calls that got through since then.
    answered: u32,
    pace: Option<Pace>,
}

/// A rate that the calls of a lane keep to.
#[derive(Debug)]
struct Pace {
    known: Known,
    /// Calls a second, when it was set.
    rate: f64,
    /// Calls that may be made now, and when that was counted.
    tokens: f64,
    counted: Instant,
}

/// Where a rate is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Another lane has it.
    Guessed,
    /// The calls that got through before the service throttled for the first time.
    Estimated,
    /// The calls that got through from one throttling to the next.
    Measured,
}

/// Whether a call may be made.
#[derive(Debug, PartialEq)]
pub(super) enum Entry {
    /// It is made, and counts as under way.
    Now,
    /// It is to ask again after this time.
    In(Duration),
    /// It is to ask again when a call has left.
    AfterAnother,
}

impl Lane {
    /// A lane with the rate of another one as a first guess, if one is known. Calls of the same service that were answered
    /// just before count, because its operations may share their rate.
    pub(super) fn new(now: Instant, guess: Option<f64>, answered: u32) -> Self {
        let pace = guess.map(|rate| Pace { known: Known::Guessed, rate, tokens: BURST, counted: now });
        Self { used: now, under_way: 0, window: FIRST_WINDOW, since: now, answered, pace }
    }

    /// How many calls were answered in the last second, if that is as long as they are counted.
    pub(super) fn answered_lately(&self, now: Instant) -> u32 {
        if now.duration_since(self.since) < Duration::from_secs(1) { self.answered } else { 0 }
    }

    /// The rate that the service was found to take; none before it throttled.
    pub(super) fn rate(&self, now: Instant) -> Option<f64> {
        self.pace.as_ref().filter(|pace| pace.known != Known::Guessed)?;
        Some(self.wanted(now))
    }

    /// Lets a call in, or says how long it is to wait.
    pub(super) fn enter(&mut self, now: Instant) -> Entry {
        self.used = now;
        let wanted = self.wanted(now);
        let entry = match &mut self.pace {
            None if self.under_way < self.window => Entry::Now,
            None => Entry::AfterAnother,
            // Calls one after another, as those for pages, wait for each other's answers.
            Some(pace) if pace.known == Known::Guessed && self.under_way == 0 => Entry::Now,
            Some(pace) => pace.take(now, wanted),
        };
        self.under_way += u32::from(entry == Entry::Now);
        entry
    }

    /// A call has left, with an answer or without one.
    pub(super) fn leave(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// A call was answered, and not throttled.
    pub(super) fn answered(&mut self) {
        self.answered += 1;
        self.window = WIDEST_WINDOW.min(self.window + 1);
    }

    /// A call was throttled.
    pub(super) fn throttled(&mut self, now: Instant) {
        let (seconds, got_through) = (now.duration_since(self.since).as_secs_f64(), f64::from(self.answered));
        let (known, rate) = match self.pace.as_ref().map(|pace| pace.known) {
            // Services let through a second's calls at once, and that rate afterwards.
            None | Some(Known::Guessed) => (Known::Estimated, (got_through / (seconds + 1.0)).max(SLOWEST_FIRST)),
            // Calls that were under way when the rate was set say nothing of it.
            Some(Known::Estimated) if seconds < 0.5 => return,
            Some(Known::Measured) if seconds < 1.0 => return,
            Some(_) => (Known::Measured, (got_through / seconds * 0.95).max(SLOWEST)),
        };
        self.pace = Some(Pace { known, rate, tokens: 0.0, counted: now });
        (self.since, self.answered) = (now, 0);
    }

    /// The rate that is tried now: a little more from time to time, as long as the service takes it.
    fn wanted(&self, now: Instant) -> f64 {
        let Some(pace) = &self.pace else { return FASTEST };
        let seconds = now.duration_since(self.since).as_secs_f64();
        let by_time = 0.01 * seconds + 0.005 * seconds * seconds;
        let answered = f64::from(self.answered);
        let factor = match pace.known {
            Known::Guessed => 2_f64.powf(seconds / DOUBLING),
            Known::Estimated => 1.0 + by_time,
            Known::Measured => 1.0 + by_time.min(0.003 * seconds + 0.000_05 * answered * answered),
        };
        (pace.rate * factor).min(FASTEST)
    }
}

impl Pace {
    fn take(&mut self, now: Instant, rate: f64) -> Entry {
        let seconds = now.duration_since(self.counted).as_secs_f64();
        self.tokens = BURST.min(self.tokens + seconds * rate);
        self.counted = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Entry::Now;
        }
        Entry::In(Duration::from_secs_f64((1.0 - self.tokens) / rate))
    }
}
