//! EventBridge event patterns, matched by quamina.
//!
//! quamina knows no `$or`, so a pattern that has one becomes several, any of which may match. What EventBridge would
//! refuse is refused here, even where quamina would take it.

use quamina::Quamina;
use serde_json::{Map, Value};

/// What is wrong with a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event pattern: {0}")]
pub struct PatternError(String);

/// An event pattern that is ready to match.
pub struct Pattern {
    matcher: Quamina<()>,
    source: Value,
}

impl std::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pattern")
    }
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// EventBridge would refuse it, or it uses an operator that is not understood here.
    pub fn new(pattern: &Value) -> Result<Self, PatternError> {
        let Value::Object(fields) = pattern else { return Err(PatternError("it must be an object".into())) };
        let mut matcher = Quamina::new();
        for alternative in alternatives(fields, "")? {
            let text = Value::Object(alternative).to_string();
            matcher.add_pattern((), &text).map_err(|error| PatternError(error.to_string()))?;
        }
        Ok(Self { matcher, source: pattern.clone() })
    }

    /// The pattern as it was written.
    pub fn source(&self) -> &Value {
        &self.source
    }

    /// Whether the event matches.
    pub fn matches(&self, event: &Value) -> bool {
        self.matcher.has_matches(event.to_string().as_bytes()).unwrap_or(false)
    }
}

/// The patterns without `$or` that together match the same events.
fn alternatives(fields: &Map<String, Value>, place: &str) -> Result<Vec<Map<String, Value>>, PatternError> {
    if fields.is_empty() {
        return Err(PatternError(format!("{} is empty", name(place))));
    }
    let mut all = vec![Map::new()];
    for (key, value) in fields {
        let here = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
        let choices: Vec<Map<String, Value>> = match value {
            Value::Array(items) if key == "$or" => {
                let mut choices = Vec::new();
                for item in items {
                    let Value::Object(item) = item else {
                        return Err(PatternError(format!("{here} must list objects")));
                    };
                    choices.extend(alternatives(item, place)?);
                }
                choices
            }
            Value::Array(items) => {
                let items = items.iter().map(|item| checked(item, &here)).collect::<Result<Vec<_>, _>>()?;
                if items.is_empty() {
                    return Err(PatternError(format!("{here} is an empty list")));
                }
                vec![Map::from_iter([(key.clone(), Value::Array(items))])]
            }
            Value::Object(inner) => alternatives(inner, &here)?
                .into_iter()
                .map(|inner| Map::from_iter([(key.clone(), Value::Object(inner))]))
                .collect(),
            _ => return Err(PatternError(format!("{here} must be an object or a list"))),
        };
        let mut next = Vec::new();
        for before in &all {
            for choice in &choices {
                next.push(both(before, choice, place)?);
            }
        }
        all = next;
    }
    Ok(all)
}

fn both(
    left: &Map<String, Value>,
    right: &Map<String, Value>,
    place: &str,
) -> Result<Map<String, Value>, PatternError> {
    let mut merged = left.clone();
    for (key, value) in right {
        let value = match (merged.get(key), value) {
            (None, value) => value.clone(),
            (Some(Value::Object(left)), Value::Object(right)) => Value::Object(both(left, right, place)?),
            (Some(_), _) => {
                return Err(PatternError(format!("{} names {key} both inside and beside $or", name(place))));
            }
        };
        merged.insert(key.clone(), value);
    }
    Ok(merged)
}

/// One item of a field's list, in the way that quamina takes it.
fn checked(item: &Value, place: &str) -> Result<Value, PatternError> {
    let Value::Object(operator) = item else {
        return match item {
            Value::Array(_) => Err(PatternError(format!("{place} holds a list in a list"))),
            scalar => Ok(scalar.clone()),
        };
    };
    let mut entries = operator.iter();
    let (Some((operator, argument)), None) = (entries.next(), entries.next()) else {
        return Err(PatternError(format!("{place}: {item} must have one operator")));
    };
    let understood = match (operator.as_str(), argument) {
        ("prefix" | "suffix" | "equals-ignore-case" | "wildcard" | "cidr", argument) => argument.is_string(),
        ("exists", argument) => argument.is_boolean(),
        ("numeric", Value::Array(items)) => !items.is_empty() && items.len().is_multiple_of(2),
        ("anything-but", Value::String(_) | Value::Number(_)) => {
            return Ok(serde_json::json!({"anything-but": [argument]}));
        }
        ("anything-but", Value::Array(items)) => {
            !items.is_empty() && (items.iter().all(Value::is_string) || items.iter().all(Value::is_number))
        }
        _ => false,
    };
    if understood { Ok(item.clone()) } else { Err(PatternError(format!("{place}: {item} is not understood here"))) }
}

