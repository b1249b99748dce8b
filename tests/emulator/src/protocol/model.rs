//! AWS service models: which operation a request is for, whether its input is valid, and whether an answer is.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use fancy_regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Amazon Detective's model, parsed once in a process.
pub(crate) static DETECTIVE: LazyLock<Model> =
    LazyLock::new(|| Model::parse(include_str!("../../models/detective.json")));

/// AWS Organizations' model, parsed once in a process.
pub(crate) static ORGANIZATIONS: LazyLock<Model> =
    LazyLock::new(|| Model::parse(include_str!("../../models/organizations.json")));

/// Account Management's model, parsed once in a process.
pub(crate) static ACCOUNT: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("../../models/account.json")));

/// CloudTrail's model, parsed once in a process.
pub(crate) static CLOUDTRAIL: LazyLock<Model> =
    LazyLock::new(|| Model::parse(include_str!("../../models/cloudtrail.json")));

/// EventBridge's model, parsed once in a process.
pub(crate) static EVENTS: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("../../models/events.json")));

/// A service's operations and shapes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Model {
    pub(crate) operations: BTreeMap<String, Operation>,
    not_emulated: Vec<String>,
    shapes: HashMap<String, Shape>,
}

/// One operation: how it is called, and what it can answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Operation {
    pub(crate) name: String,
    http: Http,
    input: Option<Reference>,
    output: Option<Reference>,
    #[serde(default)]
    errors: Vec<Reference>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Http {
    method: String,
    request_uri: String,
    response_code: Option<u16>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    shape: String,
    location: Option<String>,
    location_name: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Shape {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    members: BTreeMap<String, Reference>,
    #[serde(default)]
    required: Vec<String>,
    member: Option<Reference>,
    key: Option<Reference>,
    value: Option<Reference>,
    min: Option<f64>,
    max: Option<f64>,
    #[serde(default, deserialize_with = "regex")]
    pattern: Option<Regex>,
    #[serde(default, rename = "enum")]
    choices: Vec<String>,
    error: Option<ErrorTrait>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorTrait {
    http_status_code: u16,
}

/// What is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) message: String,
    /// The name of the shape that the wrong value should have had.
    pub(crate) shape: String,
}

impl Model {
    fn parse(text: &str) -> Self {
        serde_json::from_str(text).expect("the embedded model is valid: models/strip.py wrote it")
    }

    /// The operation that a method and path name, and the parameters in the path.
    pub(crate) fn route(&self, method: &str, path: &str) -> Option<(&Operation, Map<String, Value>)> {
        self.operations.values().find_map(|operation| {
            if operation.http.method != method {
                return None;
            }
            match operation.http.request_uri.split_once('{') {
                None => (operation.http.request_uri == path).then(|| (operation, Map::new())),
                Some((prefix, parameter)) => {
                    let value = percent_decoded(path.strip_prefix(prefix)?);
                    let name = parameter.strip_suffix('}').expect("a parameter ends the path in these models");
                    Some((operation, Map::from_iter([(name.to_owned(), Value::String(value))])))
                }
            }
        })
    }

    /// Whether AWS has the operation and the emulator does not.
    pub(crate) fn knows_but_does_not_emulate(&self, operation: &str) -> bool {
        self.not_emulated.iter().any(|name| name == operation)
    }

    /// The input of a rest-json request: parameters of path and query string, and the body's members.
    pub(crate) fn rest_input(
        &self,
        operation: &Operation,
        path: Map<String, Value>,
        query: &str,
        body: &[u8],
    ) -> Result<Value, Violation> {
        let mut input = match body {
            [] => Map::new(),
            body => match serde_json::from_slice(body) {
                Ok(Value::Object(members)) => members,
                _ => {
                    return Err(Violation {
                        message: "The request body is not a JSON object".into(),
                        shape: String::new(),
                    });
                }
            },
        };
        input.extend(path);
        let shape = operation.input.as_ref().map(|input| &self.shapes[&input.shape]);
        for (name, member) in shape.iter().flat_map(|shape| &shape.members) {
            if member.location.as_deref() == Some("querystring") {
                let key = member.location_name.as_deref().unwrap_or(name);
                let values: Vec<Value> = query
                    .split('&')
                    .filter_map(|pair| pair.split_once('='))
                    .filter(|(found, _)| *found == key)
                    .map(|(_, value)| Value::String(percent_decoded(&value.replace('+', " "))))
                    .collect();
                if !values.is_empty() {
                    input.insert(name.clone(), Value::Array(values));
                }
            }
        }
        Ok(Value::Object(input))
    }

    /// Checks an operation's input against the model.
    pub(crate) fn check_input(&self, operation: &Operation, input: &Value) -> Result<(), Violation> {
        match &operation.input {
            Some(reference) => self.check(&reference.shape, input, "", true),
            None => Ok(()),
        }
    }

    /// Checks an answer against the model, unknown members included: the emulator's own answers must be right.
    pub(crate) fn check_output(&self, operation: &Operation, output: &Value) -> Result<(), Violation> {
        match &operation.output {
            Some(reference) => self.check(&reference.shape, output, "", false),
            None => Ok(()),
        }
    }

    /// The HTTP status of a success.
    pub(crate) fn success_status(&self, operation: &Operation) -> u16 {
        operation.http.response_code.unwrap_or(200)
    }

    /// The HTTP status of an error, if the service's model has the error.
    pub(crate) fn error_status(&self, code: &str) -> Option<u16> {
        let shape = self.shapes.get(code)?;
        Some(shape.error.as_ref().map_or(400, |error| error.http_status_code))
    }

    /// The errors that an operation can answer by the model.
    pub(crate) fn errors<'a>(&'a self, operation: &'a Operation) -> impl Iterator<Item = &'a str> {
        operation.errors.iter().map(|error| error.shape.as_str())
    }

    fn check(&self, name: &str, value: &Value, path: &str, input: bool) -> Result<(), Violation> {
        let shape = &self.shapes[name];
        let fail = |constraint: String| {
            let path = if path.is_empty() { "the request" } else { path };
            let message =
                format!("1 validation error detected: Value at '{path}' failed to satisfy constraint: {constraint}");
            Err(Violation { message, shape: name.to_owned() })
        };
        match (shape.kind.as_str(), value) {
            ("structure", Value::Object(members)) => {
                for required in &shape.required {
                    if members.get(required).is_none_or(Value::is_null) {
                        let path = join(path, required);
                        let message = format!(
                            "1 validation error detected: Value at '{path}' failed to satisfy constraint: Member must not be null"
                        );
                        return Err(Violation { message, shape: shape.members[required].shape.clone() });
                    }
                }
                for (member, value) in members {
                    match shape.members.get(member) {
                        Some(_) if value.is_null() && input => {}
                        Some(reference) => self.check(&reference.shape, value, &join(path, member), input)?,
                        // AWS ignores members that it does not know.
                        None if input => {}
                        None => return fail(format!("unknown member {member}")),
                    }
                }
                Ok(())
            }
            ("list", Value::Array(items)) => {
                if let Some(constraint) = outside(shape, items.len()) {
                    return fail(format!("Member must have length {constraint}"));
                }
                let member = shape.member.as_ref().expect("a list has a member shape");
                for (index, item) in items.iter().enumerate() {
                    self.check(&member.shape, item, &format!("{path}.{}.member", index + 1), input)?;
                }
                Ok(())
            }
            ("map", Value::Object(entries)) => {
                if let Some(constraint) = outside(shape, entries.len()) {
                    return fail(format!("Member must have length {constraint}"));
                }
                let (key, item) = (shape.key.as_ref(), shape.value.as_ref());
                let (key, item) = (key.expect("a map has a key shape"), item.expect("a map has a value shape"));
                for (name, value) in entries {
                    self.check(&key.shape, &Value::String(name.clone()), path, input)?;
                    self.check(&item.shape, value, &join(path, name), input)?;
                }
                Ok(())
            }
            ("string", Value::String(text)) => {
                if let Some(constraint) = outside(shape, text.chars().count()) {
                    return fail(format!("Member must have length {constraint}"));
                }
                if !shape.choices.is_empty() && !shape.choices.contains(text) {
                    return fail(format!("Member must satisfy enum value set: [{}]", shape.choices.join(", ")));
                }
                match &shape.pattern {
                    Some(pattern) if !pattern.is_match(text).unwrap_or(false) => {
                        fail(format!("Member must satisfy regular expression pattern: {}", pattern.as_str()))
                    }
                    _ => Ok(()),
                }
            }
            ("integer" | "long" | "double" | "float", Value::Number(number)) => {
                let number = number.as_f64().unwrap_or(f64::NAN);
                let whole = matches!(shape.kind.as_str(), "integer" | "long");
                if whole && number.fract() != 0.0 {
                    return fail("Member must be a whole number".to_owned());
                }
                match (shape.min, shape.max) {
                    (Some(min), _) if number < min => {
                        fail(format!("Member must have value greater than or equal to {min}"))
                    }
                    (_, Some(max)) if number > max => {
                        fail(format!("Member must have value less than or equal to {max}"))
                    }
                    _ => Ok(()),
                }
            }
            ("boolean", Value::Bool(_)) | ("timestamp", Value::Number(_)) => Ok(()),
            ("timestamp", Value::String(text)) if chrono::DateTime::parse_from_rfc3339(text).is_ok() => Ok(()),
            (kind, _) => fail(format!("Member must be a {kind}")),
        }
    }
}

fn outside(shape: &Shape, length: usize) -> Option<String> {
    let length = length as f64;
    match (shape.min, shape.max) {
        (Some(min), _) if length < min => Some(format!("greater than or equal to {min}")),
        (_, Some(max)) if length > max => Some(format!("less than or equal to {max}")),
        _ => None,
    }
}

/// The path of a member, with its first letter small, as AWS's messages have it.
fn join(path: &str, member: &str) -> String {
    let mut letters = member.chars();
    let member: String = letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect();
    if path.is_empty() { member } else { format!("{path}.{member}") }
}

/// Decodes %XX in a path or query string; what is no UTF-8 becomes the replacement character.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let pair = tail.get(..2).and_then(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        match (first, pair) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn regex<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Regex>, D::Error> {
    let pattern = String::deserialize(deserializer)?;
    Regex::new(&pattern).map(Some).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const GRAPH: &str = "arn:aws:detective:us-east-1:111122223333:graph:0123456789abcdef0123456789abcdef";

    fn check(operation: &str, input: &Value) -> Result<(), Violation> {
        DETECTIVE.check_input(&DETECTIVE.operations[operation], input)
    }

    #[test]
    fn a_path_parameter_is_decoded() {
        let (operation, parameters) = DETECTIVE.route("POST", "/tags/arn%3Aaws%3Adetective").unwrap();
        assert_eq!(operation.name, "TagResource");
        assert_eq!(parameters["ResourceArn"], "arn:aws:detective");
    }

    #[test]
    fn limits_of_lists_and_patterns_of_items_are_checked() {
        let account = json!({"AccountId": "111122223333", "EmailAddress": "a@example.com"});
        let fifty = vec![account.clone(); 50];
        assert_eq!(check("CreateMembers", &json!({"GraphArn": GRAPH, "Accounts": fifty})), Ok(()));
        let many = vec![account; 51];
        let violation = check("CreateMembers", &json!({"GraphArn": GRAPH, "Accounts": many})).unwrap_err();
        assert!(
            violation
                .message
                .contains("'accounts' failed to satisfy constraint: Member must have length less than or equal to 50")
        );
        let short = json!({"GraphArn": GRAPH, "Accounts": [{"AccountId": "1", "EmailAddress": "a@example.com"}]});
        assert_eq!(check("CreateMembers", &short).unwrap_err().shape, "AccountId");
    }

    #[test]
    fn a_missing_member_and_a_wrong_arn_are_found() {
        assert!(check("ListMembers", &json!({})).unwrap_err().message.contains("'graphArn'"));
        assert_eq!(check("ListMembers", &json!({"GraphArn": "arn:x"})).unwrap_err().shape, "GraphArn");
    }

    #[test]
    fn an_unknown_member_is_ignored_in_an_input_and_refused_in_an_answer() {
        let operation = &DETECTIVE.operations["ListGraphs"];
        assert_eq!(DETECTIVE.check_input(operation, &json!({"Other": 1})), Ok(()));
        assert!(DETECTIVE.check_output(operation, &json!({"Other": 1})).is_err());
    }
}
