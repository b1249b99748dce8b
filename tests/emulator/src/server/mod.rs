//! The HTTP server, the admin API and the page for people.

pub(crate) mod admin;
pub(crate) mod http;
