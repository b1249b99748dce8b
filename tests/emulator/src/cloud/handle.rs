//! The handle on the emulated cloud.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

use crate::iam::policy::Policy;
use crate::services::sqs::operations::{self as queues, QueueMessage, QueueSettings, Receipt};
use crate::services::sts::operations as sts;
use crate::world::faults::Fault;
use crate::world::journal::Call;
use crate::world::scenario::{Scenario, ScenarioError};
use crate::world::setup;
use crate::world::snapshot::Snapshot;
use crate::world::state::State;

/// An event on an EventBridge event bus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BusEvent {
    /// The account that the bus belongs to.
    pub account: String,
    /// The Region of the bus.
    pub region: String,
    /// The bus's name.
    pub bus: String,
    /// The event, envelope included.
    pub event: Value,
}

/// The credentials of a session.
#[derive(Debug, Clone)]
pub struct SessionKeys {
    /// The access key's id.
    pub access_key: String,
    /// The secret access key.
    pub secret: String,
    /// The session token.
    pub token: String,
}

/// The whole emulated cloud. A clone is another handle on the same one.
#[derive(Debug, Clone)]
pub struct Cloud {
    state: Arc<Mutex<State>>,
    changed: Arc<tokio::sync::Notify>,
    releases: Arc<watch::Sender<()>>,
}

impl Cloud {
    /// Makes a cloud as the scenario describes it. Its clock stands still until it is advanced or made to flow.
    ///
    /// # Errors
    /// The scenario contradicts itself, such as a member in a graph that nobody administers.
    pub fn new(scenario: &Scenario) -> Result<Self, ScenarioError> {
        let state = setup::state(scenario)?;
        let changed = Arc::clone(&state.changed);
        Ok(Self { state: Arc::new(Mutex::new(state)), changed, releases: Arc::default() })
    }

    /// Starts anew from a scenario. The clock stands still again.
    ///
    /// # Errors
    /// As for [`Cloud::new`].
    pub fn reset(&self, scenario: &Scenario) -> Result<(), ScenarioError> {
        let mut fresh = setup::state(scenario)?;
        fresh.changed = Arc::clone(&self.changed);
        *self.lock() = fresh;
        Ok(())
    }

