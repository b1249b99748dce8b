//! The event buses of the world.

use serde_json::Value;

use crate::iam::policy::Policy;
use crate::resources::event_bus::BusEvent;
use crate::world::state::State;

impl State {
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

    /// The policy of an event bus, as far as its conditions are understood.
    pub(crate) fn bus_policy(&self, account: &str, region: &str, name: &str) -> Option<Policy> {
        let bus = self.event_buses.buses.get(&(account.to_owned(), region.to_owned(), name.to_owned()))?;
        let mut policy = Policy::default();
        for statement in &bus.statements {
            // A statement that is not understood allows nothing.
            let _ = policy.add_statement(statement.clone());
        }
        Some(policy)
    }
}
