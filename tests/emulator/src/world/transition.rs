//! Changes that come with time.

use chrono::{DateTime, Utc};

/// A change that comes with time. What is `since` a time does not happen to a member whose status changed after it: the
/// account was removed meanwhile, or invited anew.
#[derive(Debug, Clone)]
pub(crate) enum Transition {
    /// An account that was asked for is created.
    AccountCreated { request: String },
    /// An account that was closed is suspended.
    AccountSuspended { account: String },
    /// An account that was suspended is gone for good.
    AccountPurged { account: String },
    /// Detective has compared account id and email address.
    Verified { graph: String, account: String, since: DateTime<Utc> },
    /// Detective has checked the data volume of a member that accepted.
    Checked { graph: String, account: String, since: DateTime<Utc> },
    /// Detective enables an account that joined the organization.
    AutoEnabled { graph: String, account: String },
    /// Detective removes an account that left the organization.
    Departed { graph: String, account: String },
    /// An investigation has its result.
    Investigated { graph: String, investigation: String },
}
