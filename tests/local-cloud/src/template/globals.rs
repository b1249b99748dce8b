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

/// One of the properties that [`apply`] gives.
pub(super) fn property(template: &Value, kind: &str, properties: &Value, name: &str) -> Value {
    let (own, global) = (&properties[name], &template["Globals"]["Function"][name]);
    match (kind, own) {
        ("AWS::Serverless::Function", Value::Null) => global.clone(),
        ("AWS::Serverless::Function", own) => merge(global, own.clone()),
        (_, own) => own.clone(),
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
        let function = "AWS::Serverless::Function";
        for (name, merged) in apply(&template, function, &own).as_object().unwrap() {
            assert_eq!(property(&template, function, &own, name), *merged, "{name}");
        }
        assert_eq!(
            apply(&template, function, &own),
            json!({"Timeout": 9, "Environment": {"Variables": {"A": "1", "B": {"Ref": "X"}}}, "Layers": ["g", "o"]})
        );
    }

    #[test]
    fn other_resources_have_no_globals() {
        let template = json!({"Globals": {"Function": {"Timeout": 3}}});
        assert_eq!(apply(&template, "AWS::SQS::Queue", &Value::Null), json!({}));
        assert_eq!(property(&template, "AWS::SQS::Queue", &Value::Null, "Timeout"), Value::Null);
    }
}
