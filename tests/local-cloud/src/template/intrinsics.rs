//! Intrinsic functions, conditions and references.

use std::cell::Cell;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::error::{TemplateError, join};
use super::parameters::scalar_text;
use super::target::Target;

/// Deeper than any template nests; a circle of references or conditions is.
const DEEPEST: usize = 100;

/// Knows everything that an intrinsic function can ask for.
pub(super) struct Resolver<'a> {
    pub(super) template: &'a Value,
    pub(super) target: &'a Target,
    parameters: BTreeMap<String, Value>,
    depth: Cell<usize>,
}

type Result<T> = std::result::Result<T, TemplateError>;

impl<'a> Resolver<'a> {
    pub(super) fn new(template: &'a Value, target: &'a Target, parameters: BTreeMap<String, Value>) -> Self {
        Self { template, target, parameters, depth: Cell::new(0) }
    }

    /// The value without intrinsic functions; `None` for `AWS::NoValue`.
    pub(super) fn resolve(&self, value: &Value, place: &str) -> Result<Option<Value>> {
        match value {
            Value::Object(map) => {
                if let Some((name, argument)) = intrinsic(map) {
                    return self.deeper(place, || self.call(name, argument, &join(place, name)));
                }
                let mut resolved = Map::new();
                for (key, value) in map {
                    if let Some(value) = self.resolve(value, &join(place, key))? {
                        resolved.insert(key.clone(), value);
                    }
                }
                Ok(Some(Value::Object(resolved)))
            }
            Value::Array(items) => {
                let mut resolved = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    resolved.extend(self.resolve(item, &join(place, index))?);
                }
                Ok(Some(Value::Array(resolved)))
            }
            scalar => Ok(Some(scalar.clone())),
        }
    }

    fn call(&self, name: &str, argument: &Value, place: &str) -> Result<Option<Value>> {
        Ok(Some(match name {
            "Ref" => match argument.as_str() {
                Some("AWS::NoValue") => return Ok(None),
                Some(id) => self.reference_value(id, place)?,
                None => return Err(TemplateError::new(place, "it needs a name")),
            },
            "Fn::GetAtt" => match argument.as_str().and_then(|text| text.split_once('.')) {
                Some((id, attribute)) => self.attribute(id, attribute, place)?.into(),
                None => {
                    let [id, attribute] = self.arguments(argument, place)?;
                    self.attribute(&self.text(id, place)?, &self.text(attribute, place)?, place)?.into()
                }
            },
            "Fn::If" => {
                let [condition, then, otherwise] = self.arguments(argument, place)?;
                let holds = self.condition(condition.as_str().unwrap_or_default(), place)?;
                return self.resolve(if holds { then } else { otherwise }, place);
            }
            "Fn::Sub" => self.substitute(argument, place)?.into(),
            "Fn::Join" => {
                let [delimiter, items] = self.arguments(argument, place)?;
                self.texts(items, place)?.join(&self.text(delimiter, place)?).into()
            }
            "Fn::Split" => {
                let [delimiter, text] = self.arguments(argument, place)?;
                let (delimiter, text) = (self.text(delimiter, place)?, self.text(text, place)?);
                Value::from(text.split(&delimiter).collect::<Vec<_>>())
            }
            "Fn::Select" => {
                let [index, items] = self.arguments(argument, place)?;
                let (index, items) = (self.text(index, place)?, self.list(items, place)?);
                let chosen = index.parse().ok().and_then(|index: usize| items.get(index).cloned());
                chosen.ok_or_else(|| TemplateError::new(place, format!("there is no item {index}")))?
            }
            "Fn::FindInMap" => self.find_in_map(argument, place)?,
            "Fn::Base64" => return Err(TemplateError::new(place, "Fn::Base64 is not understood here")),
            "Fn::GetAZs" => {
                let region = self.text(argument, place)?;
                let region = if region.is_empty() { &self.target.region } else { &region };
                Value::from(["a", "b", "c"].map(|zone| format!("{region}{zone}")).to_vec())
            }
            "Condition" | "Fn::Equals" | "Fn::Not" | "Fn::And" | "Fn::Or" | "Fn::Contains" => {
                Value::Bool(self.function_holds(name, argument, place)?)
            }
            "Fn::ImportValue" => {
                return Err(TemplateError::new(place, "values of other stacks cannot be imported here"));
            }
            other => return Err(TemplateError::new(place, format!("{other} is not understood here"))),
        }))
    }

    /// Whether a condition of the template holds.
    pub(super) fn condition(&self, name: &str, place: &str) -> Result<bool> {
        match &self.template["Conditions"][name] {
            Value::Null => Err(TemplateError::new(place, format!("there is no condition {name:?}"))),
            condition => self.deeper(place, || self.boolean(condition, &join("Conditions", name))),
        }
    }

    /// A condition function's value.
    pub(super) fn boolean(&self, value: &Value, place: &str) -> Result<bool> {
        let function = value.as_object().and_then(intrinsic);
        match function {
            Some((name, argument)) => self.deeper(place, || self.function_holds(name, argument, place)),
            None => match value {
                Value::Bool(value) => Ok(*value),
                _ => Err(TemplateError::new(place, format!("{value} is not a condition"))),
            },
        }
    }

    fn function_holds(&self, name: &str, argument: &Value, place: &str) -> Result<bool> {
        let all = || -> Result<Vec<bool>> {
            let items = argument.as_array().ok_or_else(|| TemplateError::new(place, "it needs a list"))?;
            items.iter().map(|item| self.boolean(item, place)).collect()
        };
        match name {
            "Condition" => self.condition(argument.as_str().unwrap_or_default(), place),
            "Fn::Equals" => {
                let [left, right] = self.arguments(argument, place)?;
                let (left, right) = (self.resolve(left, place)?, self.resolve(right, place)?);
                Ok(left.as_ref().map(comparable) == right.as_ref().map(comparable))
            }
            "Fn::Not" => Ok(!all()?.first().copied().unwrap_or_default()),
            "Fn::And" => Ok(all()?.into_iter().all(|holds| holds)),
            "Fn::Or" => Ok(all()?.into_iter().any(|holds| holds)),
            "Fn::Contains" => {
                let [items, item] = self.arguments(argument, place)?;
                Ok(self.texts(items, place)?.contains(&self.text(item, place)?))
            }
            other => Err(TemplateError::new(place, format!("{other} is not a condition function"))),
        }
    }

    /// `Ref` of a parameter, a pseudo parameter or a resource.
    fn reference_value(&self, id: &str, place: &str) -> Result<Value> {
        if let Some(value) = self.parameters.get(id) {
            return Ok(value.clone());
        }
        self.reference(id, place).map(Value::from)
    }

    fn substitute(&self, argument: &Value, place: &str) -> Result<String> {
        let (pattern, own) = match argument {
            Value::String(pattern) => (pattern.as_str(), None),
            Value::Array(items) => match items.as_slice() {
                [Value::String(pattern), own] => (pattern.as_str(), own.as_object()),
                _ => return Err(TemplateError::new(place, "it needs a text and a map")),
            },
            _ => return Err(TemplateError::new(place, "it needs a text")),
        };
        let mut result = String::new();
        let mut rest = pattern;
        while let Some(start) = rest.find("${") {
            result.push_str(&rest[..start]);
            let Some(length) = rest[start..].find('}') else {
                return Err(TemplateError::new(place, "a ${ has no }"));
            };
            let name = &rest[start + 2..start + length];
            rest = &rest[start + length + 1..];
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str(&format!("${{{literal}}}"));
            } else if let Some(value) = own.and_then(|own| own.get(name)) {
                result.push_str(&self.text(value, place)?);
            } else if self.parameters.contains_key(name) {
                result.push_str(&as_text(&self.parameters[name], place)?);
            } else {
                result.push_str(&match name.split_once('.') {
                    Some((id, attribute)) => self.attribute(id, attribute, place)?,
                    None => self.reference(name, place)?,
                });
            }
        }
        result.push_str(rest);
        Ok(result)
    }

    fn find_in_map(&self, argument: &Value, place: &str) -> Result<Value> {
        let [map, first, second] = self.arguments(argument, place)?;
        let (map, first, second) = (self.text(map, place)?, self.text(first, place)?, self.text(second, place)?);
        match &self.template["Mappings"][&map][&first][&second] {
            Value::Null => Err(TemplateError::new(place, format!("Mappings has no {map}.{first}.{second}"))),
            value => Ok(value.clone()),
        }
    }

    fn arguments<'v, const N: usize>(&self, argument: &'v Value, place: &str) -> Result<[&'v Value; N]> {
        let items = argument.as_array().map(|items| items.iter().collect::<Vec<_>>());
        let items = items.and_then(|items| items.try_into().ok());
        items.ok_or_else(|| TemplateError::new(place, format!("it needs a list of {N}")))
    }

    pub(super) fn text(&self, value: &Value, place: &str) -> Result<String> {
        as_text(&self.resolve(value, place)?.unwrap_or(Value::Null), place)
    }

    fn list(&self, value: &Value, place: &str) -> Result<Vec<Value>> {
        match self.resolve(value, place)? {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(TemplateError::new(place, "it needs a list")),
        }
    }

    fn texts(&self, value: &Value, place: &str) -> Result<Vec<String>> {
        self.list(value, place)?.iter().map(|item| as_text(item, place)).collect()
    }

    pub(super) fn deeper<T>(&self, place: &str, run: impl FnOnce() -> Result<T>) -> Result<T> {
        if self.depth.get() >= DEEPEST {
            return Err(TemplateError::new(place, "this refers to itself"));
        }
        self.depth.set(self.depth.get() + 1);
        let result = run();
        self.depth.set(self.depth.get() - 1);
        result
    }
}

/// The one key of a function's call.
fn intrinsic(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (key, value) = map.iter().next().filter(|_| map.len() == 1)?;
    // An IAM statement has a Condition as well, but never a text or nothing beside it.
    let is_function = key == "Ref" || key.starts_with("Fn::") || (key == "Condition" && value.is_string());
    is_function.then_some((key.as_str(), value))
}

fn as_text(value: &Value, place: &str) -> Result<String> {
    scalar_text(value).ok_or_else(|| TemplateError::new(place, format!("{value} is not text")))
}

/// CloudFormation compares texts: 1 equals "1".
fn comparable(value: &Value) -> Value {
    scalar_text(value).map_or_else(|| value.clone(), Value::from)
}
