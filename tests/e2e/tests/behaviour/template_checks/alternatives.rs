//! What may stand in a template in place of a value: one of its kind that means something else.

use serde_json::{Map, Value, json};

const STATISTICS: [&str; 5] = ["Sum", "Maximum", "Minimum", "Average", "SampleCount"];
const OPERATORS: [&str; 4] =
    ["GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"];
const MISSING: [&str; 4] = ["breaching", "notBreaching", "ignore", "missing"];

/// The name and the argument of a call of an intrinsic function.
pub(super) fn intrinsic(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (key, value) = map.iter().next().filter(|_| map.len() == 1)?;
    let is_function = key == "Ref" || key.starts_with("Fn::") || (key == "Condition" && value.is_string());
    is_function.then_some((key.as_str(), value))
}

/// Other values for the one at a place, each with what it is.
pub(super) fn alternatives(template: &Value, steps: &[String], key: &str, value: &Value) -> Vec<(String, Value)> {
    let in_conditions =
        steps[0] == "Conditions" || steps.iter().any(|step| step == "Assert" || step == "RuleCondition");
    let shown = |value: Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let end = text.char_indices().nth(100).map_or(text.len(), |(end, _)| end);
        (text[..end].to_owned(), value)
    };
    match value {
        Value::Object(map) => match intrinsic(map) {
            Some((name, argument)) => {
                functions(template, name, argument, in_conditions).into_iter().map(shown).collect()
            }
            None => Vec::new(),
        },
        Value::Bool(value) => vec![shown(json!(!value))],
        Value::Number(number) => {
            numbers(key, number.as_f64().unwrap_or_default()).into_iter().map(|value| shown(json!(value))).collect()
        }
        Value::String(text) if is_name(steps) => {
            vec![("IsDryRun".to_owned(), json!("IsDryRun")); usize::from(text != "IsDryRun")]
        }
        Value::String(text) => texts(template, key, text).into_iter().map(|text| shown(json!(text))).collect(),
        _ => Vec::new(),
    }
}

/// Whether the name of a condition stands there.
fn is_name(steps: &[String]) -> bool {
    steps.len() == 3 && steps[2] == "Condition"
}

fn numbers(key: &str, value: f64) -> Vec<i64> {
    let value = value as i64;
    let mut numbers = match value {
        0 => vec![1, -1],
        value => vec![value * 10, value / 10],
    };
    if key == "Threshold" {
        numbers.push(value + 100_000);
    }
    numbers
}

fn texts(template: &Value, key: &str, text: &str) -> Vec<String> {
    let all_but = |known: &[&str]| known.iter().filter(|one| **one != text).map(|one| (*one).to_owned()).collect();
    match key {
        "Type" => match text {
            "String" => vec!["Number".to_owned()],
            "Number" => vec!["String".to_owned()],
            _ => Vec::new(),
        },
        "Statistic" | "Stat" => all_but(&STATISTICS),
        "ComparisonOperator" => all_but(&OPERATORS),
        "TreatMissingData" => all_but(&MISSING),
        "Effect" => all_but(&["Allow", "Deny"]),
        // It is mutated as a template.
        "TemplateBody" => Vec::new(),
        "Action" => {
            let service = text.split(':').next().unwrap_or_default();
            vec![format!("{service}:{}", if text.ends_with(":*") { "Other" } else { "*" })]
        }
        "DependsOn" => other_resources(template, text).into_iter().take(1).collect(),
        "AllowedPattern" => vec![".*".to_owned()],
        "Resource" if text != "*" => vec!["*".to_owned()],
        "Principal" if text == "*" => vec!["222222222222".to_owned()],
        "Service" => vec!["s3.amazonaws.com".to_owned()],
        _ if text == "true" || text == "false" => vec![(text == "false").to_string()],
        _ => match text.parse::<i64>() {
            Ok(number) if text.len() < 12 => numbers(key, number as f64).iter().map(i64::to_string).collect(),
            _ => vec![format!("{text}-other")],
        },
    }
}

