//! Whether an input, or an answer, has the form that the model gives it.

use serde_json::Value;

use crate::protocol::model::definition::{Model, Operation, Shape};
use crate::protocol::model::violation::Violation;

impl Model {
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

    /// Checks a value that an answer can have against its shape.
    pub(crate) fn check_shape(&self, shape: &str, value: &Value) -> Result<(), Violation> {
        self.check(shape, value, "", false)
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
                    Some(pattern) if !pattern.is_match(text) => {
                        fail(format!("Member must satisfy regular expression pattern: {}", pattern.text))
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
            // Bytes are text in JSON: base64.
            ("boolean", Value::Bool(_)) | ("timestamp", Value::Number(_)) | ("blob", Value::String(_)) => Ok(()),
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

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use serde_json::json;

    use super::*;

    static DETECTIVE: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("../../../models/detective.json")));

    const GRAPH: &str = "arn:aws:detective:us-east-1:111122223333:graph:0123456789abcdef0123456789abcdef";

    fn check(operation: &str, input: &Value) -> Result<(), Violation> {
        DETECTIVE.check_input(&DETECTIVE.operations[operation], input)
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
