//! Invitations of accounts to the organization.

use chrono::{DateTime, TimeDelta, Utc};

/// An invitation of an account.
#[derive(Debug, Clone)]
pub(crate) struct Handshake {
    pub(crate) id: String,
    pub(crate) account: String,
    /// OPEN or ACCEPTED.
    pub(crate) state: &'static str,
    pub(crate) requested: DateTime<Utc>,
}

impl Handshake {
    /// An invitation is open for fifteen days.
    pub(crate) fn expires(&self) -> DateTime<Utc> {
        self.requested + TimeDelta::days(15)
    }
}
