//! Faults: calls that fail on purpose.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::resources::span::Span;

/// A rule that makes some calls fail. A field that is left out matches everything; the first rule that applies decides.
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
    /// An account that the request names, such as one of those of CreateMembers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// From which matching call on it applies; the first is 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_call: Option<u64>,
    /// To how many calls it applies; without it, to all that follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// To which share of calls it applies, from 0 to 1; drawn by the scenario's seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// How they fail.
    pub effect: Effect,
}

impl Fault {
    /// A rule for every call of an operation, whoever makes it.
    pub fn on(operation: &str, effect: Effect) -> Self {
        Self {
            service: None,
            operation: Some(operation.to_owned()),
            account: None,
            region: None,
            about: None,
            from_call: None,
            times: None,
            probability: None,
            effect,
        }
    }

    /// Checks the numbers of a rule.
    ///
    /// # Errors
    /// A sentence about the first that makes no sense.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.probability.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            return Err("the probability of a fault should be from 0 to 1".to_owned());
        }
        match &self.effect {
            Effect::Throttle(Throttle { rate, burst, .. })
                if [rate, burst].into_iter().any(|number| !number.is_finite() || *number < 0.0) =>
            {
                Err("the rate and the burst of a throttle should be 0 or more".to_owned())
            }
            Effect::Error(ErrorEffect { status: Some(status), .. })
            | Effect::ErrorAfterEffect(ErrorEffect { status: Some(status), .. })
            | Effect::Throttle(Throttle { error: Some(ErrorEffect { status: Some(status), .. }), .. })
                if !(400..600).contains(status) =>
            {
                Err(format!("the HTTP status {status} of a fault is not one of an error, from 400 to 599"))
            }
            _ => Ok(()),
        }
    }
}

/// The delay of an answer that is held back until [`Cloud::release`](crate::Cloud::release).
pub const HELD: u64 = u64::MAX;

/// How a call fails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Effect {
    /// The call answers an error and has no effect.
    Error(ErrorEffect),
    /// Calls beyond a rate answer a throttling error.
    Throttle(Throttle),
    /// The connection is closed without an answer.
    Reset(AfterEffect),
    /// The answer comes late, in real milliseconds; [`HELD`] holds it back until it is released.
    DelayMs(u64),
    /// What the call writes to a graph's members is seen by reads only after this long, in virtual time.
    VisibleAfter(Span),
    /// The connection is closed in the middle of the answer's body.
    Truncate(AfterEffect),
    /// The answer's body is not valid in the protocol.
    Malformed(AfterEffect),
    /// The call has no effect, and succeeds with this answer.
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
    /// How many calls may be made at once.
    pub burst: f64,
    /// Whether the bucket fills in real time instead of virtual time.
    #[serde(default)]
    pub real_time: bool,
    /// The error; without it, ThrottlingException with status 400.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorEffect>,
}
