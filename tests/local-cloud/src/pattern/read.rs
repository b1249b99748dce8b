//! Reads patterns, and refuses what EventBridge refuses.

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::error::PatternError;
use super::matchers::{Fields, Matcher, Text};

type Result<T> = std::result::Result<T, PatternError>;

/// Names that are no fields inside of `$or`, as event-ruler has them.
const RESERVED: [&str; 22] = [
    "exactly",
    "equals-ignore-case",
    "prefix",
    "suffix",
    "anything-but",
    "exists",
    "wildcard",
    "numeric",
    "cidr",
    "=",
    "<",
    "<=",
    ">",
    ">=",
    "regex",
    "not-wildcard",
    "not-equals-ignore-case",
    "date-after",
    "date-on-or-after",
    "date-before",
    "date-on-or-before",
    "in-date-range",
];
const RESERVED_FOR_ADDRESSES: [&str; 2] = ["ip-address-in-range", "ip-address-not-in-range"];

/// The patterns without `$or` that together match the same events.
pub(super) fn alternatives(pattern: &Value) -> Result<Vec<Fields>> {
    match pattern {
        Value::Object(fields) => object(fields, "", false),
        _ => refuse("", "must be an object"),
    }
}

fn refuse<T>(place: &str, problem: &str) -> Result<T> {
    let place = if place.is_empty() { "it" } else { place };
    Err(PatternError(format!("{place} {problem}")))
}

fn object(fields: &Map<String, Value>, place: &str, in_or: bool) -> Result<Vec<Fields>> {
    if fields.is_empty() {
        return refuse(place, "is empty");
    }
    let mut all = vec![Fields::new()];
    for (key, value) in fields {
        let here = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
        let is_reserved = RESERVED.contains(&key.as_str()) || RESERVED_FOR_ADDRESSES.contains(&key.as_str());
        let choices = match value {
            _ if in_or && is_reserved => return refuse(&here, "has a name that is reserved inside of $or"),
            Value::Array(items) if key == "$or" => or(items, place)?,
            Value::Array(items) => vec![Fields::from([(here.clone(), list(items, &here)?)])],
            Value::Object(inner) if key != "$or" => object(inner, &here, in_or)?,
            _ => return refuse(&here, "must be an object or a list"),
        };
        let mut next = Vec::new();
        for before in &all {
            for choice in &choices {
                next.push(both(before, choice)?);
            }
        }
        all = next;
    }
    Ok(all)
}

fn or(items: &[Value], place: &str) -> Result<Vec<Fields>> {
    if items.len() < 2 {
        return refuse(place, "has an $or of fewer than two");
    }
    let mut choices = Vec::new();
    for item in items {
        let Value::Object(item) = item else { return refuse(place, "has an $or of something else than objects") };
        choices.extend(object(item, place, true)?);
    }
    Ok(choices)
}

/// To EventBridge, which of two counts depends on their order, of which its guide says nothing.
fn both(left: &Fields, right: &Fields) -> Result<Fields> {
    match right.keys().find(|path| left.contains_key(*path)) {
        Some(path) => refuse(path, "is named twice, inside and beside $or, which is not understood here"),
        None => Ok(left.clone().into_iter().chain(right.clone()).collect()),
    }
}

fn list(items: &[Value], place: &str) -> Result<Vec<Matcher>> {
    if items.is_empty() {
        return refuse(place, "is an empty list");
    }
    items.iter().map(|item| matcher(item, place)).collect()
}

/// The one key of an object, and its value.
fn only<'a>(object: &'a Map<String, Value>, place: &str) -> Result<(&'a str, &'a Value)> {
    let mut entries = object.iter();
    match (entries.next(), entries.next()) {
        (Some((key, value)), None) => Ok((key, value)),
        _ => refuse(place, "must have one operator in each object"),
    }
}

fn matcher(item: &Value, place: &str) -> Result<Matcher> {
    let Value::Object(object) = item else {
        return match item {
            Value::Array(_) => refuse(place, "holds a list in a list"),
            value => Ok(Matcher::Equal(value.clone())),
        };
    };
    match only(object, place)? {
        ("exists", Value::Bool(true)) => Ok(Matcher::Present),
        ("exists", Value::Bool(false)) => Ok(Matcher::Absent),
        ("numeric", Value::Array(terms)) => numeric(terms, place),
        ("cidr", Value::String(network)) => cidr(network, place),
        ("anything-but", value) => anything_but(value, place),
        (operator, value) => match text(operator, value, place)? {
            Some(text) => Ok(Matcher::Text(text)),
            None => refuse(place, &format!("has {item}, which is not understood")),
        },
    }
}

