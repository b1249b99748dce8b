//! Requests to create an account.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// A request to create an account in the organization.
#[derive(Debug, Clone)]
pub(crate) struct AccountRequest {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    /// IN_PROGRESS, SUCCEEDED or FAILED.
    pub(crate) state: &'static str,
    /// The account, once it is created.
    pub(crate) account: Option<String>,
    pub(crate) failure: Option<&'static str>,
    pub(crate) requested: DateTime<Utc>,
    pub(crate) completed: Option<DateTime<Utc>>,
    pub(crate) tags: BTreeMap<String, String>,
    /// The role that the management account can assume in the account.
    pub(crate) role: String,
}
