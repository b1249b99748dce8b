//! The HTTP server, which hands requests to the services, the admin API and the page for people.

mod account;
pub(crate) mod admin;
pub(crate) mod answer;
pub(crate) mod authorize;
pub(crate) mod awaited;
pub(crate) mod date;
pub(crate) mod dispatch;
pub(crate) mod http;
mod page;
pub(crate) mod perform;
pub(crate) mod timers;
pub(crate) mod view;
