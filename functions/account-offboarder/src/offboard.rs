//! From the queue of departures to removals: receive them, ask Organizations, plan, apply, and delete the messages of what is
//! settled.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use aws_smithy_types::DateTime;
use detective_onboarding::apply::Apply;
use detective_onboarding::apply::daily_limit::{DailyLimit, Kept, Removing};
use detective_onboarding::aws::alerts::Alerts;
use detective_onboarding::aws::detective::{self, InvitationOptions};
use detective_onboarding::aws::detective_region::DetectiveRegion;
use detective_onboarding::aws::history_store::HistoryStore;
use detective_onboarding::aws::removal_record::{Begun, RemovalRecord};
use detective_onboarding::aws::sqs::{self, Queue};
use detective_onboarding::aws::{clients, clock, organizations, settings};
use detective_onboarding::config;
use detective_onboarding::deadline::Deadline;
use detective_onboarding::environment::{ConfigError, Environment};
use detective_onboarding::error::{CallError, Failure, OutOfTime};
use detective_onboarding::events::cloudtrail::SOURCE;
use detective_onboarding::events::departure;
use detective_onboarding::lambda::invocation::Invocation;
use detective_onboarding::lambda::regions::CoveredRegions;
use detective_onboarding::lambda::run::Run;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::region::Region;
use detective_onboarding::plan::offboard::{self, DepartureVerdict, Recorded};
use detective_onboarding::report::Report;
use detective_onboarding::report::outcome::{AccountReport, Outcome};
use detective_onboarding::report::region::RegionReport;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

const FUNCTION: &str = "account-offboarder";

/// Reads of Organizations in flight at once; the service throttles early.
const CONCURRENT_READS: usize = 4;

/// What the function works with.
pub(crate) struct Offboarder {
    organizations: aws_sdk_organizations::Client,
    regions: CoveredRegions,
    departures: Queue,
    limit: DailyLimit,
    /// What organization-reconciler remembers: which invited members were in the organization.
    histories: Option<HistoryStore>,
    alerts: Alerts,
    grace: i64,
    invitation: InvitationOptions,
    dry_run: bool,
}

