//! Calls to AWS: settings, clients, and each service's operations.

pub mod account;
pub mod alerts;
pub mod clients;
pub mod clock;
pub mod detective;
pub mod detective_region;
pub mod failure_record;
pub mod history_store;
pub mod http;
pub mod lambda;
pub mod notice;
pub mod organization_reader;
pub mod organizations;
mod page_tokens;
mod rate_limit;
pub mod removal_record;
pub mod s3;
#[cfg(test)]
mod s3_and_ssm_tests;
pub mod settings;
mod signed_call;
pub mod sns;
pub mod some_accounts;
pub mod sqs;
pub mod ssm;
mod stored_document;
pub mod sts;
pub mod unit_names;
pub mod units;
pub mod waits;
