//! Calls to AWS: settings, clients, and each service's operations.

pub mod account;
pub mod clients;
pub mod detective;
pub mod detective_region;
pub mod http;
pub mod organization_reader;
pub mod organizations;
mod rate_limit;
mod rest;
pub mod s3;
pub mod settings;
pub mod sqs;
pub mod ssm;
pub mod sts;
