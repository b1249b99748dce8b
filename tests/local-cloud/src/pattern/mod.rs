//! EventBridge event patterns.
//!
//! The code is our own: crates for it match numbers in strings, know no addresses of IPv6 and no missing field as one of several
//! values. It is held against the answers of [event-ruler](https://github.com/aws/event-ruler), which EventBridge itself uses:
//! `event-ruler.json` has them.

mod error;
mod matchers;
mod read;

use std::collections::BTreeMap;

use serde_json::Value;

use matchers::{Fields, Matcher};

pub use error::PatternError;

/// An event pattern that is ready to match.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// Any of these may match: each has been one way through every `$or`.
    alternatives: Vec<Fields>,
    source: Value,
}

/// A value of an event, and in which item of which list it is.
struct Leaf<'a> {
    value: &'a Value,
    items: Vec<(usize, usize)>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// EventBridge would refuse it, or it uses something that is not understood here.
    pub fn new(pattern: &Value) -> Result<Self, PatternError> {
        Ok(Self { alternatives: read::alternatives(pattern)?, source: pattern.clone() })
    }

    /// The pattern as it was written.
    pub fn source(&self) -> &Value {
        &self.source
    }

    /// Whether the event matches.
    pub fn matches(&self, event: &Value) -> bool {
        let mut leaves = BTreeMap::new();
        flatten("", event, &[], &mut 0, &mut leaves);
        self.alternatives.iter().any(|fields| {
            let fields: Vec<_> = fields.iter().collect();
            fits(&fields, &leaves, &[])
        })
    }
}

/// The values of an event by their paths. A list is all its items; an empty one, and an empty object, is no value at all.
fn flatten<'a>(
    path: &str,
    value: &'a Value,
    items: &[(usize, usize)],
    lists: &mut usize,
    leaves: &mut BTreeMap<String, Vec<Leaf<'a>>>,
) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                flatten(&path, value, items, lists, leaves);
            }
        }
        Value::Array(values) => {
            *lists += 1;
            let list = *lists;
            for (number, value) in values.iter().enumerate() {
                flatten(path, value, &[items, &[(list, number)]].concat(), lists, leaves);
            }
        }
        value => leaves.entry(path.to_owned()).or_default().push(Leaf { value, items: items.to_vec() }),
    }
}

/// Whether each field has a value that it asks for, all of them in the same items of the same lists.
fn fits(
    fields: &[(&String, &Vec<Matcher>)],
    leaves: &BTreeMap<String, Vec<Leaf<'_>>>,
    items: &[(usize, usize)],
) -> bool {
    let Some(((path, matchers), others)) = fields.split_first() else { return true };
    let Some(found) = leaves.get(*path) else {
        return matchers.contains(&Matcher::Absent) && fits(others, leaves, items);
    };
    let agrees = |leaf: &&Leaf<'_>| {
        leaf.items.iter().all(|(list, number)| items.iter().all(|(other, item)| list != other || number == item))
    };
    let wanted = |leaf: &&Leaf<'_>| matchers.iter().any(|matcher| matcher.matches(leaf.value));
    found.iter().filter(agrees).filter(wanted).any(|leaf| fits(others, leaves, &[items, &leaf.items].concat()))
}

#[cfg(test)]
mod tests;
