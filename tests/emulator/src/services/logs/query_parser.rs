//! Queries of Logs Insights, as far as they are emulated: commands that are separated by `|`.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html>

use fancy_regex::Regex;

use crate::protocol::error::AwsError;
use crate::services::logs::errors::{malformed, not_in_queries};
use crate::services::logs::query_commands::{Aggregate, Command, Condition};
use crate::services::logs::query_tokens::{Token, tokens};

/// Commands that AWS has, and that are not emulated.
const OTHERS: [&str; 11] =
    ["anomaly", "dedup", "diff", "display", "filterindex", "join", "lookup", "pattern", "source", "unmask", "unnest"];

/// Aggregates that are emulated.
const AGGREGATES: [&str; 8] = ["avg", "count", "count_distinct", "earliest", "latest", "max", "min", "sum"];

/// Reads a query.
///
/// # Errors
/// It is none, or has a part that is not emulated.
pub(super) fn parse(query: &str) -> Result<Vec<Command>, AwsError> {
    let tokens = tokens(query)?;
    let mut commands = Vec::new();
    for words in tokens.split(|token| *token == Token::Symbol("|")) {
        let mut words = Words { words, next: 0 };
        commands.push(words.command()?);
        if let Some(word) = words.words.get(words.next) {
            return Err(match word {
                Token::Symbol("+" | "*" | "(") => not_in_queries("arithmetic and functions of fields"),
                _ => malformed(&format!("unexpected {word:?}")),
            });
        }
    }
    Ok(commands)
}

/// Whether Logs Insights takes a query, as far as it is emulated.
///
/// # Errors
/// What is wrong with it, or not emulated.
pub fn check_query(query: &str) -> Result<(), String> {
    parse(query).map(drop).map_err(|error| error.message)
}

fn regex(text: &str) -> Result<Regex, AwsError> {
    Regex::new(text).map_err(|error| malformed(&format!("{text} is no regular expression: {error}")))
}

struct Words<'a> {
    words: &'a [Token],
    next: usize,
}

