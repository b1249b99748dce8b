//! Amazon CloudWatch Logs: what functions write, and how it is searched.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/Welcome.html>

mod errors;
mod filter_pattern;
mod groups;
mod insights;
mod query;
mod query_commands;
mod query_parser;
mod query_tokens;
pub(crate) mod service;

pub use query_parser::check_query;
