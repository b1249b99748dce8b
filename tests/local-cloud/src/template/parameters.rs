//! Parameters: given or default, checked against what the template allows.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use fancy_regex::Regex;
use serde_json::Value;

use super::error::{TemplateError, join};

/// The value of every parameter: text, or a list of texts.
pub(super) fn resolve(
    template: &Value,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Value>, TemplateError> {
    let empty = serde_json::Map::new();
    let declared = template["Parameters"].as_object().unwrap_or(&empty);
    if let Some(unknown) = given.keys().find(|name| !declared.contains_key(*name)) {
        return Err(TemplateError::new("Parameters", format!("the template has no parameter {unknown}")));
    }
    let mut values = BTreeMap::new();
    for (name, declaration) in declared {
        let place = join("Parameters", name);
        let text = match given.get(name) {
            Some(text) => text.clone(),
            None => scalar_text(&declaration["Default"])
                .ok_or_else(|| TemplateError::new(&place, "it has no default and was not given"))?,
        };
        let kind = declaration["Type"].as_str().unwrap_or("String");
        let value = match kind {
            "CommaDelimitedList" | "List<String>" | "List<Number>" => {
                let items: Vec<&str> = text.split(',').map(str::trim).collect();
                for item in &items {
                    check(declaration, kind == "List<Number>", item, &place)?;
                }
                Value::from(items)
            }
            "String" | "Number" => {
                check(declaration, kind == "Number", &text, &place)?;
                Value::from(text)
            }
            other if other.starts_with("AWS::EC2::") || other.starts_with("AWS::Route53::") => Value::from(text),
            other => {
                return Err(TemplateError::new(place, format!("parameters of type {other} are not understood here")));
            }
        };
        values.insert(name.clone(), value);
    }
    Ok(values)
}

/// A parameter's value as it is given: a list with commas.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
        one => scalar_text(one).unwrap_or_default(),
    }
}

fn check(declaration: &Value, number: bool, text: &str, place: &str) -> Result<(), TemplateError> {
    let refuse = |problem: String| {
        let hint = declaration["ConstraintDescription"].as_str();
        Err(TemplateError::new(place, hint.map_or(problem.clone(), |hint| format!("{problem} ({hint})"))))
    };
    if number {
        let Ok(value) = text.parse::<f64>() else { return refuse(format!("{text:?} is not a number")) };
        if declaration_number(&declaration["MinValue"]).is_some_and(|least| value < least) {
            return refuse(format!("{text} is less than {}", declaration["MinValue"]));
        }
        if declaration_number(&declaration["MaxValue"]).is_some_and(|most| value > most) {
            return refuse(format!("{text} is more than {}", declaration["MaxValue"]));
        }
    } else {
        let length = text.chars().count() as f64;
        if declaration_number(&declaration["MinLength"]).is_some_and(|least| length < least) {
            return refuse(format!("{text:?} is shorter than {}", declaration["MinLength"]));
        }
        if declaration_number(&declaration["MaxLength"]).is_some_and(|most| length > most) {
            return refuse(format!("it is longer than {}", declaration["MaxLength"]));
        }
    }
    if let Some(allowed) = declaration["AllowedValues"].as_array()
        && !allowed.iter().filter_map(scalar_text).any(|value| value == text)
    {
        return refuse(format!("{text:?} is none of the allowed values"));
    }
    if let Some(pattern) = declaration["AllowedPattern"].as_str() {
        let regex =
            compiled(pattern).map_err(|error| TemplateError::new(join(place, "AllowedPattern"), error.to_string()))?;
        if !regex.is_match(text).unwrap_or(false) {
            return refuse(format!("{text:?} does not match {pattern}"));
        }
    }
    Ok(())
}

/// A pattern that a whole text must match. Each is compiled once: a stack has dozens, and tests deploy many stacks.
fn compiled(pattern: &str) -> Result<Regex, Box<fancy_regex::Error>> {
    static COMPILED: Mutex<BTreeMap<String, Regex>> = Mutex::new(BTreeMap::new());
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = compiled.get(pattern) {
        return Ok(regex.clone());
    }
    let regex = Regex::new(&format!("^(?:{pattern})$"))?;
    compiled.insert(pattern.to_owned(), regex.clone());
    Ok(regex)
}

/// Lengths and limits are numbers, or texts that hold one.
fn declaration_number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

/// A scalar as CloudFormation passes it on: as text.
pub(super) fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
