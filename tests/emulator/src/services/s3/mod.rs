//! Amazon S3.

mod checksums;
mod conditions;
mod list;
mod model;
mod objects;
pub(crate) mod service;
