//! The handle on the emulated cloud: its time, its calls, its faults.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use tokio::sync::watch;

use crate::services::registry;
use crate::services::transitions::happen;
use crate::world::fault::Fault;
use crate::world::journal::Call;
use crate::world::scenario::error::ScenarioError;
use crate::world::scenario::file::Scenario;
use crate::world::setup;
use crate::world::snapshot::Snapshot;
use crate::world::state::State;

/// The whole emulated cloud. A clone is another handle on the same one.
#[derive(Debug, Clone)]
pub struct Cloud {
    state: Arc<Mutex<State>>,
    pub(super) changed: Arc<tokio::sync::Notify>,
    releases: Arc<watch::Sender<()>>,
}

/// The clock goes no further: later times cannot be written as AWS writes them.
const END: DateTime<Utc> =
    NaiveDate::from_ymd_opt(9999, 1, 1).expect("it is in the calendar").and_time(NaiveTime::MIN).and_utc();

/// The state that a scenario describes, if services can answer what it holds.
fn world(scenario: &Scenario) -> Result<State, ScenarioError> {
    let state = setup::state::state(scenario, happen)?;
    registry::check_world(&state).map_err(ScenarioError)?;
    Ok(state)
}

impl Cloud {
    /// Makes a cloud from a scenario. Its clock is stopped until it is advanced or made to flow.
    ///
    /// # Errors
    /// The scenario contradicts itself, such as an account that is listed twice, or holds what AWS does not allow, such as an
    /// email address without a dot.
    pub fn new(scenario: &Scenario) -> Result<Self, ScenarioError> {
        let state = world(scenario)?;
        let changed = Arc::clone(&state.changed);
        Ok(Self { state: Arc::new(Mutex::new(state)), changed, releases: Arc::default() })
    }

    /// Starts again from a scenario. The clock is stopped again.
    ///
    /// # Errors
    /// As for [`Cloud::new`].
    pub fn reset(&self, scenario: &Scenario) -> Result<(), ScenarioError> {
        let mut fresh = world(scenario)?;
        fresh.changed = Arc::clone(&self.changed);
        let mut state = self.lock();
        fresh.generation = state.generation + 1;
        *state = fresh;
        Ok(())
    }

    /// The state, with everything that is due by now.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic in one request must not affect the others.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.catch_up();
        state
    }

    /// The virtual time.
    pub fn now(&self) -> DateTime<Utc> {
        self.lock().now()
    }

    /// Advances the clock. Everything that is due happens, in the order of time.
    pub fn advance(&self, by: TimeDelta) {
        let mut state = self.lock();
        let target = state.now().checked_add_signed(by).unwrap_or(END);
        state.advance_to(target.min(END));
    }

    /// Advances the clock to a time; does nothing if that is past.
    pub fn advance_to(&self, at: DateTime<Utc>) {
        self.lock().advance_to(at.min(END));
    }

    /// When the next transition that follows from a call is due. Detective's hourly check is not among them.
    pub fn next_transition(&self) -> Option<DateTime<Utc>> {
        self.lock().next_transition()
    }

    /// When something changes by itself the next time: by a transition, or by Detective's hourly check.
    pub fn next_change(&self) -> Option<DateTime<Utc>> {
        self.lock().next_change()
    }

    /// Makes virtual time flow at a multiple of real time; 0 stops it.
    pub fn flow(&self, rate: f64) {
        self.lock().clock.flow(rate);
    }

    /// Completes when an event was put on a bus, or a change was made or scheduled, since the last call completed. It
    /// is meant for one waiter: a notification wakes only one.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// All calls so far, oldest first.
    pub fn journal(&self) -> Vec<Call> {
        self.lock().journal.since(0).cloned().collect()
    }

    /// Completes when the call of that number, from 1, is in the journal: its effect, if it has one, is complete.
    pub async fn called(&self, sequence: u64) {
        let mut newest = self.lock().journal.newest();
        // An error means that the cloud was reset: there is nothing to wait for any more.
        let _ = newest.wait_for(|newest| *newest >= sequence).await;
    }

    /// Releases the answers that are held back ([`HELD`](crate::HELD)).
    pub fn release(&self) {
        self.releases.send_replace(());
    }

    /// Changes when answers that are held back are released.
    pub(crate) fn releases(&self) -> watch::Receiver<()> {
        self.releases.subscribe()
    }

    /// Replaces the fault rules.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.lock().faults.set(faults);
    }

    /// The id of the organization that an account belongs to.
    pub fn organization_of(&self, account: &str) -> Option<String> {
        let state = self.lock();
        let organization = state.organization.as_ref()?;
        organization.contains(account).then(|| organization.id.clone())
    }

    /// The accounts in roots and OUs, at any depth, without the management account.
    pub fn accounts_in(&self, units: &[String]) -> Vec<String> {
        let state = self.lock();
        let Some(organization) = &state.organization else { return Vec::new() };
        let accounts = organization.memberships.keys().filter(|account| **account != organization.management);
        accounts.filter(|account| organization.is_in(account, units)).cloned().collect()
    }

    /// A snapshot of what the cloud holds.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.lock())
    }
}
