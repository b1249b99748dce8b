//! How a local cloud runs things.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;

use crate::lambda::limits::ASYNCHRONOUS_EVENT;

/// How the local cloud runs things.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many invocations run at once at most, as Lambda limits them for an account; it allows 1,000 by default. With more
    /// than one, calls of several functions mix.
    pub concurrency: usize,
    /// How long an invocation may take in real time, if that is shorter than its function's timeout. Without it, an invocation
    /// has many times its timeout: a busy machine is slower than Lambda, and only what hangs is to end.
    pub limit: Option<Duration>,
    /// How many times shorter functions wait before they call AWS again. It is to be 1 where calls are throttled in real time.
    pub waits_divided_by: u32,
    /// How far [`LocalCloud::settle`](crate::LocalCloud::settle) goes in virtual time.
    pub horizon: TimeDelta,
    /// Whether the timeline records which accounts and memberships changed.
    pub watch: bool,
    /// The largest event of an asynchronous invocation, in bytes: Lambda takes 1 MB, and took 256 KB until 2025.
    pub largest_event: usize,
    /// Variables that every function has, whatever the template gives it.
    pub variables: BTreeMap<String, String>,
    /// Cargo's profile that functions are built in; without one, what [`binaries::build`](crate::binaries::build) takes.
    pub profile: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            concurrency: 1,
            limit: None,
            waits_divided_by: 50,
            horizon: TimeDelta::hours(24),
            watch: false,
            largest_event: ASYNCHRONOUS_EVENT,
            variables: BTreeMap::new(),
            profile: None,
        }
    }
}
