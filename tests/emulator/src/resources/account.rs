//! AWS accounts.

use chrono::{DateTime, Utc};

use crate::resources::volume::Volume;

/// The state of an account that cannot be used yet.
pub(crate) const PENDING: &str = "PENDING_ACTIVATION";

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

impl Account {
    /// Whether it takes part in its organization and in services: Organizations has it as ACTIVE.
    pub(crate) fn is_active(&self) -> bool {
        self.state == "ACTIVE"
    }

    /// Whether its credentials work and its roles can be assumed. After an account was closed, only its root user can sign
    /// in, to see bills and to reopen it:
    /// <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-closing.html>.
    pub(crate) fn can_call(&self) -> bool {
        !matches!(self.state.as_str(), "SUSPENDED" | "CLOSED")
    }
}
