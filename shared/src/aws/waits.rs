//! How long to wait before AWS is called again.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::environment::{ConfigError, Environment};

/// The clock of all waits between calls: those of paced calls and those before a call is tried again.
///
/// It goes faster where nobody needs to be spared: an emulated cloud refuses calls for a test's sake, and not because it is busy.
/// How long a call may take, and an invocation, is measured by the machine's own clock.
#[derive(Debug, Clone, Copy)]
pub struct Waits {
    begin: Instant,
    speed: u32,
}

impl Waits {
    /// Reads `WAITS_DIVIDED_BY`: how many times shorter waits are, 1 if it is missing.
    ///
    /// # Errors
    /// It is no whole number from 1 on.
    pub fn of(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        const ONE: std::num::NonZeroU32 = std::num::NonZeroU32::MIN;
        let speed = environment.parsed("WAITS_DIVIDED_BY", ONE, "a whole number from 1 on")?;
        Ok(Self { begin: Instant::now(), speed: speed.get() })
    }

    /// Waits as long as they should be for AWS.
    pub fn whole() -> Self {
        Self { begin: Instant::now(), speed: 1 }
    }

    /// What this clock shows.
    pub(crate) fn now(self) -> Instant {
        self.begin + self.begin.elapsed() * self.speed
    }

    /// Waits until this clock has gone on by `wait`.
    pub(crate) async fn wait(self, wait: Duration) {
        sleep(self.real(wait)).await;
    }

    /// How long `wait` takes by the machine's clock.
    pub(crate) fn real(self, wait: Duration) -> Duration {
        wait / self.speed
    }
}
