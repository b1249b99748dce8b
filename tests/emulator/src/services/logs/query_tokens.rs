//! The words of a query of Logs Insights.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html>

use crate::protocol::error::AwsError;
use crate::services::logs::errors::malformed;

/// A word.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A command, a field, a function, or `and` and its like.
    Name(String),
    /// A text in quotes.
    Text(String),
    Number(f64),
    /// A regular expression between slashes.
    Regex(String),
    Symbol(&'static str),
}

/// The symbols, those first that begin like another.
const SYMBOLS: [&str; 15] = ["!=", "<=", ">=", "=~", "=", "<", ">", "(", ")", "[", "]", ",", "|", "*", "+"];

/// The words of a query. Lines that begin with `#` are comments.
///
/// # Errors
/// Something in it is no word.
pub(super) fn tokens(query: &str) -> Result<Vec<Token>, AwsError> {
    let lines = query.lines().filter(|line| !line.trim_start().starts_with('#'));
    let text = lines.collect::<Vec<_>>().join("\n");
    let (mut tokens, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '"' | '\'' => quoted(rest, first).map(|(text, after)| (Token::Text(text.replace('\\', "")), after)),
            '`' => quoted(rest, first).map(|(name, after)| (Token::Name(name.to_owned()), after)),
            '/' => quoted(rest, first).map(|(regex, after)| (Token::Regex(regex.replace("\\/", "/")), after)),
            _ if first.is_ascii_digit() => Ok(number(rest)),
            _ if is_of_name(first) => Ok(name(rest)),
            _ => symbol(rest),
        }?;
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || ['@', '_', '.'].contains(&letter)
}

/// What is between two marks, and what follows. A backslash takes the next character's meaning away.
fn quoted(text: &str, mark: char) -> Result<(&str, &str), AwsError> {
    let mut is_escaped = false;
    for (index, letter) in text.char_indices().skip(1) {
        if letter == mark && !is_escaped {
            return Ok((&text[1..index], &text[index + 1..]));
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    Err(malformed(&format!("unexpected end of the query: a {mark} is not closed")))
}

fn number(text: &str) -> (Token, &str) {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    (Token::Number(text[..end].parse().unwrap_or_default()), &text[end..])
}

fn name(text: &str) -> (Token, &str) {
    let end = text.find(|letter| !is_of_name(letter)).unwrap_or(text.len());
    (Token::Name(text[..end].to_owned()), &text[end..])
}

fn symbol(text: &str) -> Result<(Token, &str), AwsError> {
    let found = SYMBOLS.into_iter().find_map(|symbol| Some((symbol, text.strip_prefix(symbol)?)));
    let (symbol, after) = found.ok_or_else(|| malformed(&format!("unexpected symbol found at {text:?}")))?;
    Ok((Token::Symbol(symbol), after))
}
