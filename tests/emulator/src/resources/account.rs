//! AWS accounts.

use chrono::{DateTime, Utc};

use crate::resources::volume::Volume;

/// An AWS account, in the organization or outside it.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    /// The root user's email address; none for an account that no call and no scenario has named one for yet.
    pub(crate) email: Option<String>,
    pub(crate) name: String,
    /// Its state in Organizations, such as ACTIVE.
    pub(crate) state: String,
    pub(crate) volume: Volume,
    /// Whether Detective's verification of an invitation fails.
    pub(crate) fails_verification: bool,
    pub(crate) created: DateTime<Utc>,
}
