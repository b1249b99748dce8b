//! CloudFormation's YAML, with its short-form tags, as JSON in long form.

use std::sync::Arc;

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Number, Value, json};

use super::error::{TemplateError, join};
use crate::recent::Recent;

static READ: Recent<String, Arc<Value>> = Recent::new();

/// Reads a template. JSON is YAML too.
pub(super) fn parse(text: &str) -> Result<Arc<Value>, TemplateError> {
    READ.get(text.to_owned(), |text| read(text).map(Arc::new))
}

fn read(text: &str) -> Result<Value, TemplateError> {
    // JSON is read faster as what it is.
    if text.starts_with('{')
        && let Ok(template) = serde_json::from_str(text)
    {
        return Ok(template);
    }
    let documents = Yaml::load_from_str(text).map_err(|error| TemplateError::new("the template", error.to_string()))?;
    match documents.as_slice() {
        [document] => convert(document, ""),
        documents => {
            Err(TemplateError::new("the template", format!("it has {} YAML documents, not one", documents.len())))
        }
    }
}

fn convert(node: &Yaml<'_>, place: &str) -> Result<Value, TemplateError> {
    match node {
        Yaml::Value(scalar) => convert_scalar(scalar, place),
        Yaml::Sequence(items) => {
            let items = items.iter().enumerate().map(|(index, item)| convert(item, &join(place, index)));
            Ok(Value::Array(items.collect::<Result<_, _>>()?))
        }
        Yaml::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let key = convert_key(key, place)?;
                let value = convert(value, &join(place, &key))?;
                map.insert(key, value);
            }
            Ok(Value::Object(map))
        }
        Yaml::Tagged(tag, node) => {
            let name = format!("{}{}", tag.handle, tag.suffix);
            let place = join(place, &name);
            long_form(name.trim_start_matches('!'), &convert(node, &place)?, &place)
        }
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => {
            Err(TemplateError::new(place, "this is not a YAML value"))
        }
    }
}

fn convert_scalar(scalar: &Scalar<'_>, place: &str) -> Result<Value, TemplateError> {
    Ok(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(value) => Value::Bool(*value),
        Scalar::Integer(value) => Value::from(*value),
        Scalar::FloatingPoint(value) => {
            let number = Number::from_f64(value.into_inner());
            number.map(Value::Number).ok_or_else(|| TemplateError::new(place, "the number is not finite"))?
        }
        Scalar::String(value) => Value::from(value.as_ref()),
    })
}

fn convert_key(key: &Yaml<'_>, place: &str) -> Result<String, TemplateError> {
    match convert(key, place)? {
        Value::String(key) if key == "<<" => Err(TemplateError::new(place, "CloudFormation has no merge keys (<<)")),
        Value::String(key) => Ok(key),
        // Account ids and dates are keys in some templates.
        key @ (Value::Number(_) | Value::Bool(_)) => Ok(key.to_string()),
        key => Err(TemplateError::new(place, format!("{key} cannot be a key"))),
    }
}

fn long_form(tag: &str, value: &Value, place: &str) -> Result<Value, TemplateError> {
    const FUNCTIONS: [&str; 13] = [
        "And",
        "Base64",
        "Cidr",
        "Contains",
        "Equals",
        "FindInMap",
        "GetAZs",
        "If",
        "ImportValue",
        "Join",
        "Not",
        "Or",
        "Select",
    ];
    match tag {
        "Ref" | "Condition" => Ok(json!({ tag: value })),
        "GetAtt" => match value {
            Value::String(text) => match text.split_once('.') {
                Some((resource, attribute)) => Ok(json!({"Fn::GetAtt": [resource, attribute]})),
                None => Err(TemplateError::new(place, format!("{text} names no attribute"))),
            },
            _ => Ok(json!({ "Fn::GetAtt": value })),
        },
        "Split" | "Sub" | "Transform" | "ToJsonString" | "Length" | "ForEach" => {
            Ok(json!({ format!("Fn::{tag}"): value }))
        }
        _ if FUNCTIONS.contains(&tag) => Ok(json!({ format!("Fn::{tag}"): value })),
        _ => Err(TemplateError::new(place, format!("!{tag} is not an intrinsic function of CloudFormation"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_become_long_forms() {
        let value =
            read("a: !Ref X\nb: !GetAtt X.Arn.More\nc: !Sub '${X}'\nd: !If [C, !Ref A, 1]\ne: !Condition C").unwrap();
        assert_eq!(
            value,
            json!({
                "a": {"Ref": "X"}, "b": {"Fn::GetAtt": ["X", "Arn.More"]}, "c": {"Fn::Sub": "${X}"},
                "d": {"Fn::If": ["C", {"Ref": "A"}, 1]}, "e": {"Condition": "C"}
            })
        );
    }

    #[test]
    fn a_pseudo_parameter_in_a_short_form_is_text() {
        assert_eq!(read("a: !Ref AWS::Region").unwrap(), json!({"a": {"Ref": "AWS::Region"}}));
    }

    #[test]
    fn scalars_keep_their_types_and_dates_are_text() {
        let value = read("a: 2012-10-17\nb: '1'\nc: 1\nd: true\ne: ~\nf: 1.5\ng: \"true\"").unwrap();
        assert_eq!(value, json!({"a": "2012-10-17", "b": "1", "c": 1, "d": true, "e": null, "f": 1.5, "g": "true"}));
    }

    #[test]
    fn an_alias_repeats_what_its_anchor_marks() {
        assert_eq!(read("a: &x {b: !Ref C}\nd: *x").unwrap()["d"], json!({"b": {"Ref": "C"}}));
    }

    #[test]
    fn an_unknown_tag_is_an_error_with_its_place() {
        let error = read("Resources:\n  Q:\n    Properties: {Name: !Reff X}").unwrap_err();
        assert_eq!(
            error.to_string(),
            "Resources.Q.Properties.Name.!Reff: !Reff is not an intrinsic function of CloudFormation"
        );
    }
}
