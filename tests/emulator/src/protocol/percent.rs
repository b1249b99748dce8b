//! Percent-encoding.

/// Decodes %XX in a path or query string; what is not UTF-8 becomes the replacement character.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut remaining = text.as_bytes();
    while let [first, tail @ ..] = remaining {
        let pair = tail.get(..2).and_then(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        match (first, pair) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                remaining = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                remaining = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
