//! Everything that the emulated cloud holds, and the changes that time brings to it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::cloud::handle::BusEvent;
use crate::services::cloudtrail::operations::TrailScenario;
use crate::services::detective::graph::Graph;
use crate::services::detective::{self};
use crate::services::events::rules::EventBridge;
use crate::services::organizations::{self, Organization};
use crate::services::s3::operations::Objects;
use crate::services::sqs::operations::Queues;
use crate::services::sts::operations::Identities;
use crate::world::clock::Clock;
use crate::world::faults::Faults;
use crate::world::journal::Journal;
use crate::world::scenario::{Timing, Volume};

/// The whole state, behind one lock.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) seed: u64,
    pub(crate) clock: Clock,
    pub(crate) timing: Timing,
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) organization: Option<Organization>,
    /// Behavior graphs by ARN.
    pub(crate) graphs: BTreeMap<String, Graph>,
    /// The organization's Detective administrator in each Region.
    pub(crate) detective_administrators: BTreeMap<String, detective::administration::Administrator>,
    pub(crate) identities: Identities,
    pub(crate) trails: Vec<TrailScenario>,
    pub(crate) eventbridge: EventBridge,
    /// Regions that an account has switched off, by account.
    pub(crate) disabled_regions: BTreeMap<String, BTreeSet<String>>,
    /// What roles were allowed and did: role, action and resource.
    pub(crate) used: BTreeSet<(String, String, String)>,
    /// What roles were not allowed.
    pub(crate) denied: BTreeSet<(String, String, String)>,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) outbox: VecDeque<BusEvent>,
    pub(crate) queues: Queues,
    pub(crate) objects: Objects,
    /// Systems Manager parameters by name, the same in every account and Region.
    pub(crate) parameters: BTreeMap<String, String>,
    transitions: BTreeMap<(DateTime<Utc>, u64), Transition>,
    counter: u64,
    /// Told when an event or a transition is added.
    pub(crate) changed: Arc<tokio::sync::Notify>,
}

/// An AWS account, in the organization or outside it.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    /// The root user's email address; none for an account that nobody has named one for yet.
    pub(crate) email: Option<String>,
    pub(crate) name: String,
    pub(crate) state: String,
    pub(crate) volume: Volume,
    pub(crate) fails_verification: bool,
    pub(crate) created: DateTime<Utc>,
}

/// A change that comes with time. What is `since` a time does not happen to a member whose status changed after it: the
/// account was removed meanwhile, or invited anew.
#[derive(Debug, Clone)]
pub(crate) enum Transition {
    /// An account that was asked for is created.
    AccountCreated { request: String },
    /// An account that was closed is suspended.
    AccountSuspended { account: String },
    /// An account that was suspended is gone for good.
    AccountPurged { account: String },
    /// Detective has compared account id and email address.
    Verified { graph: String, account: String, since: DateTime<Utc> },
    /// Detective has checked the data volume of a member that accepted.
    Checked { graph: String, account: String, since: DateTime<Utc> },
    /// Detective enables an account that joined the organization.
    AutoEnabled { graph: String, account: String },
    /// Detective removes an account that left the organization.
    Departed { graph: String, account: String },
    /// An investigation has its result.
    Investigated { graph: String, investigation: String },
}

impl State {
    pub(crate) fn new(seed: u64, start: DateTime<Utc>, timing: Timing) -> Self {
        Self {
            seed,
            clock: Clock::at(start),
            timing,
            accounts: BTreeMap::new(),
            organization: None,
            graphs: BTreeMap::new(),
            detective_administrators: BTreeMap::new(),
            identities: Identities::default(),
            trails: Vec::new(),
            eventbridge: EventBridge::default(),
            disabled_regions: BTreeMap::new(),
            used: BTreeSet::new(),
            denied: BTreeSet::new(),
            faults: Faults::default(),
            journal: Journal::default(),
            outbox: VecDeque::new(),
            queues: Queues::default(),
            objects: Objects::default(),
            parameters: BTreeMap::new(),
            transitions: BTreeMap::new(),
            counter: 0,
            changed: Arc::default(),
        }
    }

