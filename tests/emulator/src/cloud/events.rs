//! The event buses of the cloud, their rules and the events on them.

use serde_json::Value;

use crate::cloud::handle::Cloud;
use crate::resources::event_bus::{BusEvent, EventBus, EventRule};

impl Cloud {
    /// Takes the events that were put on event buses since the last call, oldest first.
    pub fn take_events(&self) -> Vec<BusEvent> {
        self.lock().outbox.drain(..).collect()
    }

    /// Puts an event on a bus, as a service of AWS would.
    pub fn put_event(&self, event: BusEvent) {
        self.lock().outbox.push_back(event);
        self.changed.notify_one();
    }

    /// All rules.
    pub fn event_rules(&self) -> Vec<EventRule> {
        self.lock().event_buses.buses.values().flat_map(|bus| bus.rules.values()).cloned().collect()
    }

    /// Puts a rule on its bus, in place of one with that name.
    pub fn put_event_rule(&self, rule: EventRule) {
        self.lock().event_buses.put_rule(rule);
    }

    /// Deletes a rule.
    pub fn delete_event_rule(&self, rule: &EventRule) {
        if let Some(bus) = self.lock().event_buses.buses.get_mut(&rule.bus_key()) {
            bus.rules.remove(&rule.name);
        }
    }

    /// Makes an event bus, or replaces the policy of the one with that name.
    pub fn put_event_bus(&self, bus: &EventBus) {
        self.lock().event_buses.put_bus(bus);
    }

    /// Adds a statement to the policy of an event bus, in place of one with the same Sid.
    pub fn put_event_bus_statement(&self, account: &str, region: &str, bus: &str, statement: Value) {
        let key = (account.to_owned(), region.to_owned(), bus.to_owned());
        let mut state = self.lock();
        let statements = &mut state.event_buses.buses.entry(key).or_default().statements;
        statements.retain(|other| *other != statement && (other["Sid"].is_null() || other["Sid"] != statement["Sid"]));
        statements.push(statement);
    }
}
