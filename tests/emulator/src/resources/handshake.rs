//! Invitations of accounts to the organization.

use chrono::{DateTime, TimeDelta, Utc};

/// An invitation of an account.
#[derive(Debug, Clone)]
pub(crate) struct Handshake {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) accepted: Option<DateTime<Utc>>,
    pub(crate) requested: DateTime<Utc>,
}

impl Handshake {
    /// Its state.
    pub(crate) fn state_at(&self, now: DateTime<Utc>) -> &'static str {
        match self.accepted {
            Some(_) => "ACCEPTED",
            None if self.expires() <= now => "EXPIRED",
            None => "OPEN",
        }
    }

    /// When it was accepted or expired, if it is not open any more.
    pub(crate) fn ended(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.accepted.or_else(|| Some(self.expires()).filter(|expires| *expires <= now))
    }

    /// An invitation is open for fifteen days.
    pub(crate) fn expires(&self) -> DateTime<Utc> {
        self.requested + TimeDelta::days(15)
    }
}
