//! SAM's Globals section for functions: what every function has by default.

use serde_json::{Map, Value};

/// A resource's properties with the globals for its type merged in.
pub(super) fn apply(template: &Value, kind: &str, properties: &Value) -> Value {
    let own = if properties.is_null() { Value::Object(Map::new()) } else { properties.clone() };
    match (kind, &template["Globals"]["Function"]) {
        ("AWS::Serverless::Function", globals) if globals.is_object() => merge(globals, own),
        _ => own,
    }
}

/// SAM's rules: maps are merged, lists joined with the global part first, and of anything else the resource's wins.
fn merge(global: &Value, own: Value) -> Value {
    match (global, own) {
        (Value::Object(global), Value::Object(own)) if !is_intrinsic(global) && !is_intrinsic(&own) => {
            let mut merged = global.clone();
            for (key, value) in own {
                let value = match global.get(&key) {
                    Some(global) => merge(global, value),
                    None => value,
                };
                merged.insert(key, value);
            }
            Value::Object(merged)
        }
        (Value::Array(global), Value::Array(own)) => Value::Array(global.iter().cloned().chain(own).collect()),
        (_, own) => own,
    }
}

fn is_intrinsic(map: &Map<String, Value>) -> bool {
    map.len() == 1 && map.keys().all(|key| key == "Ref" || key.starts_with("Fn::"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn maps_are_merged_lists_joined_and_the_rest_overridden() {
        let template = json!({"Globals": {"Function": {
            "Timeout": 3, "Environment": {"Variables": {"A": "1", "B": "1"}}, "Layers": ["g"]
        }}});
        let own = json!({"Timeout": 9, "Environment": {"Variables": {"B": {"Ref": "X"}}}, "Layers": ["o"]});
        assert_eq!(
            apply(&template, "AWS::Serverless::Function", &own),
            json!({"Timeout": 9, "Environment": {"Variables": {"A": "1", "B": {"Ref": "X"}}}, "Layers": ["g", "o"]})
        );
    }

    #[test]
    fn other_resources_have_no_globals() {
        let template = json!({"Globals": {"Function": {"Timeout": 3}}});
        assert_eq!(apply(&template, "AWS::SQS::Queue", &Value::Null), json!({}));
    }
}
