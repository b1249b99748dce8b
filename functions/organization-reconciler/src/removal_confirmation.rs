//! Members that should be none: Organizations is asked about each of them alone, and they are left alone while their grace
//! period lasts.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use aws_config::SdkConfig;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use detective_onboarding::aws::organizations;
use detective_onboarding::aws::sqs::Queue;
use detective_onboarding::config;
use detective_onboarding::environment::{ConfigError, Environment};
use detective_onboarding::error::CallError;
use detective_onboarding::events::cloudtrail::SOURCE;
use detective_onboarding::events::departure::FOUND_GONE;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::organization::Organization;
use detective_onboarding::model::policy::{Policy, Scope};
use detective_onboarding::plan::held::{Held, HeldReason};
use detective_onboarding::plan::removal::{self, Removals};
use detective_onboarding::plan::step::{Plan, Step};
use futures_util::{StreamExt, stream};
use serde_json::json;
use tokio::sync::OnceCell;

/// Reads of Organizations in flight at once in a Region.
const CONCURRENT_READS: usize = 2;

/// How many members that should be none are asked about where none is removed: a few tell whether a list is incomplete.
const SAMPLE: usize = 4;

/// What a removal needs besides the plan.
pub(crate) struct Removal {
    organizations: aws_sdk_organizations::Client,
    limits: Removals,
    /// Where account-offboarder hears of departures; without a grace period, they are removed at once.
    departures: Option<Queue>,
}

/// What a run knows of the organization, and what it has asked about single accounts, once for all Regions.
pub(crate) struct Known<'a> {
    pub(crate) organization: &'a Organization,
    pub(crate) policy: &'a Policy,
    /// The account that administers the graphs.
    pub(crate) administrator: AccountId,
    pub(crate) asked: &'a Asked,
}

/// Whether an account should be no member, by account; or why that is not so or not known.
pub(crate) type Asked = RefCell<BTreeMap<AccountId, Rc<OnceCell<Result<(), CallError>>>>>;

impl Removal {
    /// Reads whether and how members are removed (`REMOVE_MEMBERS`, `MAX_REMOVALS`, `MAX_REMOVALS_PERCENT`,
    /// `REMOVAL_GRACE_HOURS`), and `DEPARTURES_QUEUE_URL`.
    pub(crate) fn new(
        environment: &Environment<'_>,
        config: &SdkConfig,
        organizations: aws_sdk_organizations::Client,
    ) -> Result<Self, ConfigError> {
        let queue = config::optional_departures_queue_url(environment);
        let departures = match (config::removal_grace(environment)?, queue) {
            (0, _) | (_, None) => None,
            (_, Some(url)) => Some(Queue::new(config, url)),
        };
        Ok(Self { organizations, limits: config::removals(environment)?, departures })
    }

    /// Decides which of the members that should be none are removed now: none where Organizations does not confirm it, and
    /// none where they are too many. Gives what went wrong beside the steps.
    pub(crate) async fn decide(
        &self,
        mut unwanted: Plan,
        known: &Known<'_>,
        members: usize,
        now: DateTime,
        dry_run: bool,
    ) -> (Plan, Option<CallError>) {
        if let Err(error) = self.confirm(&unwanted, known, members).await {
            removal::hold_unconfirmed(&mut unwanted, &error);
            return (unwanted, Some(error));
        }
        let stopped = removal::limit(&mut unwanted, members, self.limits);
        let stopped = (stopped > 0).then(|| CallError::removals_stopped(stopped));
        let unsent = self.hand_over(&mut unwanted, now, dry_run).await.err();
        (unwanted, stopped.or(unsent))
    }

