//! Environment variables.
//!
//! A variable that is empty counts as missing: CloudFormation cannot leave one out.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

/// A variable that does not hold what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("environment variable {variable} {problem}: set it to {expected}")]
pub struct ConfigError {
    variable: &'static str,
    problem: String,
    expected: &'static str,
}

impl ConfigError {
    /// The error that `variable` is wrong in the way of `problem` ("is missing"), and should hold `expected`.
    pub fn new(variable: &'static str, problem: impl Into<String>, expected: &'static str) -> Self {
        Self { variable, problem: problem.into(), expected }
    }
}

/// Reads variables through a lookup, which is the process's environment but in unit tests.
pub struct Environment<'a>(&'a dyn Fn(&str) -> Option<String>);

impl<'a> Environment<'a> {
    /// An environment that asks `lookup`.
    pub fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self(lookup)
    }

    /// The variable's text, trimmed; `None` if it is missing or empty.
    pub fn text(&self, variable: &'static str) -> Option<String> {
        (self.0)(variable).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// The variable as a `T`, or `default` if it is missing.
    pub fn parsed<T: FromStr>(
        &self,
        variable: &'static str,
        default: T,
        expected: &'static str,
    ) -> Result<T, ConfigError> {
        match self.text(variable) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| ConfigError::new(variable, format!("is {text:?}"), expected)),
        }
    }

    /// The variable's items between commas, in order and without repetition; empty if it is missing.
    pub fn list<T>(&self, variable: &'static str, expected: &'static str) -> Result<Vec<T>, ConfigError>
    where
        T: FromStr<Err: Display> + Ord + Clone,
    {
        let mut seen = BTreeSet::new();
        let mut items = Vec::new();
        let text = self.text(variable).unwrap_or_default();
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let item: T = item
                .parse()
                .map_err(|error| ConfigError::new(variable, format!("has a wrong item ({error})"), expected))?;
            if seen.insert(item.clone()) {
                items.push(item);
            }
        }
        Ok(items)
    }
}
