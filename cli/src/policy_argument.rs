//! The coverage policy, as people pass it.

/// The policy's text: as given if it is JSON, or else from the file.
///
/// # Errors
/// It is neither: a sentence.
pub(crate) fn policy(given: &str) -> Result<String, String> {
    let text = given.trim();
    if text.is_empty() || text.starts_with('{') {
        return Ok(text.to_owned());
    }
    let read = std::fs::read_to_string(given).map(|text| text.trim().to_owned());
    read.map_err(|error| format!("--policy is neither a JSON object nor a file that can be read: {given}: {error}"))
}
