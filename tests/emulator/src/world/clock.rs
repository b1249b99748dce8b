//! The virtual clock. It is stopped until it is advanced, or flows at a multiple of real time.

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

#[derive(Debug)]
pub(crate) struct Clock {
    base: DateTime<Utc>,
    flowing: Option<(Instant, f64)>,
}

impl Clock {
    pub(crate) fn at(start: DateTime<Utc>) -> Self {
        Self { base: start, flowing: None }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        match self.flowing {
            None => self.base,
            Some((since, rate)) => {
                let micros = since.elapsed().as_secs_f64() * rate * 1e6;
                self.base + TimeDelta::microseconds(micros as i64)
            }
        }
    }

    /// Moves to a later time; an earlier one changes nothing.
    pub(crate) fn advance_to(&mut self, at: DateTime<Utc>) {
        if at > self.now() {
            self.base = at;
            self.flowing = self.flowing.map(|(_, rate)| (Instant::now(), rate));
        }
    }

    /// From now on flows at `rate` times real time; stops at 0.
    pub(crate) fn flow(&mut self, rate: f64) {
        self.base = self.now();
        self.flowing = (rate > 0.0).then(|| (Instant::now(), rate));
    }

    /// The multiple of real time at which the clock flows.
    pub(crate) fn rate(&self) -> f64 {
        self.flowing.map_or(0.0, |(_, rate)| rate)
    }
}
