//! AWS service models, as botocore publishes them.

use std::collections::{BTreeMap, HashMap};

use fancy_regex::Regex;
use serde::Deserialize;

/// A service's operations and shapes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Model {
    pub(crate) operations: BTreeMap<String, Operation>,
    pub(crate) not_emulated: BTreeMap<String, NotEmulated>,
    pub(crate) metadata: Metadata,
    pub(crate) shapes: HashMap<String, Shape>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    #[serde(default)]
    pub(crate) xml_namespace: String,
}

/// How a request for an operation is known that AWS has and the emulator does not.
#[derive(Debug, Deserialize)]
pub(crate) struct NotEmulated {
    /// Where a REST protocol has it.
    pub(crate) http: Option<Http>,
    #[serde(default)]
    pub(crate) selectors: Vec<String>,
    /// Whether its requests are not signed.
    #[serde(default)]
    pub(crate) unsigned: bool,
}

/// One operation: how it is called, and what it can answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) http: Http,
    pub(crate) input: Option<Reference>,
    pub(crate) output: Option<Reference>,
    #[serde(default)]
    pub(crate) errors: Vec<Reference>,
    /// The members of the input that are not honoured, each as a path.
    #[serde(default)]
    pub(crate) refused: Vec<String>,
    /// What a request of S3 has because the operation requires it: a header, or `?` and a parameter of the query string.
    #[serde(default)]
    pub(crate) selectors: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Http {
    pub(crate) method: String,
    pub(crate) request_uri: String,
    pub(crate) response_code: Option<u16>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reference {
    pub(crate) shape: String,
    pub(crate) location: Option<String>,
    pub(crate) location_name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Shape {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) members: BTreeMap<String, Reference>,
    #[serde(default)]
    pub(crate) required: Vec<String>,
    pub(crate) member: Option<Reference>,
    pub(crate) key: Option<Reference>,
    pub(crate) value: Option<Reference>,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) pattern: Option<Pattern>,
    #[serde(default, rename = "enum")]
    pub(crate) choices: Vec<String>,
    pub(crate) error: Option<ErrorTrait>,
    /// The member that the body of a request or an answer is.
    pub(crate) payload: Option<String>,
    /// Whether a list has no element of its own in XML.
    #[serde(default)]
    pub(crate) flattened: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorTrait {
    pub(crate) http_status_code: u16,
    /// The code on the wire, where it is not the shape's name.
    pub(crate) code: Option<String>,
}

impl Model {
    /// Reads a model that is embedded in the program.
    pub(crate) fn parse(text: &str) -> Self {
        serde_json::from_str(text).expect("the embedded model is valid: models/strip.py wrote it")
    }

    /// Whether AWS has the operation and the emulator does not.
    pub(crate) fn knows_but_does_not_emulate(&self, operation: &str) -> bool {
        self.not_emulated.contains_key(operation)
    }

    /// The HTTP status of a success.
    pub(crate) fn success_status(&self, operation: &Operation) -> u16 {
        operation.http.response_code.unwrap_or(200)
    }

    /// The HTTP status of an error, if the service's model has the error.
    pub(crate) fn error_status(&self, code: &str) -> Option<u16> {
        let shape = self.shapes.get(code)?;
        Some(shape.error.as_ref().map_or(400, |error| error.http_status_code))
    }

    /// The errors that an operation can answer by the model.
    pub(crate) fn errors<'a>(&'a self, operation: &'a Operation) -> impl Iterator<Item = &'a str> {
        operation.errors.iter().map(|error| {
            let code = self.shapes[&error.shape].error.as_ref().and_then(|error| error.code.as_deref());
            code.unwrap_or(&error.shape)
        })
    }
}

/// A pattern that a whole text must match.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Pattern {
    pub(crate) text: String,
    whole: Regex,
}

impl Pattern {
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.whole.is_match(text).unwrap_or(false)
    }
}

impl TryFrom<String> for Pattern {
    type Error = Box<fancy_regex::Error>;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Ok(Self { whole: Regex::new(&format!("^(?:{text})$"))?, text })
    }
}
