//! Everything that the emulated cloud holds, and when it changes by itself.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::iam::policy::Policy;
use crate::resources::account::{Account, PENDING};
use crate::resources::bucket::Buckets;
use crate::resources::event_bus::{BusEvent, EventBuses};
use crate::resources::graph::{Administrator, Graph};
use crate::resources::id::hex;
use crate::resources::identity::Identities;
use crate::resources::log_group::Logs;
use crate::resources::member::Joining;
use crate::resources::member_limit::MemberLimitCounts;
use crate::resources::organization::Organization;
use crate::resources::parameter::Parameters;
use crate::resources::queue::Queues;
use crate::resources::stack::Stacks;
use crate::resources::too_much_data::TooMuchData;
use crate::resources::topic::Topics;
use crate::resources::trail::TrailScenario;
use crate::resources::volume::Volume;
use crate::world::clock::Clock;
use crate::world::faults::Faults;
use crate::world::invocations::Invocations;
use crate::world::journal::Journal;
use crate::world::timing::Timing;
use crate::world::transition::Transition;

/// What EventBridge's documents have of the size of PutEvents' entries: 256 KB, and 1 MB since 2026.
pub(crate) const SMALLEST_EVENT_LIMIT: usize = 256 * 1024;

/// What a transition changes when it is due. The state does not depend on the services: it is given this function.
pub(crate) type Effects = fn(&mut State, Transition, DateTime<Utc>);

/// The whole state, behind one lock.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) seed: u64,
    pub(crate) clock: Clock,
    pub(crate) timing: Timing,
    pub(crate) member_limit_counts: MemberLimitCounts,
    pub(crate) joining: Joining,
    pub(crate) start_moves_updated_time: bool,
    pub(crate) too_much_data: TooMuchData,
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) organization: Option<Organization>,
    /// Behavior graphs by ARN.
    pub(crate) graphs: BTreeMap<String, Graph>,
    /// How many graphs an account has had in a Region that are deleted, by account and Region.
    pub(crate) deleted_graphs: BTreeMap<(String, String), u32>,
    /// The organization's Detective administrator in each Region.
    pub(crate) detective_administrators: BTreeMap<String, Administrator>,
    pub(crate) identities: Identities,
    pub(crate) trails: Vec<TrailScenario>,
    pub(crate) event_buses: EventBuses,
    /// The entries of one PutEvents must have less than so many bytes.
    pub(crate) event_entry_bytes: usize,
    /// Regions that an account has switched off, by account.
    pub(crate) disabled_regions: BTreeMap<String, BTreeSet<String>>,
    /// The permissions that roles have used: role, action and resource.
    pub(crate) used: BTreeSet<(String, String, String)>,
    /// What roles were denied.
    pub(crate) denied: BTreeSet<(String, String, String)>,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) outbox: VecDeque<BusEvent>,
    pub(crate) queues: Queues,
    /// Policies of queues, by ARN.
    pub(crate) queue_policies: BTreeMap<String, Policy>,
    pub(crate) topics: Topics,
    pub(crate) buckets: Buckets,
    pub(crate) parameters: Parameters,
    pub(crate) stacks: Stacks,
    pub(crate) invocations: Invocations,
    pub(crate) logs: Logs,
    transitions: BTreeMap<(DateTime<Utc>, u64), Transition>,
    /// When [`Transition::HourlyCheck`] is due, unless it is switched off.
    next_check: Option<DateTime<Utc>>,
    counter: u64,
    /// How many transitions have happened.
    pub(crate) happened: u64,
    /// How often the cloud was reset before.
    pub(crate) generation: u64,
    effects: Effects,
    /// Notified when an event or a transition is added, and when a transition was due.
    pub(crate) changed: Arc<tokio::sync::Notify>,
}

