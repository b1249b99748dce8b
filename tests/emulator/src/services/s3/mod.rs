//! Amazon S3.

mod objects;
mod request;
pub(crate) mod service;