    /// The virtual time. Changes that are due by then have happened once [`State::catch_up`] has run.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Makes every change that is due, in the order of time and, at one time, of their making.
    pub(crate) fn catch_up(&mut self) {
        let now = self.now();
        while let Some(entry) = self.transitions.first_entry() {
            let at = entry.key().0;
            if at > now {
                break;
            }
            let transition = entry.remove();
            self.happen(transition, at);
        }
    }

    /// Moves the clock, stopping at every change on the way so that each happens at its own time.
    pub(crate) fn advance_to(&mut self, target: DateTime<Utc>) {
        self.catch_up();
        while let Some(at) = self.next_transition().filter(|at| *at <= target) {
            self.clock.advance_to(at);
            self.catch_up();
        }
        self.clock.advance_to(target);
    }

    pub(crate) fn next_transition(&self) -> Option<DateTime<Utc>> {
        self.transitions.first_key_value().map(|((at, _), _)| *at)
    }

    /// Makes a change happen after a while; at once if the while is nothing.
    pub(crate) fn after(&mut self, span: TimeDelta, transition: Transition) {
        let now = self.now();
        if span <= TimeDelta::zero() {
            return self.happen(transition, now);
        }
        self.counter += 1;
        self.transitions.insert((now + span, self.counter), transition);
        self.changed.notify_one();
    }

    fn happen(&mut self, transition: Transition, at: DateTime<Utc>) {
        match transition {
            Transition::AccountCreated { request } => organizations::lifecycle::account_created(self, &request),
            Transition::AccountSuspended { account } => organizations::lifecycle::account_suspended(self, &account),
            Transition::AccountPurged { account } => organizations::lifecycle::account_purged(self, &account),
            Transition::Verified { graph, account, since } => {
                if detective::members::waits(self, &graph, &account, "VERIFICATION_IN_PROGRESS", since) {
                    detective::members::verified(self, &graph, &account, at);
                }
            }
            Transition::Checked { graph, account, since } => {
                if detective::members::waits(self, &graph, &account, "ACCEPTED_BUT_DISABLED", since) {
                    detective::members::checked(self, &graph, &account, at);
                }
            }
            Transition::AutoEnabled { graph, account } => detective::members::auto_enabled(self, &graph, &account, at),
            Transition::Departed { graph, account } => detective::members::departed(self, &graph, &account),
            Transition::Investigated { graph, investigation } => {
                detective::investigations::finished(self, &graph, &investigation);
            }
        }
        self.changed.notify_one();
    }

    /// A new text of hexadecimal digits, decided by the seed and by how many were made before.
    pub(crate) fn fresh_hex(&mut self, digits: usize) -> String {
        self.counter += 1;
        hex(&format!("{}/{}", self.seed, self.counter), digits)
    }

    /// A new UUID, decided in the same way.
    pub(crate) fn fresh_uuid(&mut self) -> String {
        let hex = self.fresh_hex(32);
        format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
    }

    /// The account, taken as an existing one outside the organization if nobody has named it before.
    pub(crate) fn account(&mut self, id: &str) -> &mut Account {
        let now = self.now();
        self.accounts.entry(id.to_owned()).or_insert_with(|| Account {
            id: id.to_owned(),
            email: None,
            name: id.to_owned(),
            state: "ACTIVE".to_owned(),
            volume: Volume::default(),
            fails_verification: false,
            created: now - TimeDelta::days(365),
        })
    }

    /// Puts an event on an event bus.
    pub(crate) fn put(&mut self, account: &str, region: &str, bus: &str, event: Value) {
        self.outbox.push_back(BusEvent {
            account: account.to_owned(),
            region: region.to_owned(),
            bus: bus.to_owned(),
            event,
        });
        self.changed.notify_one();
    }

    /// Whether an account is in the organization.
    pub(crate) fn is_in_organization(&self, account: &str) -> bool {
        self.organization.as_ref().is_some_and(|organization| organization.places.contains_key(account))
    }

    /// The ids of the organization's accounts; empty without an organization.
    pub(crate) fn organization_accounts(&self) -> BTreeSet<String> {
        self.organization.as_ref().map(|organization| organization.places.keys().cloned().collect()).unwrap_or_default()
    }
}

/// Hexadecimal digits that depend on a text alone.
pub(crate) fn hex(text: &str, digits: usize) -> String {
    let hash = Sha256::digest(text);
    let full: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    full[..digits].to_owned()
}

/// A time as Detective and EventBridge write it.
pub(crate) fn iso(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
