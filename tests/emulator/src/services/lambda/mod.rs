//! AWS Lambda: what is deployed of functions, the account's quota, and invocations.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/welcome.html>

mod functions;
mod invoke;
pub(crate) mod service;
