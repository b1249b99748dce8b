//! From the queue of departures to removals: read what was told, ask Organizations, plan, apply, and forget what is done.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use aws_smithy_types::DateTime;
use detective_onboarding::apply::Apply;
use detective_onboarding::aws::detective::{self, InvitationOptions};
use detective_onboarding::aws::detective_region::DetectiveRegion;
use detective_onboarding::aws::sqs::Queue;
use detective_onboarding::aws::{clients, organizations, settings};
use detective_onboarding::config;
use detective_onboarding::environment::{ConfigError, Environment};
use detective_onboarding::error::CallError;
use detective_onboarding::events::departure::departure;
use detective_onboarding::lambda::invocation::Invocation;
use detective_onboarding::lambda::regions::Regional;
use detective_onboarding::model::account::{AccountId, AccountState};
use detective_onboarding::plan::held::Held;
use detective_onboarding::plan::offboard::{self, Fate};
use detective_onboarding::plan::removal::Removals;
use detective_onboarding::report::Report;
use detective_onboarding::report::outcome::{AccountReport, Outcome};
use detective_onboarding::report::region::RegionReport;
use futures_util::{StreamExt, stream};

const FUNCTION: &str = "account-offboarder";

/// Reads of Organizations in flight at once; the service throttles early.
const CONCURRENT_READS: usize = 4;

/// For so many seconds after a departure, Organizations may still say that the account is active.
const SETTLING: i64 = 900;

/// What the function works with.
pub(crate) struct Offboarder {
    organizations: aws_sdk_organizations::Client,
    regional: Regional,
    departures: Queue,
    removals: Removals,
    grace: i64,
    invitation: InvitationOptions,
    dry_run: bool,
}

/// An account that was told to be gone: when first and last, and the handles of all messages that say so.
#[derive(Debug)]
struct Told {
    since: DateTime,
    last: DateTime,
    handles: Vec<String>,
}

impl Offboarder {
    pub(crate) fn new(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let removals = config::removals(environment)?;
        let grace = config::removal_grace(environment)?;
        let dry_run = config::dry_run(environment)?;
        let url = config::departures_queue_url(environment)?;
        let config = settings::sdk_config(environment)?;
        let (organizations, departures) = (clients::organizations(&config), Queue::new(&config, url));
        let regional = Regional::new(config, environment)?;
        let invitation = InvitationOptions::default();
        Ok(Self { organizations, regional, departures, removals, grace, invitation, dry_run })
    }

    pub(crate) async fn handle(&self, invocation: &Invocation) -> Report {
        let told = match self.told(invocation).await {
            Ok(told) => told,
            Err(error) => return Report::failed(FUNCTION, error, invocation),
        };
        let fate = async |(id, told): (&AccountId, &Told)| (*id, self.fate(*id, told, invocation).await);
        let fates: BTreeMap<AccountId, Fate> =
            stream::iter(&told).map(fate).buffer_unordered(CONCURRENT_READS).collect().await;
        let work = async |detective: &DetectiveRegion| self.offboard(detective, &fates, invocation).await;
        let mut report = self.regional.run(FUNCTION, invocation, work).await;
        if !self.dry_run
            && let Err(error) = self.forget(&told, &report).await
        {
            report.error.get_or_insert(error);
        }
        report
    }

    /// What becomes of an account. Organizations is asked once for each, however many messages tell of it: during the grace
    /// period as well, because the departure of an account that came back is over, and the next one is another.
    async fn fate(&self, id: AccountId, told: &Told, invocation: &Invocation) -> Fate {
        let now = invocation.now.secs();
        let in_grace = || Fate::in_grace(told.since, self.grace);
        let lasts = now < told.since.secs().saturating_add(self.grace);
        if lasts && (now < told.last.secs().saturating_add(SETTLING) || invocation.deadline.has_come()) {
            return in_grace();
        }
        let account = organizations::describe_account(&self.organizations, id).await;
        match &account {
            Ok(Some(account)) if lasts && account.state == AccountState::Active => Fate::Stays(Held::still_active()),
            Err(error) if lasts => {
                tracing::warn!(account.id = %id, "Organizations does not say whether the account came back: {error}");
                in_grace()
            }
            _ if lasts => in_grace(),
            _ => Fate::of(&account, told.last),
        }
    }

    /// Reads all departures that were told. Messages that tell of none are deleted, and said in the log.
    async fn told(&self, invocation: &Invocation) -> Result<BTreeMap<AccountId, Told>, CallError> {
        let mut told: BTreeMap<AccountId, Told> = BTreeMap::new();
        loop {
            let messages = self.departures.receive().await?;
            if messages.is_empty() || invocation.deadline.has_come() {
                return Ok(told);
            }
            for message in messages {
                let handle = message.receipt_handle.unwrap_or_default();
                match departure(message.body.as_deref().unwrap_or_default()) {
                    Ok((trigger, departure)) => {
                        tracing::info!(event.id = trigger.event_id, event.name = trigger.event_name,
                            account.id = %departure.account, "departure told");
                        let time = departure.told;
                        let entry = told.entry(departure.account);
                        let told = entry.or_insert_with(|| Told { since: time, last: time, handles: Vec::new() });
                        // A departure that is told again does not begin the grace period anew.
                        told.since = told.since.min(time);
                        told.last = told.last.max(time);
                        told.handles.push(handle);
                    }
                    Err(reason) => {
                        tracing::warn!(message.id = message.message_id, "message ignored: {reason}");
                        if !self.dry_run {
                            self.departures.delete(&[handle]).await?;
                        }
                    }
                }
            }
        }
    }

    async fn offboard(
        &self,
        detective: &DetectiveRegion,
        fates: &BTreeMap<AccountId, Fate>,
        invocation: &Invocation,
    ) -> Result<RegionReport, CallError> {
        let region = detective.region.clone();
        if fates.is_empty() {
            return Ok(RegionReport::new(region, None, Vec::new()));
        }
        let graph = detective.graph().await?;
        let members = detective::list_members(&detective.client, &graph).await?;
        let departures = offboard::plan(graph.administrator(), fates, &members, self.removals);
        let apply = Apply {
            client: &detective.client,
            graph: &graph,
            invitation: &self.invitation,
            concurrent_starts: NonZeroUsize::MIN,
            now: invocation.now,
            deadline: invocation.deadline,
            dry_run: self.dry_run,
        };
        let mut outcomes = apply.run(departures.plan).await;
        outcomes.extend(departures.unconfirmed.into_iter().map(|(id, error)| (id, Outcome::Failed(error))));
        let report = RegionReport::new(region, Some(graph), AccountReport::of(outcomes));
        Ok(match departures.stopped {
            Some(error) => report.with_error(error),
            None => report,
        })
    }

    /// Deletes the messages of accounts with which nothing is left to do in any Region.
    async fn forget(&self, told: &BTreeMap<AccountId, Told>, report: &Report) -> Result<(), CallError> {
        let waits = |id: &AccountId| report.regions.iter().any(|region| region.waits_for(*id));
        let done = told.iter().filter(|(id, _)| report.error.is_none() && !waits(id));
        let handles: Vec<String> = done.flat_map(|(_, told)| told.handles.clone()).collect();
        self.departures.delete(&handles).await
    }
}
