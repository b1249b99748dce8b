//! Faults: calls that go wrong on purpose.

use std::time::Instant;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::resources::span::Span;

/// A rule that makes some calls go wrong. What is not said matches everything; the first rule that applies decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// The service's signing name, such as `detective`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The calling account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The Region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// From which matching call on it applies; the first is 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_call: Option<u64>,
    /// To how many calls it applies; without it, to all that follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// To which share of calls it applies, from 0 to 1; drawn by the scenario's seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// What goes wrong.
    pub effect: Effect,
}

impl Fault {
    /// Every call of an operation goes wrong, whoever makes it.
    pub fn on(operation: &str, effect: Effect) -> Self {
        Self {
            service: None,
            operation: Some(operation.to_owned()),
            account: None,
            region: None,
            from_call: None,
            times: None,
            probability: None,
            effect,
        }
    }
}

/// The delay of an answer that is held back until [`Cloud::release`](crate::Cloud::release).
pub const HELD: u64 = u64::MAX;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Effect {
    /// The call answers an error and has no effect.
    Error(ErrorEffect),
    /// Calls beyond a rate answer a throttling error.
    Throttle(Throttle),
    /// The connection is closed without an answer.
    Reset(AfterEffect),
    /// The answer comes late, in real milliseconds; [`HELD`] holds it back until it is let go.
    DelayMs(u64),
    /// What the call writes to a graph's members is seen by reads only after this long, in virtual time.
    VisibleAfter(Span),
    /// The connection is closed in the middle of the answer's body.
    Truncate(AfterEffect),
    /// The answer's body is not what the protocol asks for.
    Malformed(AfterEffect),
    /// The call succeeds with this answer in place of the true one.
    Answer(serde_json::Value),
    /// The call answers an error of the service, after it had its effect.
    ErrorAfterEffect(ErrorEffect),
}

/// An error answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ErrorEffect {
    /// AWS's error code.
    pub code: String,
    /// The HTTP status; without it, the model's, or else 400.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Whether a call whose answer is lost had its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AfterEffect {
    /// Whether the call had its effect before its answer was lost.
    pub after_effect: bool,
}

/// A token bucket for each account, Region and rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Throttle {
    /// Calls a second.
    pub rate: f64,
    /// How many calls may come at once.
    pub burst: f64,
    /// Whether the bucket fills in real time instead of virtual time.
    #[serde(default)]
    pub real_time: bool,
    /// The error; without it, ThrottlingException with status 400.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorEffect>,
}

/// A call, as fault rules match it.
#[derive(Debug)]
pub(crate) struct FaultTarget<'a> {
    pub(crate) service: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    pub(crate) now: DateTime<Utc>,
}

/// The rules, and what they have counted.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    fault: Fault,
    matched: u64,
    applied: u64,
    buckets: Vec<((String, String), Bucket)>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: DateTime<Utc>,
    filled_real: Instant,
}

impl Faults {
    /// Takes new rules, and starts counting from nothing.
    pub(crate) fn set(&mut self, faults: Vec<Fault>) {
        let rule = |fault| Rule { fault, matched: 0, applied: 0, buckets: Vec::new() };
        self.rules = faults.into_iter().map(rule).collect();
    }

    pub(crate) fn rules(&self) -> Vec<Fault> {
        self.rules.iter().map(|rule| rule.fault.clone()).collect()
    }

    /// The effect on a call, and how long its answer is delayed in milliseconds. A delay goes together with another
    /// effect.
    pub(crate) fn on(&mut self, seed: u64, target: &FaultTarget<'_>) -> (Option<Effect>, u64) {
        let mut delay = 0_u64;
        for (index, rule) in self.rules.iter_mut().enumerate() {
            match rule.apply(seed, index, target) {
                None => {}
                Some(Effect::DelayMs(milliseconds)) => delay = delay.saturating_add(milliseconds),
                Some(effect) => return (Some(effect), delay),
            }
        }
        (None, delay)
    }
}

impl Rule {
    fn apply(&mut self, seed: u64, index: usize, target: &FaultTarget<'_>) -> Option<Effect> {
        let fits = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        let fault = &self.fault;
        if !(fits(&fault.service, target.service)
            && fits(&fault.operation, target.operation)
            && fits(&fault.account, target.account)
            && fits(&fault.region, target.region))
        {
            return None;
        }
        self.matched += 1;
        if self.matched < fault.from_call.unwrap_or(1) || fault.times.is_some_and(|times| self.applied >= times) {
            return None;
        }
        if fault.probability.is_some_and(|share| draw(seed, index, self.matched) >= share) {
            return None;
        }
        if let Effect::Throttle(throttle) = &fault.effect {
            let key = (target.account.to_owned(), target.region.to_owned());
            if take(&mut self.buckets, key, throttle, target.now) {
                return None;
            }
        }
        self.applied += 1;
        Some(self.fault.effect.clone())
    }
}

/// A number from 0 to 1 that depends on nothing but the seed, the rule and the call's number.
fn draw(seed: u64, rule: usize, call: u64) -> f64 {
    let hash = Sha256::digest(format!("{seed}/{rule}/{call}"));
    let number = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
    f64::from(number) / (f64::from(u32::MAX) + 1.0)
}

fn take(
    buckets: &mut Vec<((String, String), Bucket)>,
    key: (String, String),
    throttle: &Throttle,
    now: DateTime<Utc>,
) -> bool {
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