/// A prefix or a suffix in any case.
fn in_any_case<'a>(value: &'a Value, place: &str) -> Option<&'a str> {
    match only(value.as_object()?, place).ok()? {
        ("equals-ignore-case", text) => text.as_str(),
        _ => None,
    }
}

/// The operators on texts; `None` for another operator, or another value.
fn text(operator: &str, value: &Value, place: &str) -> Result<Option<Text>> {
    Ok(match (operator, value) {
        ("prefix", Value::String(start)) => Some(Text::Prefix(start.clone())),
        ("suffix", Value::String(end)) => Some(Text::Suffix(end.clone())),
        ("prefix", other) => in_any_case(other, place).map(|start| Text::PrefixInAnyCase(start.to_lowercase())),
        ("suffix", other) => in_any_case(other, place).map(|end| Text::SuffixInAnyCase(end.to_lowercase())),
        ("equals-ignore-case", Value::String(text)) => Some(Text::InAnyCase(text.to_lowercase())),
        ("wildcard", Value::String(text)) => Some(Text::Wildcard(wildcard(text, place)?)),
        _ => None,
    })
}

/// A backslash makes an asterisk, or another backslash, what it is.
fn wildcard(text: &str, place: &str) -> Result<Vec<Option<char>>> {
    let mut parts = Vec::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '*' if parts.last() == Some(&None) => return refuse(place, "has a wildcard with ** in it"),
            '*' => parts.push(None),
            '\\' => match letters.next() {
                Some(escaped @ ('*' | '\\')) => parts.push(Some(escaped)),
                _ => return refuse(place, "has a wildcard that escapes nothing"),
            },
            letter => parts.push(Some(letter)),
        }
    }
    Ok(parts)
}

fn numeric(terms: &[Value], place: &str) -> Result<Matcher> {
    let term = |terms: &[Value]| Some((terms.first()?.as_str()?.to_owned(), terms.get(1)?.as_f64()?));
    let one = |above, below| Ok(Matcher::Number { above, below });
    match (terms.len(), term(terms), term(terms.get(2..).unwrap_or_default())) {
        (2, Some((operator, number)), _) => match operator.as_str() {
            "=" => one(Some((number, true)), Some((number, true))),
            ">" => one(Some((number, false)), None),
            ">=" => one(Some((number, true)), None),
            "<" => one(None, Some((number, false))),
            "<=" => one(None, Some((number, true))),
            _ => refuse(place, "has an operator on numbers that there is not"),
        },
        (4, Some((lower, bottom)), Some((upper, top))) => match (lower.as_str(), upper.as_str()) {
            (">" | ">=", "<" | "<=") if bottom < top => one(Some((bottom, lower == ">=")), Some((top, upper == "<="))),
            (">" | ">=", "<" | "<=") => refuse(place, "has a range of numbers in which there is none"),
            _ => refuse(place, "has operators on numbers that are no range"),
        },
        _ => refuse(place, "has numeric without an operator and a number for each"),
    }
}

/// EventBridge takes no network of one address.
fn cidr(network: &str, place: &str) -> Result<Matcher> {
    let parts = network.split_once('/').and_then(|(address, bits)| Some((address.parse().ok()?, bits.parse().ok()?)));
    match parts {
        Some((address @ IpAddr::V4(_), bits)) if bits < 32 => Ok(Matcher::Network(address, bits)),
        Some((address @ IpAddr::V6(_), bits)) if bits < 128 => Ok(Matcher::Network(address, bits)),
        _ => refuse(place, &format!("has {network:?}, which is no network")),
    }
}

fn anything_but(value: &Value, place: &str) -> Result<Matcher> {
    let several = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    let matchers = match value {
        Value::Object(object) => {
            let (operator, value) = only(object, place)?;
            let texts = several(value);
            let is_empty = |value: &Value| ["prefix", "suffix"].contains(&operator) && value == "";
            if texts.iter().any(|value| !value.is_string() || is_empty(value)) {
                return refuse(place, "has anything-but something else than texts");
            }
            let texts = texts.iter().map(|value| text(operator, value, place)).collect::<Result<Vec<_>>>()?;
            texts.into_iter().map(|text| text.map(Matcher::Text)).collect::<Option<Vec<_>>>()
        }
        value => {
            let values = several(value);
            let alike = values.iter().all(Value::is_string) || values.iter().all(Value::is_number);
            alike.then(|| values.into_iter().map(Matcher::Equal).collect())
        }
    };
    match matchers {
        Some(matchers) if !matchers.is_empty() => Ok(Matcher::Not(matchers)),
        _ => refuse(place, &format!("has anything-but {value}, which is not understood")),
    }
}
