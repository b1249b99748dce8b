//! Members that should not be members: Organizations is asked about each of them alone, they are left alone while their grace period
//! lasts, and only so many are removed in a day.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use aws_config::SdkConfig;
use aws_smithy_types::DateTime;
use detective_onboarding::apply::daily_limit::{DailyLimit, Kept, Removing};
use detective_onboarding::aws::history_store::Remembered;
use detective_onboarding::aws::organizations;
use detective_onboarding::aws::removal_record::RemovalRecord;
use detective_onboarding::aws::s3::Bucket;
use detective_onboarding::aws::sqs::Queue;
use detective_onboarding::config;
use detective_onboarding::environment::{ConfigError, Environment};
use detective_onboarding::error::{CallError, Failure};
use detective_onboarding::events::departure;
use detective_onboarding::lambda::failure_memory::FailureMemory;
use detective_onboarding::model::account::{AccountId, OrganizationAccount};
use detective_onboarding::model::organization::{Gaps, Organization};
use detective_onboarding::model::policy::{Policy, Scope};
use detective_onboarding::model::recent_removals::RecentRemovals;
use detective_onboarding::plan::held::Held;
use detective_onboarding::plan::removal;
use detective_onboarding::plan::removal_limit::{self, limit};
use detective_onboarding::plan::step::{Plan, RemovalCause, Step};
use futures_util::{StreamExt, stream};
use tokio::sync::OnceCell;

/// Reads of Organizations in flight at once in a Region.
const CONCURRENT_READS: usize = 2;

/// How many members that should not be members are asked about where none is removed: a few show whether a list is
/// incomplete.
const SAMPLE: usize = 4;

/// What a removal needs besides the plan.
pub(crate) struct Removal {
    organizations: aws_sdk_organizations::Client,
    pub(crate) limit: DailyLimit,
    /// Where departures are recorded; without a grace period, the members are removed at once.
    departures: Option<Queue>,
    /// How long a member stays that the policy leaves out, in seconds.
    grace: i64,
}

/// What a run read of the organization, and what it has confirmed of single accounts, once for all Regions.
pub(crate) struct RunContext<'a> {
    pub(crate) organization: &'a Organization,
    pub(crate) gaps: &'a Gaps,
    pub(crate) policy: &'a Policy,
    /// The account that administers the graphs.
    pub(crate) administrator: AccountId,
    pub(crate) confirmations: &'a Confirmations,
    /// Which failures earlier runs have told, if that is remembered.
    pub(crate) failures: Option<&'a FailureMemory>,
}

impl RunContext<'_> {
    /// Whether any account is in scope, if there is any: a policy that selects nobody is a mistake.
    ///
    /// # Errors
    /// [`Failure::NobodyInScope`].
    pub(crate) fn somebody_is_in_scope(&self) -> Result<(), Failure> {
        let others = || self.organization.iter().filter(|(id, _)| **id != self.administrator);
        let is_in_scope = |(_, (_, scope)): (_, &(_, Scope))| matches!(scope, Scope::In { .. });
        match others().next().is_none() || others().any(is_in_scope) {
            true => Ok(()),
            false => Err(Failure::NobodyInScope(others().count())),
        }
    }

    /// Whether all OUs exist that the policy includes: without one of them, more accounts are out of scope than are meant.
    ///
    /// # Errors
    /// The first OU that does not exist.
    pub(crate) fn include_is_complete(&self) -> Result<(), Failure> {
        let missing = self.gaps.missing_units.iter().find(|unit| self.policy.includes_unit(unit));
        missing.map_or(Ok(()), |unit| {
            let message =
                format!("the policy includes {unit}, which does not exist: nothing is removed until it is fixed");
            Err(CallError::answered("ListAccountsForParent", "ParentNotFoundException", &message).into())
        })
    }

    /// Whether the policy leaves out an account that could be a member, however it is written. While an OU that it includes does
    /// not exist, whom it leaves out is not known.
    pub(crate) fn leaves_out(&self) -> bool {
        let is_left_out = |(id, (account, scope)): (&AccountId, &(OrganizationAccount, Scope))| {
            *id != self.administrator && !account.state.is_gone() && !matches!(scope, Scope::In { .. })
        };
        self.include_is_complete().is_ok() && self.organization.iter().any(is_left_out)
    }
}

/// Whether an account should not be a member, by account; or why that is not so or is not known.
pub(crate) type Confirmations = RefCell<BTreeMap<AccountId, Rc<OnceCell<Result<(), Failure>>>>>;

/// A list that a member's removal rests on, and that is confirmed for the member alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    /// ListAccounts does not have it.
    NotInOrganization,
    /// The policy leaves it out, by the accounts that were listed for OUs.
    OutOfScope,
}

impl Removal {
    /// Reads whether and how members are removed (`REMOVE_MEMBERS`, `MAX_REMOVALS`, `MAX_REMOVALS_PERCENT`,
    /// `REMOVAL_GRACE_HOURS`), and `DEPARTURES_QUEUE_URL`.
    pub(crate) fn new(
        environment: &Environment<'_>,
        config: &SdkConfig,
        organizations: aws_sdk_organizations::Client,
        bucket: Option<Bucket>,
    ) -> Result<Self, ConfigError> {
        let queue = config::optional_departures_queue_url(environment);
        let grace = config::removal_grace(environment)?;
        let departures = match (grace, queue) {
            (0, _) | (_, None) => None,
            (_, Some(url)) => Some(Queue::new(config, url)),
        };
        let record = bucket.map(|bucket| RemovalRecord::new(config.clone(), bucket));
        let limit = DailyLimit::new(config::removals(environment)?, record);
        Ok(Self { organizations, limit, departures, grace })
    }