impl Words<'_> {
    fn command(&mut self) -> Result<Command, AwsError> {
        let name = self.name()?;
        match name.to_lowercase().as_str() {
            "fields" => Ok(Command::Fields(self.names()?)),
            "filter" => Ok(Command::Filter(self.any()?)),
            "parse" => {
                let field = self.name()?;
                match self.take() {
                    Some(Token::Regex(text)) => Ok(Command::Parse(field, regex(&text)?)),
                    _ => Err(not_in_queries("parse by anything but a regular expression")),
                }
            }
            "sort" => self.sort(),
            "limit" | "head" => match self.take() {
                Some(Token::Number(number)) if number >= 1.0 => Ok(Command::Limit(number as usize)),
                _ => Err(malformed("limit needs a number")),
            },
            "stats" => self.stats(),
            other if OTHERS.contains(&other) => Err(not_in_queries(&format!("the command {other}"))),
            other => Err(malformed(&format!("unexpected symbol found {other}: it is no command"))),
        }
    }

    fn sort(&mut self) -> Result<Command, AwsError> {
        let mut by = Vec::new();
        loop {
            let field = self.name()?;
            let descending = self.takes_name("desc");
            // Descending is the default where neither is stated.
            let ascending = !descending && self.takes_name("asc");
            by.push((field, !ascending));
            if !self.takes(&Token::Symbol(",")) {
                return Ok(Command::Sort(by));
            }
        }
    }

    fn stats(&mut self) -> Result<Command, AwsError> {
        let mut aggregates = Vec::new();
        loop {
            let function = self.name()?.to_lowercase();
            if !AGGREGATES.contains(&function.as_str()) {
                return Err(not_in_queries(&format!("the function {function}")));
            }
            self.expect("(")?;
            let field = if self.takes(&Token::Symbol("*")) { "*".to_owned() } else { self.name()? };
            self.expect(")")?;
            let name = if self.takes_name("as") { self.name()? } else { format!("{function}({field})") };
            aggregates.push(Aggregate { function, field, name });
            if !self.takes(&Token::Symbol(",")) {
                break;
            }
        }
        let by = if self.takes_name("by") { self.names()? } else { Vec::new() };
        Ok(Command::Stats { aggregates, by })
    }

    fn any(&mut self) -> Result<Condition, AwsError> {
        let mut conditions = vec![self.all()?];
        while self.takes_name("or") {
            conditions.push(self.all()?);
        }
        Ok(Condition::Any(conditions))
    }

    fn all(&mut self) -> Result<Condition, AwsError> {
        let mut conditions = vec![self.one()?];
        while self.takes_name("and") {
            conditions.push(self.one()?);
        }
        Ok(Condition::All(conditions))
    }

    fn one(&mut self) -> Result<Condition, AwsError> {
        if self.takes_name("not") {
            return Ok(Condition::Not(Box::new(self.one()?)));
        }
        if self.takes(&Token::Symbol("(")) {
            let inner = self.any()?;
            self.expect(")")?;
            return Ok(inner);
        }
        let field = self.name()?;
        if self.takes(&Token::Symbol("(")) {
            if !field.eq_ignore_ascii_case("ispresent") {
                return Err(not_in_queries(&format!("the function {field}")));
            }
            let of = self.name()?;
            self.expect(")")?;
            return Ok(Condition::IsPresent(of));
        }
        let is_not = self.takes_name("not");
        let condition = self.comparison(field)?;
        Ok(if is_not { Condition::Not(Box::new(condition)) } else { condition })
    }

    fn comparison(&mut self, field: String) -> Result<Condition, AwsError> {
        let word = self.take().ok_or_else(|| malformed("unexpected end of the query"))?;
        match word {
            Token::Name(name) if name.eq_ignore_ascii_case("in") => {
                self.expect("[")?;
                let mut values = vec![self.value()?];
                while self.takes(&Token::Symbol(",")) {
                    values.push(self.value()?);
                }
                self.expect("]")?;
                Ok(Condition::In(field, values))
            }
            Token::Name(name) if name.eq_ignore_ascii_case("like") => self.like(field),
            Token::Symbol("=~") => self.like(field),
            Token::Symbol(operator @ ("=" | "!=" | "<" | "<=" | ">" | ">=")) => {
                Ok(Condition::Compare(field, operator, self.value()?))
            }
            other => Err(malformed(&format!("unexpected {other:?} after {field}"))),
        }
    }

    fn like(&mut self, field: String) -> Result<Condition, AwsError> {
        match self.take() {
            Some(Token::Regex(text)) => Ok(Condition::Matches(field, regex(&text)?)),
            Some(Token::Text(text)) => Ok(Condition::Contains(field, text)),
            _ => Err(malformed("like needs a text or a regular expression")),
        }
    }

    fn value(&mut self) -> Result<String, AwsError> {
        match self.take() {
            Some(Token::Text(text)) => Ok(text),
            Some(Token::Number(number)) => Ok(number.to_string()),
            Some(Token::Name(_)) => Err(not_in_queries("a comparison of two fields")),
            _ => Err(malformed("a value is missing")),
        }
    }

    fn names(&mut self) -> Result<Vec<String>, AwsError> {
        let mut names = vec![self.name()?];
        while self.takes(&Token::Symbol(",")) {
            names.push(self.name()?);
        }
        Ok(names)
    }

    fn name(&mut self) -> Result<String, AwsError> {
        match self.take() {
            Some(Token::Name(name)) => Ok(name),
            other => Err(malformed(&format!("a name is missing, at {other:?}"))),
        }
    }

    fn take(&mut self) -> Option<Token> {
        self.next += 1;
        self.words.get(self.next - 1).cloned()
    }

    fn takes(&mut self, token: &Token) -> bool {
        let is_next = self.words.get(self.next) == Some(token);
        self.next += usize::from(is_next);
        is_next
    }

    fn takes_name(&mut self, name: &str) -> bool {
        let is_next = matches!(self.words.get(self.next), Some(Token::Name(found)) if found.eq_ignore_ascii_case(name));
        self.next += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, symbol: &'static str) -> Result<(), AwsError> {
        if self.takes(&Token::Symbol(symbol)) { Ok(()) } else { Err(malformed(&format!("{symbol} is missing"))) }
    }
}
