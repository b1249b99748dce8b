//! Text of others, as it is repeated in reports and log lines.

/// How many characters of a message are repeated. A report may have thousands of messages.
const MAX_MESSAGE: usize = 500;

/// A message of AWS or of whoever sent something: without what looks like an email address, because some messages repeat
/// input, and cut if it is long.
pub(crate) fn excerpt(message: &str) -> String {
    if !message.contains('@') {
        return cut(message, MAX_MESSAGE);
    }
    let words = message.split(' ').map(|word| if word.contains('@') { "(email address)" } else { word });
    cut(&words.collect::<Vec<_>>().join(" "), MAX_MESSAGE)
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
