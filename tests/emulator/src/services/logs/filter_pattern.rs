//! Filter patterns: terms, and comparisons of the members of JSON.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>

use serde_json::Value;

use crate::iam::pattern::like;
use crate::protocol::error::AwsError;
use crate::services::logs::errors::invalid;

/// Which events are wanted.
#[derive(Debug, PartialEq)]
pub(super) enum FilterPattern {
    /// Those with all of the terms, none of the excluded ones, and one of the alternatives, if there are any.
    Terms { all: Vec<String>, none: Vec<String>, any: Vec<String> },
    /// Those that are JSON, whose members are as all the comparisons state; or as any of them does.
    Members { comparisons: Vec<Comparison>, any: bool },
}

/// A comparison of a member with a text, in which `*` stands for anything.
#[derive(Debug, PartialEq)]
pub(super) struct Comparison {
    path: Vec<String>,
    equal: bool,
    text: String,
}

impl FilterPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// It is none, or it is of a kind that is not emulated.
    pub(super) fn parse(pattern: &str) -> Result<Self, AwsError> {
        let pattern = pattern.trim();
        match (pattern.chars().next(), pattern.contains('%')) {
            (Some('{'), false) => members(pattern),
            (Some('['), _) | (_, true) => Err(AwsError::not_implemented(
                "logs:FilterLogEvents with a filter pattern that has columns or a regular expression",
            )),
            _ => terms(pattern),
        }
    }

    pub(super) fn is_match(&self, message: &str) -> bool {
        match self {
            Self::Terms { all, none, any } => {
                let has = |term: &String| message.contains(term.as_str());
                all.iter().all(has) && !none.iter().any(has) && (any.is_empty() || any.iter().any(has))
            }
            Self::Members { comparisons, any } => {
                let Ok(event @ Value::Object(_)) = serde_json::from_str(message) else { return false };
                let mut held = comparisons.iter().map(|comparison| comparison.holds(&event));
                if *any { held.any(|holds| holds) } else { held.all(|holds| holds) }
            }
        }
    }
}

fn terms(pattern: &str) -> Result<FilterPattern, AwsError> {
    let (mut all, mut none, mut any) = (Vec::new(), Vec::new(), Vec::new());
    let mut rest = pattern;
    while !rest.is_empty() {
        let (list, after) = match rest.chars().next() {
            Some('-') => (&mut none, &rest[1..]),
            Some('?') => (&mut any, &rest[1..]),
            _ => (&mut all, rest),
        };
        let (term, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or_else(|| invalid("Invalid filter pattern"))?,
            None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
        };
        if term.is_empty() {
            return Err(invalid("Invalid filter pattern"));
        }
        list.push(term.to_owned());
        rest = after.trim_start();
    }
    Ok(FilterPattern::Terms { all, none, any })
}

fn members(pattern: &str) -> Result<FilterPattern, AwsError> {
    let inner = pattern.strip_prefix('{').and_then(|inner| inner.strip_suffix('}'));
    let inner = inner.ok_or_else(|| invalid("Invalid filter pattern"))?;
    let any = inner.contains("||");
    if inner.contains('(') || any && inner.contains("&&") {
        return Err(AwsError::not_implemented(
            "logs:FilterLogEvents with && and || or parentheses in one filter pattern",
        ));
    }
    let comparisons = inner.split(if any { "||" } else { "&&" }).map(comparison).collect::<Result<_, _>>()?;
    Ok(FilterPattern::Members { comparisons, any })
}

fn comparison(text: &str) -> Result<Comparison, AwsError> {
    if text.contains(['<', '>']) || text.contains(" IS ") || text.contains("EXISTS") {
        let what = format!("logs:FilterLogEvents with the comparison {}", text.trim());
        return Err(AwsError::not_implemented(&what));
    }
    let wrong = || invalid("Invalid filter pattern");
    let (path, value, equal) = match text.split_once("!=") {
        Some((path, value)) => (path, value, false),
        None => text.split_once('=').map(|(path, value)| (path, value, true)).ok_or_else(wrong)?,
    };
    let path = path.trim().strip_prefix("$.").ok_or_else(wrong)?;
    // A name with a dot in it is in brackets, such as $.['account.id']; others are separated by dots.
    let path = match path.strip_prefix("['").and_then(|name| name.strip_suffix("']")) {
        Some(name) => vec![name.to_owned()],
        None => path.split('.').map(str::to_owned).collect(),
    };
    let value = value.trim();
    let text = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    Ok(Comparison { path, equal, text: text.to_owned() })
}

impl Comparison {
    fn holds(&self, event: &Value) -> bool {
        let member = self.path.iter().fold(event, |value, name| &value[name.as_str()]);
        let text = match member {
            Value::Null => return false,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        like(&self.text, &text) == self.equal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, message: &str) -> bool {
        FilterPattern::parse(pattern).expect("it is emulated").is_match(message)
    }

    #[test]
    fn terms_are_all_there_or_excluded_or_alternatives() {
        let line = r#"{"level":"ERROR","account":{"id":"444444444444"},"message":"account failed: late"}"#;
        for (pattern, expected) in [
            ("", true),
            ("ERROR", true),
            ("error", false),
            ("ERROR WARN", false),
            ("?ERROR ?WARN", true),
            ("ERROR -late", false),
            (r#""account failed""#, true),
            (r#""failed account""#, false),
            (r#"{ $.level = "ERROR" }"#, true),
            (r#"{ $.level = "ERR*" && $.account.id = 444444444444 }"#, true),
            (r#"{ $.level = "WARN" || $.level = "ERROR" }"#, true),
            (r#"{ $.level != "ERROR" }"#, false),
            (r#"{ $.other != "ERROR" }"#, false),
        ] {
            assert_eq!(matches(pattern, line), expected, "{pattern}");
        }
        assert!(!matches(r#"{ $.level = "ERROR" }"#, "ERROR"));
        assert!(matches(r#"{ $.['account.id'] = "1" }"#, r#"{"account.id":"1"}"#));
    }

    #[test]
    fn what_is_not_emulated_answers_501_and_what_is_no_pattern_is_refused() {
        for (pattern, status) in
            [("[a, b]", 501), ("%ERR.*%", 501), ("{ $.a > 1 }", 501), ("\"a", 400), ("{ a = 1 }", 400)]
        {
            assert_eq!(FilterPattern::parse(pattern).expect_err(pattern).status, status, "{pattern}");
        }
    }
}
