//! How AWS's services talk: signatures, requests, models, pages, responses and errors.

pub(crate) mod auth;
pub(crate) mod chunks;
pub(crate) mod error;
pub(crate) mod input;
pub(crate) mod model;
pub(crate) mod page;
pub(crate) mod percent;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod service;
mod signature_time;
pub(crate) mod time;
pub(crate) mod wire_protocol;
pub(crate) mod xml;
