//! Amazon S3.

mod conditions;
mod objects;
mod request;
pub(crate) mod service;
