//! Conditions of policies.

use serde_json::Value;

use crate::iam::pattern::{like, list};
use crate::iam::request::Request;

/// A condition operator that is not understood. Whether a statement with it applies cannot be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownOperator(pub(crate) String);

impl std::fmt::Display for UnknownOperator {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "the condition operator {} is not understood here", self.0)
    }
}

impl std::error::Error for UnknownOperator {}

/// Whether all conditions of a statement hold.
pub(crate) fn hold(conditions: &Value, request: &Request<'_>) -> bool {
    let Some(operators) = conditions.as_object() else { return true };
    operators.iter().all(|(operator, keys)| {
        keys.as_object().is_some_and(|keys| keys.iter().all(|(key, values)| holds(operator, key, values, request)))
    })
}

/// Whether an operator is understood.
pub(crate) fn is_understood(operator: &str) -> bool {
    Operator::of(operator).is_some()
}

/// What a condition compares, and how.
#[derive(Debug, Clone, Copy)]
enum Operator {
    /// Whether the key is missing.
    Null,
    /// Whether the key's value is one of those, or like one of those; or that it is none.
    Is { compare: fn(&str, &str) -> bool, none: bool, if_exists: bool },
}

impl Operator {
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
    fn of(name: &str) -> Option<Self> {
        if name == "Null" {
            return Some(Self::Null);
        }
        let (name, if_exists) = match name.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let equal: fn(&str, &str) -> bool = |expected, actual| expected == actual;
        let (compare, none) = match name {
            "StringEquals" => (equal, false),
            "StringNotEquals" => (equal, true),
            "StringEqualsIgnoreCase" | "Bool" => (str::eq_ignore_ascii_case as fn(&str, &str) -> bool, false),
            "StringNotEqualsIgnoreCase" => (str::eq_ignore_ascii_case as fn(&str, &str) -> bool, true),
            "StringLike" | "ArnLike" | "ArnEquals" => (like as fn(&str, &str) -> bool, false),
            "StringNotLike" | "ArnNotLike" | "ArnNotEquals" => (like as fn(&str, &str) -> bool, true),
            _ => return None,
        };
        Some(Self::Is { compare, none, if_exists })
    }
}

fn holds(operator: &str, key: &str, values: &Value, request: &Request<'_>) -> bool {
    let found =
        request.context.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str());
    // `true` and `false` may be texts or not.
    let mut values = list(values).filter_map(|value| match value {
        Value::Bool(value) => Some(if *value { "true" } else { "false" }),
        other => other.as_str(),
    });
    match (Operator::of(operator).expect("a policy has no other operator"), found) {
        (Operator::Null, found) => values.any(|value| (value == "true") == found.is_none()),
        (Operator::Is { none, if_exists, .. }, None) => if_exists || none,
        (Operator::Is { compare, none, .. }, Some(found)) => values.any(|value| compare(value, found)) != none,
    }
}
