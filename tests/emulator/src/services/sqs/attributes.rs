//! The attributes of messages, which their senders give them.
//!
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::protocol::error::AwsError;
use crate::protocol::input::texts;
use crate::resources::queue::digest;
use crate::services::sqs::errors::invalid_value;

/// The most attributes of a message.
const MOST: usize = 10;

/// The attributes in an input.
pub(super) fn read(input: &Value) -> Result<Map<String, Value>, AwsError> {
    let Value::Object(attributes) = &input["MessageAttributes"] else { return Ok(Map::new()) };
    if attributes.len() > MOST {
        return Err(invalid_value(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{MOST}].",
            attributes.len()
        )));
    }
    for (name, attribute) in attributes {
        let refuse = |problem: &str| Err(invalid_value(format!("The message attribute '{name}' {problem}")));
        let lower = name.to_ascii_lowercase();
        let is_reserved = lower.starts_with("aws.") || lower.starts_with("amazon.");
        let letters = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
        let dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
        if name.is_empty() || name.len() > 256 || is_reserved || dots || !name.chars().all(letters) {
            return refuse("has a name that is not allowed.");
        }
        let kind = attribute["DataType"].as_str().unwrap_or_default();
        match (kind.split('.').next(), attribute["StringValue"].as_str(), bytes_of(attribute)) {
            (Some("String"), Some(text), None) if !text.is_empty() => {}
            (Some("Number"), Some(text), None) if text.parse::<f64>().is_ok() => {}
            (Some("Binary"), None, Some(bytes)) if !bytes.is_empty() => {}
            _ => return refuse("must have a value of its type: String, Number or Binary."),
        }
    }
    Ok(attributes.clone())
}

fn bytes_of(attribute: &Value) -> Option<Vec<u8>> {
    STANDARD.decode(attribute["BinaryValue"].as_str()?).ok()
}

/// The name, the type and the value of each attribute, by name, and whether the value is binary.
fn parts(attributes: &Map<String, Value>) -> impl Iterator<Item = (&str, &str, Vec<u8>, bool)> {
    attributes.iter().map(|(name, attribute)| {
        let kind = attribute["DataType"].as_str().unwrap_or_default();
        let text = || attribute["StringValue"].as_str().unwrap_or_default().as_bytes().to_vec();
        let bytes = bytes_of(attribute);
        let is_binary = bytes.is_some();
        (name.as_str(), kind, bytes.unwrap_or_else(text), is_binary)
    })
}

/// How many bytes the attributes add to a message.
pub(super) fn bytes(attributes: &Map<String, Value>) -> usize {
    parts(attributes).map(|(name, kind, value, _)| name.len() + kind.len() + value.len()).sum()
}

/// The MD5 digest of the attributes, by which clients know that they arrived whole; `None` without any.
pub(super) fn digest_of(attributes: &Map<String, Value>) -> Option<String> {
    let mut encoded = Vec::new();
    let add = |bytes: &[u8], encoded: &mut Vec<u8>| {
        encoded.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        encoded.extend_from_slice(bytes);
    };
    let mut sorted: Vec<_> = parts(attributes).collect();
    sorted.sort();
    for (name, kind, value, is_binary) in sorted {
        add(name.as_bytes(), &mut encoded);
        add(kind.as_bytes(), &mut encoded);
        encoded.push(if is_binary { 2 } else { 1 });
        add(&value, &mut encoded);
    }
    (!attributes.is_empty()).then(|| digest(encoded))
}

/// The attributes that a call asks for, by names or beginnings of names.
pub(super) fn requested(input: &Value, attributes: &Map<String, Value>) -> Map<String, Value> {
    let wanted: Vec<&str> = texts(input, "MessageAttributeNames").collect();
    let is_wanted = |name: &str| {
        wanted.iter().any(|wanted| match wanted.strip_suffix(".*") {
            _ if ["All", ".*"].contains(wanted) => true,
            Some(beginning) => name.starts_with(beginning),
            None => *wanted == name,
        })
    };
    attributes.iter().filter(|(name, _)| is_wanted(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}