    /// The state, with everything that is due by now.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic in one request must not take the others with it.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.catch_up();
        state
    }

    /// The virtual time.
    pub fn now(&self) -> DateTime<Utc> {
        self.lock().now()
    }

    /// Lets virtual time pass. Everything that is due happens, in the order of time.
    pub fn advance(&self, by: TimeDelta) {
        let mut state = self.lock();
        let target = state.now() + by;
        state.advance_to(target);
    }

    /// Lets virtual time pass until `at`; nothing happens if that is past.
    pub fn advance_to(&self, at: DateTime<Utc>) {
        self.lock().advance_to(at);
    }

    /// When the next change is due that comes with time.
    pub fn next_transition(&self) -> Option<DateTime<Utc>> {
        self.lock().next_transition()
    }

    /// Makes virtual time flow at a multiple of real time; 0 makes it stand still.
    pub fn flow(&self, rate: f64) {
        self.lock().clock.flow(rate);
    }

    /// Takes the events that were put on event buses since the last call, oldest first.
    pub fn take_events(&self) -> Vec<BusEvent> {
        self.lock().outbox.drain(..).collect()
    }

    /// Puts an event on a bus, as a service of AWS would.
    pub fn put_event(&self, event: BusEvent) {
        self.lock().outbox.push_back(event);
        self.changed.notify_one();
    }

    /// Completes when an event was put on a bus, or a change was made or scheduled, since the last call completed. It
    /// is meant for one waiter; another one can miss what the first is told.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// All calls so far, oldest first.
    pub fn journal(&self) -> Vec<Call> {
        self.lock().journal.since(0).cloned().collect()
    }

    /// Completes when the call of that number, from 1, is in the journal: it has had its effect, if it has one.
    pub async fn called(&self, sequence: u64) {
        let mut newest = self.lock().journal.newest();
        // An error means that the cloud was reset: there is nothing to wait for any more.
        let _ = newest.wait_for(|newest| *newest >= sequence).await;
    }

    /// Lets go of the answers that are held back ([`HELD`](crate::HELD)).
    pub fn release(&self) {
        self.releases.send_replace(());
    }

    /// Changes when answers that are held back are let go.
    pub(crate) fn releases(&self) -> watch::Receiver<()> {
        self.releases.subscribe()
    }

    /// Sets the fault rules in place of those there were.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.lock().faults.set(faults);
    }

    /// The id of the organization that an account belongs to.
    pub fn organization_of(&self, account: &str) -> Option<String> {
        let state = self.lock();
        let organization = state.organization.as_ref()?;
        organization.places.contains_key(account).then(|| organization.id.clone())
    }

    /// The accounts in roots and OUs, at any depth, without the management account.
    pub fn accounts_in(&self, units: &[String]) -> Vec<String> {
        let state = self.lock();
        let Some(organization) = &state.organization else { return Vec::new() };
        let accounts = organization.places.keys().filter(|account| **account != organization.management);
        accounts.filter(|account| organization.is_in(account, units)).cloned().collect()
    }

    /// Adds an IAM role to an account, with its trust policy, or changes the one of that name.
    pub fn put_role(&self, account: &str, name: &str, trust: Value) {
        self.lock().identities.add_role(name, Some(account), Arc::new(trust));
    }

    /// Makes a queue of that ARN, or changes its settings.
    pub fn put_queue(&self, arn: &str, settings: QueueSettings) {
        self.lock().queues.put(arn, settings);
    }

    /// Sends a message to a queue, as `sender`. Gives its id; `None` if there is no such queue.
    pub fn send_message(&self, queue: &str, sender: &str, body: &str) -> Option<String> {
        queues::send(&mut self.lock(), queue, sender, body, None)
    }

    /// Receives up to `most` messages of a queue.
    pub fn receive_messages(&self, queue: &str, most: usize) -> Receipt {
        queues::receive(&mut self.lock(), queue, most)
    }

    /// Deletes a message that was received.
    pub fn delete_message(&self, queue: &str, handle: &str) {
        self.lock().queues.delete(queue, handle);
    }

    /// When a message of a queue can next be received.
    pub fn next_message(&self, queue: &str) -> Option<DateTime<Utc>> {
        self.lock().queues.next_visible(queue)
    }

    /// The messages that wait in a queue, those among them that were received and not deleted.
    pub fn messages(&self, queue: &str) -> Vec<QueueMessage> {
        self.lock().queues.waiting(queue)
    }

    /// Makes a bucket, which that account may use.
    pub fn put_bucket(&self, account: &str, name: &str) {
        self.lock().objects.put_bucket(account, name);
    }

    /// The objects of a bucket, by key.
    pub fn objects(&self, bucket: &str) -> BTreeMap<String, Vec<u8>> {
        self.lock().objects.of(bucket)
    }

    /// Sets a Systems Manager parameter.
    pub fn put_parameter(&self, name: &str, value: &str) {
        self.lock().parameters.insert(name.to_owned(), value.to_owned());
    }

    /// Says what a role may do. Its sessions are judged by that from then on; those of other roles may do everything.
    pub fn put_permissions(&self, role: &str, policy: Policy) {
        self.lock().identities.set_permissions(role, policy);
    }

    /// Starts a session of a role, as a service does that a role is given to. It does not expire.
    pub fn start_session(&self, role: &str, name: &str) -> SessionKeys {
        let mut state = self.lock();
        let (access_key, identity) = sts::session(&mut state, role, name, None, None);
        let (secret, token) = (identity.secret.clone(), identity.token.clone().unwrap_or_default());
        state.identities.add_key(access_key.clone(), identity);
        SessionKeys { access_key, secret, token }
    }

    /// Writes down that a service did something with a role.
    pub fn note_use(&self, role: &str, action: &str, resource: &str) {
        self.lock().used.insert((role.to_owned(), action.to_owned(), resource.to_owned()));
    }

    /// What roles were allowed and did: role, action and resource.
    pub fn uses(&self) -> BTreeSet<(String, String, String)> {
        self.lock().used.clone()
    }

    /// What roles were denied for want of a policy that allows it: role, action and resource.
    pub fn denials(&self) -> BTreeSet<(String, String, String)> {
        self.lock().denied.clone()
    }

    /// What the cloud holds, to look at.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.lock())
    }
}
