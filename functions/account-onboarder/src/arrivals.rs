//! What the events of an invocation ask for: which accounts are to be enrolled, each once.

use std::collections::BTreeMap;

use detective_onboarding::events::arrival::{self, Change, Request};
use detective_onboarding::events::cloudtrail::Trigger;
use detective_onboarding::lambda::invocation::{Cause, Invocation};
use detective_onboarding::lambda::message::Message;
use detective_onboarding::model::account::AccountId;
use serde_json::Value;

/// What the events of an invocation ask for.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    /// The accounts to enroll. All events about an account are one piece of work.
    pub(crate) accounts: BTreeMap<AccountId, Events>,
    /// The events that cannot be read, and for which reason. Any account may have joined.
    pub(crate) unreadable: Vec<(Event, String)>,
    /// The events that ask for nothing, and for which reason.
    pub(crate) ignored: Vec<(Event, String)>,
}

/// An event, and the message that it came with, if it came with one.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) trigger: Trigger,
    pub(crate) message: Option<Message>,
}

/// The events about an account.
#[derive(Debug, Default)]
pub(crate) struct Events {
    events: Vec<Event>,
    changes: Vec<Change>,
}

impl Events {
    /// Whether the account has just been created.
    pub(crate) fn is_creation(&self) -> bool {
        self.changes.contains(&Change::Created)
    }

    /// The messages of the events.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.events.iter().filter_map(|event| event.message.as_ref())
    }

    /// How often the events were received, of which the newest counts: 1 for the first time.
    pub(crate) fn receives(&self) -> u32 {
        self.messages().map(|message| message.receives).min().unwrap_or(1)
    }
}

impl Arrivals {
    /// Reads the events: one, or those in the messages of a batch.
    pub(crate) fn read(invocation: &Invocation) -> Self {
        let mut arrivals = Self::default();
        match &invocation.cause {
            Cause::Messages(messages) => {
                for message in messages {
                    let body: Option<Value> = serde_json::from_str(&message.body).ok();
                    let (trigger, request) = match body.filter(|body| body["source"].is_string()) {
                        Some(event) => arrival::read(&event),
                        // Only events arrive in the queue: whatever this one was, it may have been about an account.
                        None => (Trigger::default(), Request::Reconcile("it is not an event".to_owned())),
                    };
                    arrivals.add(Event { trigger, message: Some(message.clone()) }, request);
                }
            }
            Cause::Event(_) | Cause::Schedule => {
                let (trigger, request) = arrival::read(invocation.event());
                arrivals.add(Event { trigger, message: None }, request);
            }
        }
        arrivals
    }

    fn add(&mut self, event: Event, request: Request) {
        match request {
            Request::Enroll(id, change) => {
                let Events { events, changes } = self.accounts.entry(id).or_default();
                events.push(event);
                changes.push(change);
            }
            Request::Reconcile(reason) => self.unreadable.push((event, reason)),
            Request::Nothing(reason) => self.ignored.push((event, reason)),
        }
    }

    /// Ignores the accounts whose tags alone changed: for a policy that names no tag.
    pub(crate) fn ignore_tags(&mut self) {
        let is_tagged =
            |_: &AccountId, events: &mut Events| events.changes.iter().all(|change| *change == Change::Tagged);
        let tagged = self.accounts.extract_if(.., is_tagged);
        let events = tagged.flat_map(|(_, events)| events.events);
        self.ignored.extend(events.map(|event| (event, "the policy names no tag".to_owned())));
    }

    /// The event, if there is one alone.
    pub(crate) fn only_trigger(&self) -> Option<Trigger> {
        let of_accounts = self.accounts.values().flat_map(|events| &events.events);
        let others = self.unreadable.iter().chain(&self.ignored).map(|(event, _)| event);
        let mut events = of_accounts.chain(others);
        let first = events.next()?;
        events.next().is_none().then(|| first.trigger.clone())
    }
}
