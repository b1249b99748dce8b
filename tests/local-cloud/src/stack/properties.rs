//! How a resource's properties are read.

use serde_json::Value;

use crate::error::Error;
use crate::template::TemplateError;

/// Delivery depends on this, and it is not understood.
pub(super) fn unknown(place: &str, problem: impl Into<String>) -> Error {
    Error::Template(TemplateError::new(place, problem))
}

/// The text of a value that is one.
pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The number of a value that is one. Numbers that come from parameters are texts.
pub(super) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}