fn name(place: &str) -> &str {
    if place.is_empty() { "it" } else { place }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn matches(pattern: &Value, event: &Value) -> bool {
        Pattern::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}")).matches(event)
    }

    #[test]
    fn patterns_match_as_on_eventbridge() {
        let event = json!({
            "source": "aws.organizations", "detail-type": "AWS API Call via CloudTrail",
            "detail": {"eventName": "AcceptHandshake", "count": 5, "list": ["a", "b"], "ok": true, "none": null,
                       "ip": "192.0.2.10", "inner": {"state": "ACCEPTED"}}
        });
        let cases = [
            (json!({"source": ["aws.organizations"]}), true),
            (json!({"source": ["aws.controltower", "aws.organizations"]}), true),
            (json!({"source": ["aws.controltower"]}), false),
            (json!({"source": ["aws.organizations"], "detail-type": ["AWS Service Event via CloudTrail"]}), false),
            (json!({"source": [{"prefix": "aws."}]}), true),
            (json!({"source": [{"prefix": "my."}]}), false),
            (json!({"source": [{"suffix": ".organizations"}]}), true),
            (json!({"source": [{"wildcard": "aws.*zations"}]}), true),
            (json!({"source": [{"equals-ignore-case": "AWS.Organizations"}]}), true),
            (json!({"source": [{"equals-ignore-case": "AWS.Other"}]}), false),
            (json!({"source": [{"anything-but": "aws.organizations"}]}), false),
            (json!({"source": [{"anything-but": ["aws.other"]}]}), true),
            (json!({"detail": {"missing": [{"anything-but": ["x"]}]}}), false),
            (json!({"detail": {"eventName": [{"exists": true}]}}), true),
            (json!({"detail": {"eventName": [{"exists": false}]}}), false),
            (json!({"detail": {"errorCode": [{"exists": true}]}}), false),
            (json!({"detail": {"errorCode": [{"exists": false}]}}), true),
            (json!({"detail": {"eventName": ["AcceptHandshake"], "errorCode": [{"exists": false}]}}), true),
            (json!({"detail": {"errorCode": [{"exists": false}, "None"]}}), true),
            (json!({"detail": {"inner": {"state": ["ACCEPTED"]}}}), true),
            (json!({"detail": {"inner": {"state": ["OPEN"]}}}), false),
            (json!({"detail": {"list": ["b"]}}), true),
            (json!({"detail": {"list": ["c"]}}), false),
            (json!({"detail": {"count": [5]}}), true),
            (json!({"detail": {"count": [{"numeric": [">", 4, "<=", 5]}]}}), true),
            (json!({"detail": {"count": [{"numeric": ["<", 5]}]}}), false),
            (json!({"detail": {"count": [{"anything-but": 5}]}}), false),
            (json!({"detail": {"ok": [true]}}), true),
            (json!({"detail": {"none": [null]}}), true),
            (json!({"detail": {"ip": [{"cidr": "192.0.2.0/24"}]}}), true),
            (json!({"detail": {"ip": [{"cidr": "198.51.100.0/24"}]}}), false),
        ];
        for (pattern, expected) in cases {
            assert_eq!(matches(&pattern, &event), expected, "{pattern}");
        }
    }

    #[test]
    fn a_denied_call_does_not_match_where_no_error_code_may_be() {
        let pattern = json!({"detail": {"eventName": ["AcceptHandshake"], "errorCode": [{"exists": false}]}});
        assert!(!matches(&pattern, &json!({"detail": {"eventName": "AcceptHandshake", "errorCode": "AccessDenied"}})));
    }

    #[test]
    fn or_matches_any_of_its_alternatives_and_everything_beside_it() {
        let pattern = json!({
            "source": ["a"],
            "detail": {"$or": [{"state": ["ON"]}, {"count": [{"numeric": [">", 10]}]}], "kind": ["k"]}
        });
        for (detail, expected) in [
            (json!({"kind": "k", "state": "ON"}), true),
            (json!({"kind": "k", "count": 11}), true),
            (json!({"kind": "k", "count": 9, "state": "OFF"}), false),
            (json!({"kind": "other", "state": "ON"}), false),
        ] {
            assert_eq!(matches(&pattern, &json!({"source": "a", "detail": detail})), expected, "{detail}");
        }
        assert!(!matches(&pattern, &json!({"source": "b", "detail": {"kind": "k", "state": "ON"}})));
    }

    #[test]
    fn what_eventbridge_refuses_is_refused() {
        for pattern in [
            json!(["a"]),
            json!({}),
            json!({"source": "a"}),
            json!({"source": []}),
            json!({"detail": {}}),
            json!({"source": [{"regexp": "a"}]}),
            json!({"source": [{"shellstyle": "a*"}]}),
            json!({"source": [{"prefix": "a", "suffix": "b"}]}),
            json!({"source": [{"anything-but": {"prefix": "a"}}]}),
            json!({"source": [["a"]]}),
            json!({"source": ["a"], "$or": [{"source": ["b"]}]}),
        ] {
            assert!(Pattern::new(&pattern).is_err(), "{pattern}");
        }
    }
}
