//! Answers in XML, written by the model.
//! <https://smithy.io/2.0/spec/protocol-traits.html#xml-bindings>

use serde_json::Value;

use crate::protocol::model::definition::{Model, Operation, Reference};

/// Stands for the request's id in an XML body.
pub(crate) const REQUEST_ID: &str = "REQUEST-ID";

/// A text as XML has it.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#13;"),
            other => escaped.push(other),
        }
    }
    escaped
}

impl Model {
    /// An answer of the query protocol.
    pub(crate) fn query_answer(&self, operation: &Operation, answer: &Value) -> String {
        let (name, namespace) = (&operation.name, &self.metadata.xml_namespace);
        let result = operation.output.as_ref().map(|output| self.content(output, answer)).unwrap_or_default();
        format!(
            "<{name}Response xmlns=\"{namespace}\"><{name}Result>{result}</{name}Result>\
             <ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></{name}Response>"
        )
    }

    /// The body of an answer of the rest-xml protocol, in an element of that name. Members that are headers are left out.
    pub(crate) fn xml_answer(&self, operation: &Operation, root: &str, answer: &Value) -> String {
        let content = operation.output.as_ref().map(|output| self.content(output, answer)).unwrap_or_default();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{content}</{root}>"
        )
    }

    fn content(&self, reference: &Reference, value: &Value) -> String {
        let shape = &self.shapes[&reference.shape];
        match value {
            Value::Object(members) => {
                let known = shape.members.iter().filter(|(_, member)| member.location.is_none());
                let found = known.filter_map(|(name, member)| Some((name, member, members.get(name)?)));
                found.map(|(name, member, value)| self.element(name, member, value)).collect()
            }
            Value::Array(items) => {
                let Some(item) = &shape.member else { return String::new() };
                items.iter().map(|value| self.element("member", item, value)).collect()
            }
            Value::String(text) => escaped(text),
            Value::Null => String::new(),
            other => other.to_string(),
        }
    }

    fn element(&self, name: &str, reference: &Reference, value: &Value) -> String {
        let name = reference.location_name.as_deref().unwrap_or(name);
        match (value, &self.shapes[&reference.shape]) {
            (Value::Array(items), shape) if shape.flattened => {
                let item = shape.member.as_ref().expect("a list has a member shape");
                items.iter().map(|value| format!("<{name}>{}</{name}>", self.content(item, value))).collect()
            }
            _ => format!("<{name}>{}</{name}>", self.content(reference, value)),
        }
    }
}
