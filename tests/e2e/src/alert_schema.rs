//! The published schema of alerts, and what is not as it states.

use std::sync::LazyLock;

use serde_json::Value;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../docs/coverage-alert.schema.json")).expect("the schema is JSON")
});

/// What in an alert's detail is not as the published schema has it.
pub(crate) fn gaps(alert: &Value) -> Vec<String> {
    against_schema("detail", alert, &SCHEMA, &SCHEMA)
}

/// What of a value is not as a schema has it, in the part of JSON Schema that this one uses.
fn against_schema(place: &str, value: &Value, schema: &Value, root: &Value) -> Vec<String> {
    let schema = match schema["$ref"].as_str() {
        Some(name) => root.pointer(name.trim_start_matches('#')).expect("a definition"),
        None => schema,
    };
    let kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    let is_kind = |kind: &Value| match kind.as_str().expect("a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        other => other == "null" && value.is_null(),
    };
    let mut gaps = Vec::new();
    if schema["enum"].as_array().is_some_and(|values| !values.contains(value)) {
        gaps.push(format!("{place} is {value}, which is none of its values"));
    }
    if !kinds.iter().any(is_kind) {
        gaps.push(format!("{place} is {value}"));
    }
    let length = value.as_array().map_or(0, Vec::len) as u64;
    if schema["maxItems"].as_u64().is_some_and(|most| length > most) {
        gaps.push(format!("{place} has {length} items"));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value[name.as_str().expect("a name")].is_null() {
            gaps.push(format!("{place} has no {name}"));
        }
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        match &schema["properties"][name] {
            Value::Null => gaps.push(format!("{place}: {name} is not in the schema")),
            property => gaps.extend(against_schema(&format!("{place}.{name}"), inner, property, root)),
        }
    }
    for inner in value.as_array().into_iter().flatten() {
        gaps.extend(against_schema(&format!("{place}[]"), inner, &schema["items"], root));
    }
    gaps
}
