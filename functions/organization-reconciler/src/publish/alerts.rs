//! What became worse since the last run: decided from two summaries.

use detective_onboarding::model::account::AccountId;
use detective_onboarding::plan::held::Held;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::findings::Findings;

/// What a later run needs to know of this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Summary {
    /// Coverage in percent.
    pub(super) percent: f64,
    /// The accounts that are stuck.
    pub(super) stuck: Vec<AccountId>,
}

/// What is worse.
#[derive(Debug, PartialEq)]
pub(super) enum Alert {
    /// The account has become stuck.
    Stuck(AccountId),
    /// Coverage is lower than it was, or than it should be.
    CoverageFell { percent: f64, before: Option<f64> },
}

/// Compares this run with the one before. If that is not known, all that is wrong counts as new.
pub(super) fn since(before: Option<&Summary>, now: &Summary, alert_percent: f64) -> Vec<Alert> {
    let known = |id: &&AccountId| before.is_some_and(|before| before.stuck.contains(id));
    let mut alerts: Vec<Alert> = now.stuck.iter().filter(|id| !known(id)).map(|id| Alert::Stuck(*id)).collect();
    let fell = match before {
        Some(before) => now.percent < before.percent,
        None => now.percent < alert_percent,
    };
    if fell {
        alerts.push(Alert::CoverageFell { percent: now.percent, before: before.map(|before| before.percent) });
    }
    alerts
}

impl Alert {
    /// The `detail-type` of its event.
    pub(super) fn detail_type(&self) -> &'static str {
        match self {
            Self::Stuck(_) => "Detective Member Stuck",
            Self::CoverageFell { .. } => "Detective Coverage Fell",
        }
    }

    /// The `detail` of its event. `message` is the sentence for people.
    pub(super) fn detail(&self, findings: &Findings<'_>) -> Value {
        match self {
            Self::Stuck(id) => {
                let held = findings.members.get(id).map(|member| Held::waiting(member, findings.now));
                let message = held.as_ref().map_or("", |held| held.message.as_ref());
                let message = format!("Account {id} is not monitored by Detective: {message}.");
                json!({"accountId": id, "reason": held.as_ref().map(|held| held.reason), "message": message})
            }
            Self::CoverageFell { percent, before } => {
                let coverage = findings.coverage;
                let was = before.map_or_else(String::new, |before| format!(", down from {before} %"));
                let message = format!(
                    "Detective covers {} of {} accounts in scope ({percent} %{was}).",
                    coverage.enabled, coverage.in_scope
                );
                json!({"percent": percent, "percentBefore": before, "inScope": coverage.in_scope,
                       "enabled": coverage.enabled, "message": message})
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(percent: f64, stuck: &[&str]) -> Summary {
        Summary { percent, stuck: stuck.iter().map(|id| id.parse().expect("an account id")).collect() }
    }

    #[test]
    fn an_account_that_was_stuck_before_is_not_reported_again() {
        let before = summary(90.0, &["111111111111"]);
        let now = summary(90.0, &["111111111111", "222222222222"]);
        assert_eq!(since(Some(&before), &now, 95.0), [Alert::Stuck("222222222222".parse().expect("an account id"))]);
    }

    #[test]
    fn coverage_that_fell_is_reported_and_coverage_that_stays_low_is_not() {
        let fell = Alert::CoverageFell { percent: 80.0, before: Some(90.0) };
        assert_eq!(since(Some(&summary(90.0, &[])), &summary(80.0, &[]), 95.0), [fell]);
        assert_eq!(since(Some(&summary(80.0, &[])), &summary(80.0, &[]), 95.0), []);
    }

    #[test]
    fn without_a_run_before_coverage_is_compared_with_the_threshold() {
        assert_eq!(since(None, &summary(96.0, &[]), 95.0), []);
        assert_eq!(since(None, &summary(94.0, &[]), 95.0), [Alert::CoverageFell { percent: 94.0, before: None }]);
    }
}
