//! Members that the organization does not have: asked for once more, and left alone while their grace period lasts.

use aws_config::SdkConfig;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use detective_onboarding::account::AccountId;
use detective_onboarding::config::{self, ConfigError, Environment};
use detective_onboarding::error::CallError;
use detective_onboarding::held::{Held, HeldReason};
use detective_onboarding::organizations;
use detective_onboarding::plan::Step;
use detective_onboarding::queue::Queue;
use detective_onboarding::reconcile::{Organization, Reconciliation};
use detective_onboarding::trigger::{FOUND_GONE, SOURCE};
use serde_json::json;

/// What a removal needs besides the plan.
pub(crate) struct Removal {
    organizations: aws_sdk_organizations::Client,
    /// Where account-offboarder hears of departures; without a grace period, they are removed at once.
    departures: Option<Queue>,
}

impl Removal {
    /// Reads `REMOVAL_GRACE_HOURS` and `DEPARTURES_QUEUE_URL`.
    pub(crate) fn new(
        environment: &Environment<'_>,
        config: &SdkConfig,
        organizations: aws_sdk_organizations::Client,
    ) -> Result<Self, ConfigError> {
        let queue = environment.text("DEPARTURES_QUEUE_URL");
        let departures = match (config::removal_grace(environment)?, queue) {
            (0, _) | (_, None) => None,
            (_, Some(url)) => Some(Queue::new(config, url)),
        };
        Ok(Self { organizations, departures })
    }

    /// Asks Organizations about every account that is to be removed because the organization's list does not have it:
    /// a list can be incomplete. If one of them is there after all, none is removed. Where there is a grace period, it
    /// begins now: account-offboarder is told, and removes them when it is over.
    pub(crate) async fn confirm(
        &self,
        result: &mut Reconciliation,
        organization: &Organization,
        now: DateTime,
        dry_run: bool,
    ) -> Option<CallError> {
        let gone: Vec<AccountId> = with_reason(result, &[HeldReason::NotInOrganization]);
        for id in &gone {
            let error = match organizations::describe_account(&self.organizations, *id).await {
                Ok(None) => continue,
                Err(error) => error,
                Ok(Some(_)) => {
                    let message = format!(
                        "Organizations listed {} accounts and left out {id}, which it has: nothing is removed",
                        organization.len()
                    );
                    CallError::new("ListAccounts", "IncompleteOrganization", &message)
                }
            };
            for id in gone {
                result.plan.remove(&id);
            }
            return Some(error);
        }
        let queue = self.departures.as_ref()?;
        let leaving = with_reason(result, &[HeldReason::NotInOrganization, HeldReason::NotActive]);
        for id in &leaving {
            if let Some(step) = result.plan.get_mut(id)
                && let Step::Remove(cause) = step
            {
                *step = Step::Hold(Held::grace_period(&cause.message, None));
            }
        }
        if dry_run || leaving.is_empty() {
            return None;
        }
        let time = now.fmt(Format::DateTime).unwrap_or_default();
        let message = |id: &AccountId| {
            json!({"version": "0", "id": format!("{FOUND_GONE}-{id}-{time}"), "detail-type": "Detective Member Found Gone",
                   "source": SOURCE, "account": "", "time": time, "region": "", "resources": [],
                   "detail": {"eventName": FOUND_GONE, "accountId": id}})
            .to_string()
        };
        let messages: Vec<String> = leaving.iter().map(message).collect();
        queue.send(&messages).await.err()
    }
}

/// The accounts that are to be removed for one of these reasons.
fn with_reason(result: &Reconciliation, reasons: &[HeldReason]) -> Vec<AccountId> {
    let removed = |step: &Step| matches!(step, Step::Remove(held) if reasons.contains(&held.reason));
    result.plan.iter().filter(|(_, step)| removed(step)).map(|(id, _)| *id).collect()
}
