//! The result of a check.

use detective_onboarding::error::CallError;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::region::Region;
use serde::Serialize;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Ok,
    /// It works, and is perhaps not what is intended.
    Warning,
    Problem,
    /// It could not be checked.
    Unknown,
}

/// The result of one check.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Finding {
    /// The check, by a name that scripts can rely on.
    pub(super) id: &'static str,
    pub(super) status: Status,
    /// The account that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<AccountId>,
    /// The Region that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<Region>,
    /// What is in order, or is wrong.
    pub(super) what: String,
    /// Why that matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
    /// How to fix it: a command, or where in the console.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fix: Option<String>,
}

impl Finding {
    fn new(id: &'static str, status: Status, what: impl Into<String>) -> Self {
        Self { id, status, account: None, region: None, what: what.into(), why: None, fix: None }
    }

    pub(super) fn ok(id: &'static str, what: impl Into<String>) -> Self {
        Self::new(id, Status::Ok, what)
    }

    pub(super) fn warning(id: &'static str, what: impl Into<String>, why: &str, fix: impl Into<String>) -> Self {
        Self { why: Some(why.to_owned()), fix: Some(fix.into()), ..Self::new(id, Status::Warning, what) }
    }

    pub(super) fn problem(id: &'static str, what: impl Into<String>, why: &str, fix: impl Into<String>) -> Self {
        Self { status: Status::Problem, ..Self::warning(id, what, why, fix) }
    }

    pub(super) fn unknown(id: &'static str, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..Self::new(id, Status::Unknown, what) }
    }

    /// The call failed; `action` is what the credentials must be allowed.
    pub(super) fn unanswered(id: &'static str, error: &CallError, action: &str) -> Self {
        let fix = match error {
            _ if error.is_access_denied() => format!("Allow {action} to these credentials, and run doctor again."),
            // Which Regions the account has enabled could not be read, or the credentials have expired meanwhile.
            _ if error.is_of_unknown_credentials() => {
                "If the account has not enabled the Region, enable it (aws account \
                enable-region) or take it out of DetectiveRegions; if it has, renew the credentials."
                    .to_owned()
            }
            _ => "Run doctor again.".to_owned(),
        };
        Self::unknown(id, error.to_string(), fix)
    }

    pub(super) fn of(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    pub(super) fn within(mut self, region: &Region) -> Self {
        self.region = Some(region.clone());
        self
    }
}
