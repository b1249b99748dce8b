//! The lower bound on the time of calls under a rate limit and a latency, whoever makes them.

/// A rate limit and a latency. A second's calls may come at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    pub(crate) latency_ms: u64,
    /// Calls a second.
    pub(crate) rate: u32,
}

impl Limits {
    fn latency(self) -> f64 {
        self.latency_ms as f64 / 1000.0
    }

    /// The seconds that `count` calls take at least if each needs the response of the one before, such as pages.
    pub(crate) fn in_turn(self, count: usize) -> f64 {
        (count as f64 * self.latency()).max(self.at_once(count))
    }

    /// The seconds that `count` calls take at least if none needs another one's response.
    pub(crate) fn at_once(self, count: usize) -> f64 {
        let (count, rate) = (count as f64, f64::from(self.rate));
        ((count - rate) / rate).max(0.0) + self.latency()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_limit_that_matters_pages_take_their_latency_each() {
        let limits = Limits { latency_ms: 100, rate: 100 };
        assert!((limits.in_turn(7) - 0.7).abs() < 1e-9);
        assert!((limits.at_once(100) - 0.1).abs() < 1e-9);
    }

    #[test]
    fn calls_beyond_the_first_seconds_wait_for_the_rate() {
        let limits = Limits { latency_ms: 20, rate: 5 };
        assert!((limits.at_once(1200) - (1195.0 / 5.0 + 0.02)).abs() < 1e-9);
        assert!((limits.in_turn(65) - (60.0 / 5.0 + 0.02)).abs() < 1e-9);
    }
}
