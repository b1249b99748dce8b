//! The fault rules that apply, and what they have counted.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::world::fault::{Effect, Fault};
use crate::world::throttling::Buckets;

/// A call, as fault rules match it.
#[derive(Debug)]
pub(crate) struct FaultTarget<'a> {
    pub(crate) service: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    pub(crate) input: Option<&'a Value>,
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
    buckets: Buckets,
}

impl Faults {
    /// Sets the rules, and starts counting from zero.
    pub(crate) fn set(&mut self, faults: Vec<Fault>) {
        self.rules.clear();
        faults.into_iter().for_each(|fault| self.add(fault));
    }

    /// Adds a rule after the others, which go on counting.
    pub(crate) fn add(&mut self, fault: Fault) {
        self.rules.push(Rule { fault, matched: 0, applied: 0, buckets: Buckets::default() });
    }

    /// The rules, and to how many calls each was applied.
    pub(crate) fn applied(&self) -> impl Iterator<Item = (&Fault, u64)> {
        self.rules.iter().map(|rule| (&rule.fault, rule.applied))
    }

    pub(crate) fn rules(&self) -> Vec<Fault> {
        self.rules.iter().map(|rule| rule.fault.clone()).collect()
    }

    /// The effect on a call, and how long its answer is delayed in milliseconds. A delay is combined with another
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
            && fits(&fault.region, target.region)
            && fault.about.as_deref().is_none_or(|id| target.input.is_some_and(|input| names(input, id))))
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
            if self.buckets.take(key, throttle, target.now) {
                return None;
            }
        }
        self.applied += 1;
        Some(self.fault.effect.clone())
    }
}

/// Whether a request names an account anywhere.
pub(crate) fn names(input: &Value, id: &str) -> bool {
    match input {
        Value::String(text) => text == id,
        Value::Array(values) => values.iter().any(|value| names(value, id)),
        Value::Object(fields) => fields.values().any(|value| names(value, id)),
        _ => false,
    }
}

/// A number from 0 to 1 that depends on nothing but the seed, the rule and the call's number.
fn draw(seed: u64, rule: usize, call: u64) -> f64 {
    let hash = Sha256::digest(format!("{seed}/{rule}/{call}"));
    let number = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
    f64::from(number) / (f64::from(u32::MAX) + 1.0)
}
