//! What a query of Logs Insights consists of, as far as it is emulated.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html>

use fancy_regex::Regex;

/// A command.
#[derive(Debug)]
pub(super) enum Command {
    /// Which fields are shown.
    Fields(Vec<String>),
    Filter(Condition),
    /// Takes fields out of a field, by the names of a regular expression's groups.
    Parse(String, Regex),
    /// By which fields, and whether the largest comes first.
    Sort(Vec<(String, bool)>),
    Limit(usize),
    Stats {
        aggregates: Vec<Aggregate>,
        by: Vec<String>,
    },
}

/// A function over all events of a group.
#[derive(Debug)]
pub(super) struct Aggregate {
    pub(super) function: String,
    /// Its field; `*` for all events.
    pub(super) field: String,
    /// The name of the result.
    pub(super) name: String,
}

/// What an event must be.
#[derive(Debug)]
pub(super) enum Condition {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Compare(String, &'static str, String),
    Matches(String, Regex),
    Contains(String, String),
    In(String, Vec<String>),
    IsPresent(String),
}
