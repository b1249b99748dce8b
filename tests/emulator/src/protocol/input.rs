//! Members of an operation's input.

use serde_json::Value;

/// A member that is a text; empty without one.
pub(crate) fn text(input: &Value, member: &str) -> String {
    input[member].as_str().unwrap_or_default().to_owned()
}

/// The texts of a member that is a list.
pub(crate) fn texts<'a>(input: &'a Value, member: &str) -> impl Iterator<Item = &'a str> {
    items(input, member).filter_map(Value::as_str)
}

/// The items of a member that is a list.
pub(crate) fn items<'a>(input: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    input[member].as_array().into_iter().flatten()
}