/// Other resources of the same type.
fn other_resources(template: &Value, id: &str) -> Vec<String> {
    let resources = &template["Resources"];
    let kind = &resources[id]["Type"];
    let all = resources.as_object().into_iter().flatten();
    all.filter(|(other, resource)| *other != id && resource["Type"] == *kind).map(|(other, _)| other.clone()).collect()
}

fn functions(template: &Value, name: &str, argument: &Value, in_conditions: bool) -> Vec<Value> {
    match (name, argument) {
        ("Ref", Value::String(id)) => references(template, id),
        ("Fn::GetAtt", Value::Array(parts)) => {
            let (id, attribute) = (parts[0].as_str().unwrap_or_default(), &parts[1]);
            match other_resources(template, id).first() {
                Some(other) => vec![json!({"Fn::GetAtt": [other, attribute]})],
                None => vec![json!("another")],
            }
        }
        ("Fn::If", Value::Array(items)) => vec![items[1].clone(), items[2].clone()],
        ("Fn::Sub", Value::String(text)) => {
            substitutions(text).into_iter().map(|text| json!({ "Fn::Sub": text })).collect()
        }
        ("Fn::Sub", Value::Array(items)) => {
            let texts = substitutions(items[0].as_str().unwrap_or_default()).into_iter();
            texts.map(|text| json!({"Fn::Sub": [text, items[1]]})).collect()
        }
        ("Fn::And" | "Fn::Or", Value::Array(items)) => {
            let swapped = if name == "Fn::And" { "Fn::Or" } else { "Fn::And" };
            let mut all = vec![json!({ swapped: argument })];
            all.extend((0..items.len()).map(|left_out| {
                let mut fewer = items.clone();
                fewer.remove(left_out);
                if let [one] = &fewer[..] { one.clone() } else { json!({ name: fewer }) }
            }));
            all
        }
        ("Fn::Not", Value::Array(items)) => vec![items[0].clone()],
        ("Condition" | "Fn::Equals", _) if in_conditions => vec![json!({"Fn::Not": [{ name: argument }]})],
        _ => Vec::new(),
    }
}

fn references(template: &Value, id: &str) -> Vec<Value> {
    let parameters = &template["Parameters"];
    match id {
        "AWS::NoValue" => Vec::new(),
        "AWS::Partition" => vec![json!("aws")],
        "AWS::AccountId" => vec![json!("999999999999")],
        "AWS::Region" => vec![json!("ap-south-1")],
        _ if id.starts_with("AWS::") => vec![json!("another")],
        _ if parameters[id].is_object() => {
            let others = parameters.as_object().into_iter().flatten();
            let like =
                others.filter(|(other, declaration)| *other != id && declaration["Type"] == parameters[id]["Type"]);
            let mut like = like.map(|(other, _)| json!({ "Ref": other }));
            like.next().into_iter().chain([parameters[id]["Default"].clone()]).collect()
        }
        _ => match other_resources(template, id).first() {
            Some(other) => vec![json!({ "Ref": other })],
            None => vec![json!("another")],
        },
    }
}

/// Texts with another value in place of each reference, and one that ends otherwise; an ARN also with any resource.
fn substitutions(text: &str) -> Vec<String> {
    let mut texts = vec![format!("{text}-other")];
    if text.starts_with("arn:")
        && let Some((before, _)) = text.rsplit_once(['/', ':']).filter(|(_, last)| *last != "*")
    {
        texts.push(format!("{before}/*"));
    }
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else { break };
        let reference = &rest[start..=start + length];
        let other = match reference {
            "${AWS::Partition}" => "aws",
            "${AWS::AccountId}" | "${OrganizationId}" => "*",
            _ => "another",
        };
        let changed = text.replacen(reference, other, 1);
        if !texts.contains(&changed) {
            texts.push(changed);
        }
        rest = &rest[start + length..];
    }
    texts
}
