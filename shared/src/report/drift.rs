//! Settings of Detective that are not as they should be.

use serde::Serialize;

use crate::error::CallError;
use crate::model::account::AccountId;

/// A setting that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// Which setting.
    pub kind: DriftKind,
    /// What is wrong, and what to do if it was not corrected.
    pub message: String,
    /// Whether it was corrected in this run.
    pub correction: Correction,
}

/// What became of a setting that is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Correction {
    /// It was corrected.
    Done,
    /// In a dry run: it would be corrected.
    Planned,
    /// It was left as it is.
    None,
}

impl Correction {
    /// The correction of a setting that may be corrected or not, in a dry run or not.
    pub fn of(may_correct: bool, dry_run: bool) -> Self {
        match (may_correct, dry_run) {
            (true, false) => Self::Done,
            (true, true) => Self::Planned,
            (false, _) => Self::None,
        }
    }
}

/// The settings that are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriftKind {
    /// Who is the organization's Detective administrator in the Region.
    Administrator,
    /// Whether Detective enables accounts by itself.
    AutoEnable,
    /// Which optional data sources the graph takes in.
    DatasourcePackage,
}

impl Drift {
    /// AutoEnable is not as it should be.
    pub fn auto_enable(wanted: bool, correction: Correction) -> Self {
        let message = match wanted {
            true => "AutoEnable is off and should be on (AUTO_ENABLE)",
            false => "AutoEnable is on: Detective enables every new account, also those that the policy leaves out",
        };
        let what = match correction {
            Correction::Done => "it was set",
            Correction::Planned => "it would be set",
            Correction::None => "set it in Detective's console, or set CORRECT_DRIFT",
        };
        Self { kind: DriftKind::AutoEnable, message: format!("{message}; {what}"), correction }
    }

    /// The graph's administrator is not the organization's, as far as it can see by itself.
    pub fn administrator(account: AccountId, error: &CallError) -> Self {
        let message = format!(
            "account {account} is not seen to be the organization's Detective administrator in this Region ({error}): \
             designate it from the management account, or find out which policy denies it to ask"
        );
        Self { kind: DriftKind::Administrator, message, correction: Correction::None }
    }

    /// Another account, or none, is the organization's Detective administrator.
    pub fn designation(wanted: AccountId, found: Option<AccountId>, correction: Correction) -> Self {
        let message = match (found, correction) {
            (None, Correction::Done) => {
                format!("no account was the organization's Detective administrator; {wanted} is now")
            }
            (None, Correction::Planned) => {
                format!("no account is the organization's Detective administrator; {wanted} would be designated")
            }
            (None, Correction::None) => format!(
                "no account is the organization's Detective administrator; {wanted} should be: designate it in Detective's \
                 console, or set CORRECT_DRIFT"
            ),
            (Some(found), _) => format!(
                "account {found} is the organization's Detective administrator and {wanted} should be: removing {found} would \
                 delete its behavior graph, so this is never done here"
            ),
        };
        Self { kind: DriftKind::Administrator, message, correction }
    }

    /// A data source package that should be off is on.
    pub fn unwanted_package(name: &str) -> Self {
        let message = format!(
            "the data source package {name} is on and should be off (DATASOURCE_PACKAGES), and Detective charges for it: stop it in \
             Detective's console, under Settings, because the API cannot"
        );
        Self { kind: DriftKind::DatasourcePackage, message, correction: Correction::None }
    }

    /// A data source package that was asked for is not on.
    pub fn package(name: &str, correction: Correction) -> Self {
        let what = match correction {
            Correction::Done => "it was started",
            Correction::Planned => "it would be started",
            Correction::None => "start it in Detective's console",
        };
        let message = format!("the data source package {name} is not on; {what}");
        Self { kind: DriftKind::DatasourcePackage, message, correction }
    }
}