impl State {
    pub(crate) fn new(seed: u64, start: DateTime<Utc>, timing: Timing, effects: Effects) -> Self {
        Self {
            seed,
            clock: Clock::at(start),
            timing,
            member_limit_counts: MemberLimitCounts::default(),
            joining: Joining::default(),
            start_moves_updated_time: false,
            too_much_data: TooMuchData::default(),
            accounts: BTreeMap::new(),
            organization: None,
            graphs: BTreeMap::new(),
            deleted_graphs: BTreeMap::new(),
            detective_administrators: BTreeMap::new(),
            identities: Identities::default(),
            trails: Vec::new(),
            event_buses: EventBuses::default(),
            event_entry_bytes: SMALLEST_EVENT_LIMIT,
            disabled_regions: BTreeMap::new(),
            used: BTreeSet::new(),
            denied: BTreeSet::new(),
            faults: Faults::default(),
            journal: Journal::default(),
            outbox: VecDeque::new(),
            queues: Queues::default(),
            queue_policies: BTreeMap::new(),
            topics: Topics::default(),
            buckets: Buckets::default(),
            parameters: Parameters::default(),
            stacks: Stacks::default(),
            invocations: Invocations::default(),
            logs: Logs::default(),
            transitions: BTreeMap::new(),
            next_check: (timing.hourly_check.0 > TimeDelta::zero()).then(|| start + timing.hourly_check.0),
            counter: 0,
            happened: 0,
            generation: 0,
            effects,
            changed: Arc::default(),
        }
    }

    /// The virtual time. Changes that are due by then have happened once [`State::catch_up`] has run.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Makes every change that is due, in the order of time; at one time, in the order in which they were scheduled, and
    /// the hourly check after the others.
    pub(crate) fn catch_up(&mut self) {
        let now = self.now();
        while let Some(at) = self.next_change().filter(|at| *at <= now) {
            let transition = match self.transitions.first_entry() {
                Some(entry) if entry.key().0 == at => entry.remove(),
                _ => {
                    self.next_check = Some(at + self.timing.hourly_check.0);
                    Transition::HourlyCheck
                }
            };
            self.happen(transition, at);
        }
    }

    /// Moves the clock, stopping at every change on the way so that each happens at its own time.
    pub(crate) fn advance_to(&mut self, target: DateTime<Utc>) {
        self.catch_up();
        while let Some(at) = self.next_change().filter(|at| *at <= target) {
            self.clock.advance_to(at);
            self.catch_up();
        }
        self.clock.advance_to(target);
    }

    /// When the next transition that was scheduled is due. The hourly check recurs, and is not among them.
    pub(crate) fn next_transition(&self) -> Option<DateTime<Utc>> {
        self.transitions.first_key_value().map(|((at, _), _)| *at)
    }

    /// When something changes by itself the next time: a transition, or the hourly check.
    pub(crate) fn next_change(&self) -> Option<DateTime<Utc>> {
        [self.next_transition(), self.next_check].into_iter().flatten().min()
    }

    /// Makes a change happen after a span of virtual time; at once, if the span is zero.
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
        self.happened += 1;
        (self.effects)(self, transition, at);
        self.changed.notify_one();
    }

    /// New hexadecimal digits, which depend on the seed and on how many were made before.
    pub(crate) fn fresh_hex(&mut self, digits: usize) -> String {
        self.counter += 1;
        hex(&format!("{}/{}", self.seed, self.counter), digits)
    }

    /// A new UUID, which depends on the same.
    pub(crate) fn fresh_uuid(&mut self) -> String {
        let hex = self.fresh_hex(32);
        format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
    }

    /// The account. One that was not named before is taken as an existing account outside the organization.
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

    /// Makes an account ACTIVE after its time, if it waits for that and does not wait for ever.
    pub(crate) fn activate_later(&mut self, account: &str) {
        let span = self.timing.account_activation.0;
        if !span.is_zero() && self.account(account).state == PENDING {
            self.after(span, Transition::AccountActivated { account: account.to_owned() });
        }
    }

    /// Puts an event on an event bus.
    pub(crate) fn put_event(&mut self, account: &str, region: &str, bus: &str, event: Value) {
        self.outbox.push_back(BusEvent {
            account: account.to_owned(),
            region: region.to_owned(),
            bus: bus.to_owned(),
            event,
        });
        self.changed.notify_one();
    }
}
