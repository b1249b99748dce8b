//! The event buses of the cloud, their rules and the events on them.

use crate::cloud::handle::Cloud;
use crate::iam::policy::{Policy, UnknownOperator};
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
    ///
    /// # Errors
    /// The policy has a condition operator that is not understood.
    pub fn put_event_bus(&self, bus: &EventBus) -> Result<(), UnknownOperator> {
        self.lock().event_buses.put_bus(bus)
    }

    /// Adds statements to the policy of an event bus, each in place of one with the same Sid.
    pub fn put_event_bus_statements(&self, account: &str, region: &str, bus: &str, statements: &Policy) {
        let key = (account.to_owned(), region.to_owned(), bus.to_owned());
        self.lock().event_buses.buses.entry(key).or_default().policy.put_all(statements);
    }
}
