//! Pages and their tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::protocol::error::AwsError;

/// The page of some ordered items that an input asks for, and the token of the next one.
///
/// A token holds the key of the last item of its page, so that items that are added or removed meanwhile shift nothing.
pub(crate) fn page<T>(
    items: Vec<T>,
    key: impl Fn(&T) -> String,
    input: &Value,
    most: usize,
) -> Result<(Vec<T>, Option<String>), AwsError> {
    let after = start(input)?;
    let size = size(input, most);
    let mut rest = items.into_iter().filter(|item| after.as_ref().is_none_or(|after| key(item) > *after));
    let items: Vec<T> = rest.by_ref().take(size).collect();
    let token = rest.next().and_then(|_| items.last().map(|item| token(&key(item))));
    Ok((items, token))
}

/// How many items the input asks for.
pub(crate) fn size(input: &Value, most: usize) -> usize {
    input["MaxResults"].as_u64().map_or(most, |wanted| (wanted as usize).clamp(1, most))
}

/// The key after which the page begins.
pub(crate) fn start(input: &Value) -> Result<Option<String>, AwsError> {
    match input["NextToken"].as_str() {
        None => Ok(None),
        Some(token) => {
            let bytes = URL_SAFE_NO_PAD.decode(token).ok();
            let key = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
            key.map(Some).ok_or_else(|| AwsError::validation("The NextToken is not one that this operation returned"))
        }
    }
}

/// The token of the page that begins after a key.
pub(crate) fn token(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

/// An answer with its token, if there is one.
pub(crate) fn with_token(mut answer: Value, token: Option<String>) -> Value {
    if let Some(token) = token {
        answer["NextToken"] = Value::String(token);
    }
    answer
}
