//! The input of a request, read as the model has it.

use std::collections::BTreeMap;

use chrono::DateTime;
use http::HeaderMap;
use serde_json::{Map, Value};

use crate::protocol::model::definition::{Model, Operation, Reference};
use crate::protocol::model::violation::Violation;
use crate::protocol::percent::query_pairs;

impl Model {
    /// The input of a request of a REST protocol: parameters of path, query string and headers, and, unless the body is a
    /// member of its own, the body's members.
    pub(crate) fn rest_input(
        &self,
        operation: &Operation,
        path: Map<String, Value>,
        query: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Value, Violation> {
        let shape = operation.input.as_ref().map(|input| &self.shapes[&input.shape]);
        let mut input = match body {
            [] => Map::new(),
            _ if shape.is_some_and(|shape| shape.payload.is_some()) => Map::new(),
            body => match serde_json::from_slice(body) {
                Ok(Value::Object(members)) => members,
                _ => return Err(not_an_object()),
            },
        };
        input.extend(path);
        for (name, member) in shape.iter().flat_map(|shape| &shape.members) {
            let key = member.location_name.as_deref().unwrap_or(name);
            let value = match member.location.as_deref() {
                Some("querystring") => self.of_texts(member, query_pairs(query).filter(|(name, _)| name == key)),
                Some("header") => headers.get(key).and_then(|value| Some(self.scalar(member, value.to_str().ok()?))),
                Some("headers") => prefixed(headers, key),
                _ => None,
            };
            if let Some(value) = value {
                input.insert(name.clone(), value);
            }
        }
        Ok(Value::Object(input))
    }

    /// The value of a member in a query string, where a list is one parameter for each item.
    fn of_texts(&self, member: &Reference, pairs: impl Iterator<Item = (String, String)>) -> Option<Value> {
        let mut texts = pairs.map(|(_, text)| text);
        match &self.shapes[&member.shape].member {
            Some(item) => {
                let items: Vec<Value> = texts.map(|text| self.scalar(item, &text)).collect();
                (!items.is_empty()).then(|| items.into())
            }
            None => texts.next().map(|text| self.scalar(member, &text)),
        }
    }

    /// The input of a request of the query protocol: a form that names members of members by dots.
    /// <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>
    pub(crate) fn query_input(&self, operation: &Operation, form: &BTreeMap<String, String>) -> Value {
        let input = operation.input.as_ref().and_then(|input| self.of_form(input, form, ""));
        input.unwrap_or_else(|| Map::new().into())
    }

    fn of_form(&self, reference: &Reference, form: &BTreeMap<String, String>, path: &str) -> Option<Value> {
        let shape = &self.shapes[&reference.shape];
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match shape.kind.as_str() {
            "structure" => {
                let members: Map<String, Value> = (shape.members.iter())
                    .filter_map(|(name, member)| {
                        let key = below(member.location_name.as_deref().unwrap_or(name));
                        Some((name.clone(), self.of_form(member, form, &key)?))
                    })
                    .collect();
                (!members.is_empty()).then(|| members.into())
            }
            "list" => {
                let item = shape.member.as_ref()?;
                let prefix = if shape.flattened { path.to_owned() } else { below("member") };
                let items: Vec<Value> =
                    (1..).map_while(|number| self.of_form(item, form, &format!("{prefix}.{number}"))).collect();
                (!items.is_empty()).then(|| items.into())
            }
            "map" => {
                let (key, value) = (shape.key.as_ref()?, shape.value.as_ref()?);
                let prefix = if shape.flattened { path.to_owned() } else { below("entry") };
                let of = |of: &Reference, name: &str, number: usize| {
                    let name = of.location_name.as_deref().unwrap_or(name);
                    self.of_form(of, form, &format!("{prefix}.{number}.{name}"))
                };
                let entry = |number| Some((of(key, "key", number)?.as_str()?.to_owned(), of(value, "value", number)?));
                let entries: Map<String, Value> = (1..).map_while(entry).collect();
                (!entries.is_empty()).then(|| entries.into())
            }
            _ => form.get(path).map(|text| self.scalar(reference, text)),
        }
    }

    /// A value that is a text on the wire. One that is not of its type stays a text, and is found invalid.
    fn scalar(&self, reference: &Reference, text: &str) -> Value {
        let read = match self.shapes[&reference.shape].kind.as_str() {
            "integer" | "long" => text.parse::<i64>().ok().map(Value::from),
            "boolean" => text.parse::<bool>().ok().map(Value::from),
            // Headers have the times of HTTP, and everything else those of ISO 8601.
            "timestamp" => DateTime::parse_from_rfc2822(text).ok().map(|time| time.timestamp().into()),
            _ => None,
        };
        read.unwrap_or_else(|| text.into())
    }

    /// The first member of an input that the emulator does not honour.
    pub(crate) fn refused<'a>(&self, operation: &'a Operation, input: &Value) -> Option<&'a str> {
        operation.refused.iter().map(String::as_str).find(|path| has(input, path))
    }
}

/// Whether an input has a member at a path, which may lead into lists.
fn has(input: &Value, path: &str) -> bool {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    match (&input[first], rest) {
        (Value::Null, _) => false,
        (_, None) => true,
        (Value::Array(items), Some(rest)) => items.iter().any(|item| has(item, rest)),
        (value, Some(rest)) => has(value, rest),
    }
}

/// The headers whose names begin with a prefix, without it.
fn prefixed(headers: &HeaderMap, prefix: &str) -> Option<Value> {
    let found = headers.iter().filter_map(|(name, value)| {
        Some((name.as_str().strip_prefix(&prefix.to_ascii_lowercase())?.to_owned(), value.to_str().ok()?.into()))
    });
    let found: Map<String, Value> = found.collect();
    (!found.is_empty()).then(|| found.into())
}

/// What is wrong with a body that is no JSON object.
pub(crate) fn not_an_object() -> Violation {
    Violation { message: "The request body is not a JSON object".to_owned(), shape: String::new() }
}
