//! The state as a whole.

use std::sync::Arc;

use chrono::{Datelike, Utc};

use crate::iam::policy::Policy;
use crate::resources::identity::Identity;
use crate::resources::queue::QueueSettings;
use crate::world::scenario::error::ScenarioError;
use crate::world::scenario::file::Scenario;
use crate::world::setup::accounts::check_id;
use crate::world::setup::{accounts, graphs, organization};
use crate::world::state::{Effects, State};

/// The state that a scenario describes. `effects` is what its transitions change.
pub(crate) fn state(scenario: &Scenario, effects: Effects) -> Result<State, ScenarioError> {
    let start = scenario.start_time.unwrap_or_else(Utc::now);
    if !(1970..10_000).contains(&start.year()) {
        return Err(ScenarioError(format!("startTime is {start}; it should be in a year from 1970 to 9999")));
    }
    let mut state = State::new(scenario.seed, start, scenario.timing, effects);
    state.member_limit_counts = scenario.member_limit_counts;
    if let Some(organization) = &scenario.organization {
        organization::add(&mut state, organization)?;
    }
    for account in &scenario.standalone {
        accounts::add(&mut state, account)?;
    }
    for graph in &scenario.graphs {
        graphs::add(&mut state, graph)?;
    }
    add_identities(&mut state, scenario)?;
    state.parameters.clone_from(&scenario.parameters);
    for queue in &scenario.queues {
        state.queues.put(queue, QueueSettings::default());
    }
    for (bucket, account) in &scenario.buckets {
        check_id(account)?;
        state.buckets.put(account, bucket);
    }
    state.trails = scenario.trails.clone();
    for bus in &scenario.event_buses {
        state.event_buses.put_bus(bus);
    }
    for rule in &scenario.event_rules {
        state.event_buses.put_rule(rule.clone());
    }
    state.faults.set(scenario.faults.clone());
    state.outbox.clear();
    Ok(state)
}

/// Adds roles and access keys.
fn add_identities(state: &mut State, scenario: &Scenario) -> Result<(), ScenarioError> {
    for role in &scenario.roles {
        let trust = Policy::from_document(&role.trust);
        let trust = Arc::new(trust.map_err(|problem| ScenarioError(format!("role {}: {problem}", role.name)))?);
        if role.accounts.is_empty() {
            state.identities.add_role(&role.name, None, Arc::clone(&trust));
        }
        for account in &role.accounts {
            state.identities.add_role(&role.name, Some(account), Arc::clone(&trust));
        }
    }
    for key in &scenario.access_keys {
        check_id(&key.account)?;
        let identity = Identity {
            account: key.account.clone(),
            arn: format!("arn:aws:iam::{}:user/{}", key.account, key.id),
            user_id: format!("AIDA{}", key.id),
            secret: key.secret.clone(),
            token: None,
            expires: None,
            permissions: None,
        };
        state.identities.add_key(key.id.clone(), identity);
    }
    Ok(())
}
