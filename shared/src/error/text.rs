//! Text of others, as it is repeated in reports and log lines.

use std::borrow::Cow;

/// How many characters of a message are repeated. A report may have thousands of messages.
const MAX_MESSAGE: usize = 500;

/// How many characters of an id or a name are repeated. EventBridge's ids have 36.
const MAX_LABEL: usize = 100;

/// A message of AWS or of whoever sent something: without what looks like an email address, because some messages repeat
/// input, and cut if it is long.
pub(crate) fn excerpt(message: &str) -> String {
    cut(&redacted(message), MAX_MESSAGE)
}

/// An id or a name that somebody else chose, as log lines and reports have it: without what looks like an email address, and
/// short.
pub(crate) fn label(text: &str) -> String {
    cut(&redacted(text), MAX_LABEL)
}

fn redacted(text: &str) -> Cow<'_, str> {
    if !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let words = text.split(' ').map(|word| if word.contains('@') { "(email address)" } else { word });
    Cow::Owned(words.collect::<Vec<_>>().join(" "))
}

/// The text's first `max` characters, and a mark if there are more.
pub(crate) fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn email_addresses_are_left_out_of_messages() {
        assert_eq!(excerpt("email root@example.com is not valid"), "email (email address) is not valid");
    }

    #[test]
    fn a_long_message_is_cut_between_characters_and_marked() {
        assert_eq!(excerpt(&"ü".repeat(500)), "ü".repeat(500));
        assert_eq!(excerpt(&"ü".repeat(501)), "ü".repeat(500) + "…");
        assert_eq!(
            excerpt(&format!("{} root@example.com", "x".repeat(490))),
            format!("{} (email ad…", "x".repeat(490))
        );
    }
}
