//! How long what AWS does in the background takes.

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::resources::span::Span;

/// How long what AWS does in the background takes, in virtual time.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Timing {
    /// From CreateAccount to its result.
    pub account_creation: Span,
    /// From CreateMembers to INVITED or VERIFICATION_FAILED.
    pub verification: Span,
    /// From CreateMembers to ENABLED or ACCEPTED_BUT_DISABLED for an organization account, which is never INVITED. Meanwhile
    /// it is VERIFICATION_IN_PROGRESS. 0: the answer of CreateMembers has its final status.
    pub organization_verification: Span,
    /// From AcceptInvitation until Detective has checked the data volume. Meanwhile the member is
    /// ACCEPTED_BUT_DISABLED with VOLUME_UNKNOWN.
    pub enabling: Span,
    /// How long it is from one of Detective's checks of all members that are ACCEPTED_BUT_DISABLED to the next; the first
    /// is that long after the start. It enables those that are eligible. 0 switches the checks off.
    pub hourly_check: Span,
    /// For how long an account is PENDING_ACTIVATION after it was created; one of the scenario in this state, from the start on.
    /// 0: a new account is ACTIVE at once, and one of the scenario in this state keeps it.
    pub account_activation: Span,
    /// For how long after an account was created CreateMembers answers InternalServerException for it.
    pub new_account_settling: Span,
    /// From CloseAccount to SUSPENDED.
    pub account_closure: Span,
    /// From SUSPENDED to CLOSED, when the account leaves the organization.
    pub account_purge: Span,
    /// From an account's leaving to its removal from organization graphs, and from CLOSED to its removal from all graphs.
    pub departure: Span,
    /// From a write to the time at which reads show it.
    pub visibility: Span,
    /// From StartInvestigation to its result.
    pub investigation: Span,
}

impl Default for Timing {
    fn default() -> Self {
        let seconds = |count| Span(TimeDelta::seconds(count));
        Self {
            account_creation: seconds(60),
            verification: seconds(120),
            organization_verification: seconds(0),
            enabling: seconds(60),
            // <https://docs.aws.amazon.com/detective/latest/userguide/accounts.html>: it runs every hour.
            hourly_check: seconds(3600),
            account_activation: seconds(0),
            new_account_settling: seconds(0),
            account_closure: seconds(60),
            // <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-closing.html>: the post-closure period.
            account_purge: Span(TimeDelta::days(90)),
            departure: seconds(300),
            visibility: seconds(0),
            investigation: seconds(300),
        }
    }
}
