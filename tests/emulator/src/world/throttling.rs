//! The token buckets of throttling faults.

use std::time::Instant;

use chrono::{DateTime, Utc};

use crate::world::fault::Throttle;

/// A token bucket for each account and Region.
#[derive(Debug, Default)]
pub(crate) struct Buckets(Vec<((String, String), Bucket)>);

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: DateTime<Utc>,
    filled_real: Instant,
}

impl Buckets {
    /// Takes a token. Gives whether there was one.
    pub(crate) fn take(&mut self, key: (String, String), throttle: &Throttle, now: DateTime<Utc>) -> bool {
        let buckets = &mut self.0;
        let index = buckets.iter().position(|(found, _)| *found == key).unwrap_or_else(|| {
            buckets.push((key, Bucket { tokens: throttle.burst, filled: now, filled_real: Instant::now() }));
            buckets.len() - 1
        });
        let bucket = &mut buckets[index].1;
        let seconds = if throttle.real_time {
            bucket.filled_real.elapsed().as_secs_f64()
        } else {
            (now - bucket.filled).num_microseconds().unwrap_or(i64::MAX) as f64 / 1e6
        };
        bucket.tokens = (bucket.tokens + seconds * throttle.rate).min(throttle.burst);
        bucket.filled = now;
        bucket.filled_real = Instant::now();
        if bucket.tokens < 1.0 {
            return false;
        }
        bucket.tokens -= 1.0;
        true
    }
}