/// The departures of an account: when they were recorded, and the handles of all messages that record them.
#[derive(Debug)]
struct Departures {
    recorded: Recorded,
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
        let bucket = config::state_bucket(environment)?;
        let limit = DailyLimit::new(removals, bucket.clone().map(|bucket| RemovalRecord::new(config.clone(), bucket)));
        let histories = bucket.clone().map(|bucket| HistoryStore::new(config.clone(), bucket));
        let alerts = Alerts::new(config.clone(), SOURCE, config::alert_targets(environment));
        let regions = CoveredRegions::new(config, environment)?;
        let regions = regions.remembering_failures(FUNCTION, bucket.filter(|_| !dry_run));
        let invitation = InvitationOptions::default();
        Ok(Self { organizations, regions, departures, limit, histories, alerts, grace, invitation, dry_run })
    }

    pub(crate) async fn handle(&self, invocation: &Invocation) -> Report {
        let departures = match self.receive(invocation.deadline).await {
            Ok(departures) => departures,
            Err(error) => return Report::failed(FUNCTION, error, invocation.message_ids()),
        };
        if let Err(failure) = invocation.runs().iter().try_for_each(Run::check_time) {
            return Report::failed(FUNCTION, failure, invocation.message_ids());
        }
        // The queue's clock recorded the departures, and AWS's clocks give the time: what a payload states is no time.
        let (now, deadline) = (clock::now(), invocation.deadline);
        let verdict = async |(id, departures): (&AccountId, &Departures)| {
            (*id, self.verdict(*id, departures.recorded, now, deadline).await)
        };
        let verdicts: BTreeMap<AccountId, DepartureVerdict> =
            stream::iter(&departures).map(verdict).buffer_unordered(CONCURRENT_READS).collect().await;
        let work = async |detective: &DetectiveRegion, run: &Run| {
            self.offboard(detective, run, &verdicts, now, deadline).await
        };
        let mut report = self.regions.run(FUNCTION, invocation, work).await;
        if !self.dry_run
            && let Err(error) = self.delete_settled(&departures, &report).await
        {
            report.error.get_or_insert(error.into());
        }
        report
    }

    /// What becomes of an account. Organizations is asked once for each, however many messages record its departure: during
    /// the grace period as well, because the departure of an account that came back is over, and the next one is another.
    async fn verdict(&self, id: AccountId, recorded: Recorded, now: DateTime, deadline: Deadline) -> DepartureVerdict {
        if let Some(verdict) = recorded.verdict_without_asking(now, self.grace) {
            return verdict;
        }
        let account = match deadline.call(organizations::describe_account(&self.organizations, id)).await {
            Some(Ok(account)) => Ok(account),
            Some(Err(error)) => {
                tracing::warn!(account.id = %id, "Organizations could not be asked about the account: {error}");
                Err(error.into())
            }
            None => Err(OutOfTime::Reading.into()),
        };
        recorded.verdict(&account, now, self.grace)
    }

    /// Receives all departures. Messages that record none are deleted, and logged.
    async fn receive(&self, deadline: Deadline) -> Result<BTreeMap<AccountId, Departures>, CallError> {
        let mut received: BTreeMap<AccountId, Departures> = BTreeMap::new();
        while let Some(messages) = deadline.call(self.departures.receive()).await.transpose()? {
            if messages.is_empty() {
                break;
            }
            for message in messages {
                // A message without the time at which it was sent is as of now: it is received again.
                let sent = sqs::sent(&message).unwrap_or_else(clock::now);
                let handle = message.receipt_handle.unwrap_or_default();
                match departure::read(message.body.as_deref().unwrap_or_default()) {
                    Ok((trigger, departure)) => {
                        tracing::info!(event.id = trigger.event_id, event.name = trigger.event_name,
                            account.id = %departure.account, "departure received");
                        let recorded = Recorded::at(sent, departure.time);
                        let entry = received.entry(departure.account);
                        let departures = entry.or_insert_with(|| Departures { recorded, handles: Vec::new() });
                        departures.recorded = departures.recorded.and(recorded);
                        departures.handles.push(handle);
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
        Ok(received)
    }

    async fn offboard(
        &self,
        detective: &DetectiveRegion,
        run: &Run,
        verdicts: &BTreeMap<AccountId, DepartureVerdict>,
        now: DateTime,
        deadline: Deadline,
    ) -> Result<RegionReport, Failure> {
        let region = detective.region.clone();
        if verdicts.is_empty() {
            return Ok(RegionReport::new(region, None, Vec::new()));
        }
        let graph = detective.graph().await?;
        let members = detective::list_members(&detective.client, &graph).await?;
        let history = match &self.histories {
            Some(histories) => histories.known(&region, deadline).await,
            None => Ok(None),
        };
        let history = history.as_ref().map(Option::as_ref).map_err(String::as_str);
        let (begun, known) = (Begun::by(history), history.ok().flatten());
        let mut departures = offboard::plan(graph.administrator(), verdicts, &members, history);
        let dry_run = self.dry_run;
        let removing = Removing { region: &region, begun, history: known, members: &members, now, deadline, dry_run };
        let Kept { failure: unmade, lost } = self.limit.keep(&mut departures.plan, removing).await;
        let apply = Apply {
            client: &detective.client,
            graph: &graph,
            invitation: &self.invitation,
            concurrent_starts: NonZeroUsize::MIN,
            now,
            deadline,
            dry_run: self.dry_run,
        };
        let mut outcomes = apply.run(departures.plan).await;
        let unconfirmed = departures.unconfirmed.into_iter();
        outcomes.extend(unconfirmed.map(|(id, failure)| (id, Outcome::failed(None, failure))));
        let is_removed = |(id, outcome): (&AccountId, &Outcome)| (*outcome == Outcome::Removed).then_some(*id);
        let removed: Vec<AccountId> = outcomes.iter().filter_map(is_removed).collect();
        let alerts = [
            (!removed.is_empty()).then(|| removal_alert(&region, &removed, run)),
            lost.as_ref().filter(|_| !self.dry_run).map(|lost| lost_alert(&region, lost, run)),
        ];
        let mut untold = Vec::new();
        for alert in alerts.into_iter().flatten() {
            untold.extend(self.alerts.send(&alert.to_string(), &graph, &alert, deadline).await.err());
        }
        let mut report = RegionReport::new(region, Some(graph), AccountReport::of(outcomes));
        report.warnings.extend(lost);
        unmade.into_iter().chain(untold).for_each(|failure| report.fail(failure));
        Ok(report)
    }

    /// Deletes the messages of accounts with which nothing is left to do in any Region.
    async fn delete_settled(
        &self,
        departures: &BTreeMap<AccountId, Departures>,
        report: &Report,
    ) -> Result<(), CallError> {
        let waits = |id: &AccountId| report.regions.iter().any(|region| region.waits_for(*id));
        let is_complete = report.error.is_none() && !report.regions.is_empty();
        let settled = departures.iter().filter(|(id, _)| is_complete && !waits(id));
        let handles: Vec<String> = settled.flat_map(|(_, departures)| departures.handles.clone()).collect();
        self.departures.delete(&handles).await
    }
}

/// The `detail` of the event that it is not known who was removed.
fn lost_alert(region: &Region, lost: &str, run: &Run) -> Value {
    json!({"message": format!("Beware: {lost}."), "region": region, "correlation": run.correlation})
}

/// The `detail` of the event that members were removed.
fn removal_alert(region: &Region, removed: &[AccountId], run: &Run) -> Value {
    /// How many of them are named in its text, and one by one.
    const NAMED: usize = 20;
    let mut names: Vec<String> = removed.iter().take(NAMED).map(AccountId::to_string).collect();
    if removed.len() > NAMED {
        names.push(format!("and {} more", removed.len() - NAMED));
    }
    let members = if removed.len() == 1 { "1 member was" } else { &format!("{} members were", removed.len()) };
    let names = names.join(", ");
    let account = |id: &AccountId| json!({"accountId": id, "reason": "removed"});
    let accounts: Vec<Value> = removed.iter().take(NAMED).map(account).collect();
    json!({
        "removed": {"count": removed.len(), "accountIds": removed, "accounts": accounts},
        "message": format!("{members} removed, having left the organization or been closed: {names}."),
        "region": region,
        "correlation": run.correlation,
    })
}
