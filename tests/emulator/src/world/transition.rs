//! Changes that happen as time passes.

use chrono::{DateTime, Utc};

/// A change that happens as time passes. One with `since` does not happen to a member whose status changed after that
/// time: the account was removed meanwhile, or invited again.
#[derive(Debug, Clone)]
pub(crate) enum Transition {
    /// A requested account is created.
    AccountCreated { request: String },
    /// A new account can be used.
    AccountActivated { account: String },
    /// An account that was closed is suspended.
    AccountSuspended { account: String },
    /// A suspended account is closed for good.
    AccountPurged { account: String },
    /// Detective has compared account id and email address.
    Verified { graph: String, account: String, since: DateTime<Utc> },
    /// Detective has checked the data volume of a member that accepted.
    Checked { graph: String, account: String, since: DateTime<Utc> },
    /// Detective enables the members that have become eligible, as it does every hour.
    HourlyCheck,
    /// Detective enables an account that joined the organization.
    AutoEnabled { graph: String, account: String },
    /// Detective takes an account of the organization that is an invited member of its graph for a member by organization.
    OfOrganization { graph: String, account: String },
    /// Detective removes an account that left the organization.
    Departed { graph: String, account: String },
    /// Detective removes an account that is closed for good, and deletes the graphs that it administers.
    Terminated { account: String },
    /// An investigation has its result.
    Investigated { graph: String, investigation: String },
}