    /// Asks Organizations about every account that is to be removed for what a list says: a list can be incomplete. Where
    /// none will be removed, a few are asked about, so that an incomplete list is found all the same.
    async fn confirm(&self, unwanted: &Plan, known: &Known<'_>, members: usize) -> Result<(), CallError> {
        let removed = unwanted.values().filter(|step| matches!(step, Step::Remove(_))).count();
        let asks_all = self.limits.permit(removed, members);
        for reason in [HeldReason::NotInOrganization, HeldReason::OutOfScope] {
            let ids = with_reason(unwanted, &[reason]);
            // Spread over all of them: what one page left out lies close together.
            let step = if asks_all { 1 } else { ids.len().div_ceil(SAMPLE).max(1) };
            let answers = stream::iter(ids.into_iter().step_by(step)).map(async |id| self.ask(id, reason, known).await);
            let mut answers = std::pin::pin!(answers.buffered(CONCURRENT_READS));
            while let Some(answer) = answers.next().await {
                answer?;
            }
        }
        Ok(())
    }

    async fn ask(&self, id: AccountId, reason: HeldReason, known: &Known<'_>) -> Result<(), CallError> {
        let answer = Rc::clone(known.asked.borrow_mut().entry(id).or_default());
        let ask = async || match reason {
            HeldReason::OutOfScope => self.is_out_of_scope(id, known).await,
            _ => self.is_gone(id, known).await,
        };
        answer.get_or_init(ask).await.clone()
    }

    async fn is_gone(&self, id: AccountId, known: &Known<'_>) -> Result<(), CallError> {
        if organizations::describe_account(&self.organizations, id).await?.is_none() {
            return Ok(());
        }
        let count = known.organization.len();
        let message =
            format!("Organizations listed {count} accounts and left out {id}, which it has: nothing is removed");
        Err(CallError::incomplete_organization("ListAccounts", &message))
    }

    /// Reads the account's own OUs and tags, and applies the policy to them.
    async fn is_out_of_scope(&self, id: AccountId, known: &Known<'_>) -> Result<(), CallError> {
        let Some((account, _)) = known.organization.get(&id) else { return Ok(()) };
        let traits = organizations::traits(&self.organizations, known.policy, account).await?;
        if !matches!(known.policy.scope(id, &traits), Scope::In { .. }) {
            return Ok(());
        }
        let message = format!(
            "the accounts of OUs as Organizations listed them leave {id} out of scope, and by its own OUs and tags it is in \
             scope: nothing is removed"
        );
        Err(CallError::incomplete_organization("ListAccountsForParent", &message))
    }

    /// Where there is a grace period, it begins now: account-offboarder is told of members that left or are suspended, and
    /// removes them when it is over.
    async fn hand_over(&self, plan: &mut Plan, now: DateTime, dry_run: bool) -> Result<(), CallError> {
        let Some(queue) = &self.departures else { return Ok(()) };
        let leaving = with_reason(plan, &[HeldReason::NotInOrganization, HeldReason::NotActive]);
        for id in &leaving {
            if let Some(step) = plan.get_mut(id)
                && let Step::Remove(cause) = step
            {
                *step = Step::Hold(Held::grace_period(&cause.message, None));
            }
        }
        if dry_run || leaving.is_empty() {
            return Ok(());
        }
        let time = now.fmt(Format::DateTime).unwrap_or_default();
        let message = |id: &AccountId| {
            json!({"version": "0", "id": format!("{FOUND_GONE}-{id}-{time}"), "detail-type": "Detective Member Found Gone",
                   "source": SOURCE, "account": "", "time": time, "region": "", "resources": [],
                   "detail": {"eventName": FOUND_GONE, "accountId": id}})
            .to_string()
        };
        let messages: Vec<String> = leaving.iter().map(message).collect();
        queue.send(&messages).await
    }
}

/// The accounts that are to be removed for one of these reasons.
fn with_reason(plan: &Plan, reasons: &[HeldReason]) -> Vec<AccountId> {
    let removed = |step: &Step| matches!(step, Step::Remove(held) if reasons.contains(&held.reason));
    plan.iter().filter(|(_, step)| removed(step)).map(|(id, _)| *id).collect()
}