    /// Decides which of the members that should not be members are removed now: none where Organizations does not confirm it, and
    /// none where they are too many. Beside the steps, it gives what went wrong.
    pub(crate) async fn decide(
        &self,
        mut unwanted: Plan,
        context: &RunContext<'_>,
        remembered: &Remembered,
        removing: Removing<'_>,
    ) -> (Plan, Kept) {
        let Removing { members, now, dry_run, .. } = removing;
        let failed = |failure| Kept { failure, lost: None };
        if let Err(error) = self.confirm(&unwanted, context, members.len()).await.and(context.somebody_is_in_scope()) {
            removal::hold_unconfirmed(&mut unwanted, &error);
            return (unwanted, failed(Some(error)));
        }
        // The report's warnings name the OU: what does not rest on it is done.
        if let Err(error) = context.include_is_complete() {
            removal::hold_unconfirmed(&mut unwanted, &error);
            return (unwanted, failed(None));
        }
        // So many at once are a mistake, which is reported before any grace period is over.
        let stopped = limit(&mut unwanted, members, &RecentRemovals::default(), now, self.limit.removals());
        let stopped = (stopped > 0).then_some(Failure::RemovalsStopped(stopped));
        let (history, is_first_run) = (remembered.history(), matches!(remembered, Remembered::FirstRun));
        removal::delay_out_of_scope(&mut unwanted, history, is_first_run, now, self.grace);
        let unsent = self.record_departures(&mut unwanted, now, dry_run).await.err().map(Failure::from);
        let Kept { failure, lost } = self.limit.keep(&mut unwanted, removing).await;
        (unwanted, Kept { failure: stopped.or(failure).or(unsent), lost })
    }

    /// Asks Organizations about every account that is to be removed because of a list: a list can be incomplete. Where
    /// none will be removed, a few are asked about, so that an incomplete list is noticed all the same.
    async fn confirm(&self, unwanted: &Plan, context: &RunContext<'_>, members: usize) -> Result<(), Failure> {
        let count = removal_limit::removed(unwanted).len();
        let asks_all = self.limit.removals().permit(count, members);
        for listed in [Listed::NotInOrganization, Listed::OutOfScope] {
            let ids = removed(unwanted, |cause| listed.is_ground_of(cause));
            // Spread over all of them: what one page left out lies close together.
            let step = if asks_all { 1 } else { ids.len().div_ceil(SAMPLE).max(1) };
            let answers =
                stream::iter(ids.into_iter().step_by(step)).map(async |id| self.ask(id, listed, context).await);
            let mut answers = std::pin::pin!(answers.buffered(CONCURRENT_READS));
            while let Some(answer) = answers.next().await {
                answer?;
            }
        }
        Ok(())
    }

    async fn ask(&self, id: AccountId, listed: Listed, context: &RunContext<'_>) -> Result<(), Failure> {
        let answer = Rc::clone(context.confirmations.borrow_mut().entry(id).or_default());
        let ask = async || match listed {
            Listed::OutOfScope => self.confirm_out_of_scope(id, context).await,
            Listed::NotInOrganization => self.confirm_gone(id, context).await,
        };
        answer.get_or_init(ask).await.clone()
    }

    async fn confirm_gone(&self, id: AccountId, context: &RunContext<'_>) -> Result<(), Failure> {
        if organizations::describe_account(&self.organizations, id).await?.is_none() {
            return Ok(());
        }
        let count = context.organization.len();
        let message =
            format!("Organizations listed {count} accounts and left out {id}, which it has: nothing is removed");
        Err(Failure::IncompleteOrganization(message))
    }

    /// Reads the account's own OUs and tags, and applies the policy to them.
    async fn confirm_out_of_scope(&self, id: AccountId, context: &RunContext<'_>) -> Result<(), Failure> {
        let Some((account, _)) = context.organization.get(&id) else { return Ok(()) };
        let traits = organizations::traits(&self.organizations, context.policy, account).await?;
        if !matches!(context.policy.scope(id, &traits), Scope::In { .. }) {
            return Ok(());
        }
        let message = format!(
            "the accounts of OUs as Organizations listed them leave {id} out of scope, and by its own OUs and tags it is in \
             scope: nothing is removed"
        );
        Err(Failure::IncompleteOrganization(message))
    }

    /// Where there is a grace period, it begins now: the departure of members that left or are suspended is recorded, and
    /// account-offboarder removes them when it is over.
    async fn record_departures(&self, plan: &mut Plan, now: DateTime, dry_run: bool) -> Result<(), CallError> {
        let Some(queue) = &self.departures else { return Ok(()) };
        let leaving =
            removed(plan, |cause| matches!(cause, RemovalCause::NotInOrganization | RemovalCause::NotActive(_)));
        for id in &leaving {
            if let Some(step) = plan.get_mut(id)
                && let Step::Remove(cause) = step
            {
                *step = Step::Hold(Held::grace_period(&cause.to_string(), None));
            }
        }
        if dry_run || leaving.is_empty() {
            return Ok(());
        }
        let messages: Vec<String> = leaving.iter().map(|id| departure::detected(*id, now)).collect();
        queue.send(&messages).await
    }
}

impl Listed {
    fn is_ground_of(self, cause: &RemovalCause) -> bool {
        match cause {
            RemovalCause::NotInOrganization => self == Self::NotInOrganization,
            RemovalCause::OutOfScope(_) => self == Self::OutOfScope,
            RemovalCause::NotActive(_) => false,
        }
    }
}

/// The accounts that are to be removed for such a cause.
fn removed(plan: &Plan, is_cause: impl Fn(&RemovalCause) -> bool) -> Vec<AccountId> {
    let removed = |step: &Step| matches!(step, Step::Remove(cause) if is_cause(cause));
    plan.iter().filter(|(_, step)| removed(step)).map(|(id, _)| *id).collect()
}
