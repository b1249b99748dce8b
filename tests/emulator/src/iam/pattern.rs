//! Texts of policies: one or several, with wildcards.

use serde_json::Value;

/// A text or a list of texts.
pub(crate) fn texts(value: &Value) -> impl Iterator<Item = &str> {
    list(value).filter_map(Value::as_str)
}

/// One value or a list of values.
pub(crate) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        Value::Null => &[],
        one => std::slice::from_ref(one),
    };
    items.iter()
}

/// IAM's wildcards: `*` is any text, `?` is any character.
pub(crate) fn like(pattern: &str, text: &str) -> bool {
    match (pattern.chars().next(), text.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => {
            let rest = &pattern[1..];
            like(rest, text) || text.chars().next().is_some_and(|first| like(pattern, &text[first.len_utf8()..]))
        }
        (Some('?'), Some(first)) => like(&pattern[1..], &text[first.len_utf8()..]),
        (Some(expected), Some(first)) if expected == first => {
            like(&pattern[first.len_utf8()..], &text[first.len_utf8()..])
        }
        _ => false,
    }
}
