//! How AWS's services talk: signatures, requests, models, pages and errors.

pub(crate) mod auth;
pub(crate) mod dispatch;
pub(crate) mod error;
pub(crate) mod model;
pub(crate) mod page;
