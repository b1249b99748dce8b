//! Which operation a rest-json request is for, and its input.

use serde_json::{Map, Value};

use crate::protocol::model::definition::{Model, Operation};
use crate::protocol::model::violation::Violation;
use crate::protocol::percent::percent_decoded;

impl Model {
    /// The operation that a method and path name, and the parameters in the path.
    pub(crate) fn route(&self, method: &str, path: &str) -> Option<(&Operation, Map<String, Value>)> {
        self.operations.values().find_map(|operation| {
            if operation.http.method != method {
                return None;
            }
            match operation.http.request_uri.split_once('{') {
                None => (operation.http.request_uri == path).then(|| (operation, Map::new())),
                Some((prefix, parameter)) => {
                    let value = percent_decoded(path.strip_prefix(prefix)?);
                    let name = parameter.strip_suffix('}').expect("a parameter ends the path in these models");
                    Some((operation, Map::from_iter([(name.to_owned(), Value::String(value))])))
                }
            }
        })
    }

    /// The input of a rest-json request: parameters of path and query string, and the body's members.
    pub(crate) fn rest_input(
        &self,
        operation: &Operation,
        path: Map<String, Value>,
        query: &str,
        body: &[u8],
    ) -> Result<Value, Violation> {
        let mut input = match body {
            [] => Map::new(),
            body => match serde_json::from_slice(body) {
                Ok(Value::Object(members)) => members,
                _ => {
                    return Err(Violation {
                        message: "The request body is not a JSON object".into(),
                        shape: String::new(),
                    });
                }
            },
        };
        input.extend(path);
        let shape = operation.input.as_ref().map(|input| &self.shapes[&input.shape]);
        for (name, member) in shape.iter().flat_map(|shape| &shape.members) {
            if member.location.as_deref() == Some("querystring") {
                let key = member.location_name.as_deref().unwrap_or(name);
                let values: Vec<Value> = query
                    .split('&')
                    .filter_map(|pair| pair.split_once('='))
                    .filter(|(name, _)| *name == key)
                    .map(|(_, value)| Value::String(percent_decoded(&value.replace('+', " "))))
                    .collect();
                if !values.is_empty() {
                    input.insert(name.clone(), Value::Array(values));
                }
            }
        }
        Ok(Value::Object(input))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static DETECTIVE: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("../../../models/detective.json")));

    #[test]
    fn a_path_parameter_is_decoded() {
        let (operation, parameters) = DETECTIVE.route("POST", "/tags/arn%3Aaws%3Adetective").unwrap();
        assert_eq!(operation.name, "TagResource");
        assert_eq!(parameters["ResourceArn"], "arn:aws:detective");
    }
}
